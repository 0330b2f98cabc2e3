package synth

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// write writes a file and the directories that it needs.
func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func TestInputsNoticeWhatCDKPutsIntoAnAsset(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, source, outside string){
		"a file":               func(t *testing.T, source, _ string) { write(t, filepath.Join(source, "main.go"), "changed") },
		"a file that is added": func(t *testing.T, source, _ string) { write(t, filepath.Join(source, "sub/new"), "") },
		"a file that is executable": func(t *testing.T, source, _ string) {
			require.NoError(t, os.Chmod(filepath.Join(source, "main.go"), 0o755))
		},
		"the target of a link out": func(t *testing.T, _, outside string) { write(t, filepath.Join(outside, "text"), "changed") },
		"the mode of such a target": func(t *testing.T, _, outside string) {
			require.NoError(t, os.Chmod(filepath.Join(outside, "text"), 0o700))
		},
		"a file in a linked directory": func(t *testing.T, _, outside string) { write(t, filepath.Join(outside, "dir/deep/text"), "changed") },
		"a link through a linked directory": func(t *testing.T, _, outside string) {
			write(t, filepath.Join(outside, "further"), "changed")
		},
		"where a link leads": func(t *testing.T, source, _ string) {
			require.NoError(t, os.Remove(filepath.Join(source, "inside")))
			require.NoError(t, os.Symlink("sub", filepath.Join(source, "inside")))
		},
		"a link that ends nowhere and then leads to a file": func(t *testing.T, _, outside string) { write(t, filepath.Join(outside, "later"), "") },
	} {
		t.Run(name, func(t *testing.T) {
			dir, outside := t.TempDir(), t.TempDir()
			source := filepath.Join(dir, "starter")
			write(t, filepath.Join(source, "main.go"), "package main")
			write(t, filepath.Join(source, "sub/text"), "text")
			write(t, filepath.Join(outside, "text"), "text")
			write(t, filepath.Join(outside, "further"), "text")
			write(t, filepath.Join(outside, "dir/deep/text"), "text")
			for link, target := range map[string]string{
				filepath.Join(source, "inside"):      "main.go",
				filepath.Join(source, "text"):        filepath.Join(outside, "text"),
				filepath.Join(source, "dir"):         filepath.Join(outside, "dir"),
				filepath.Join(outside, "dir/link"):   "../further",
				filepath.Join(outside, "dir/circle"): ".", // is noticed
				filepath.Join(source, "later"):       filepath.Join(outside, "later"),
			} {
				require.NoError(t, os.Symlink(target, link))
			}
			inputs := Inputs{Context: []byte("{}"), Source: source}
			before, err := inputs.digest()
			require.NoError(t, err)
			again, err := inputs.digest()
			require.NoError(t, err)
			require.Equal(t, before, again)
			change(t, source, outside)
			after, err := inputs.digest()
			require.NoError(t, err)
			assert.NotEqual(t, before, after)
		})
	}
}

// assembly makes a cloud assembly of these files, and its record.
func assembly(t *testing.T, outdir string, files ...string) (staging string, r record) {
	t.Helper()
	staging, err := newStaging(outdir)
	require.NoError(t, err)
	for _, name := range append(files, manifest) {
		write(t, filepath.Join(staging, name), name)
	}
	r, err = newRecord(staging, "inputs")
	require.NoError(t, err)
	return staging, r
}

func published(t *testing.T, outdir string, files ...string) record {
	t.Helper()
	staging, r := assembly(t, outdir, files...)
	require.NoError(t, publish(staging, outdir, readRecord(outdir), r))
	require.NoError(t, os.RemoveAll(staging))
	require.Equal(t, r, readRecord(outdir))
	return r
}

// names are all files in a cloud assembly, but for the record.
func names(t *testing.T, outdir string) []string {
	t.Helper()
	entries, err := os.ReadDir(outdir)
	require.NoError(t, err)
	var tops []string
	for _, entry := range entries {
		tops = append(tops, entry.Name())
	}
	found, err := states(outdir, tops)
	require.NoError(t, err)
	delete(found, recordName)
	return slices.Sorted(maps.Keys(found))
}

func TestAssemblyIsIntactOnlyAsItWasWritten(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, outdir string){
		"a template that is changed": func(t *testing.T, outdir string) { write(t, filepath.Join(outdir, "a.template.json"), "changed") },
		"a template that is gone": func(t *testing.T, outdir string) {
			require.NoError(t, os.Remove(filepath.Join(outdir, "a.template.json")))
		},
		"a file added to an asset": func(t *testing.T, outdir string) { write(t, filepath.Join(outdir, "asset.1/sub/more"), "") },
		"an asset file that is gone": func(t *testing.T, outdir string) {
			require.NoError(t, os.Remove(filepath.Join(outdir, "asset.1/text")))
		},
		"an asset file's mode": func(t *testing.T, outdir string) {
			require.NoError(t, os.Chmod(filepath.Join(outdir, "asset.1/text"), 0o600))
		},
		"an asset file made a link": func(t *testing.T, outdir string) { link(t, filepath.Join(outdir, "asset.1/text")) },
		"an asset that is gone":     func(t *testing.T, outdir string) { require.NoError(t, os.RemoveAll(filepath.Join(outdir, "asset.1"))) },
		"a directory made a file": func(t *testing.T, outdir string) {
			require.NoError(t, os.RemoveAll(filepath.Join(outdir, "asset.1")))
			write(t, filepath.Join(outdir, "asset.1"), "")
		},
		"a record that is interrupted": func(t *testing.T, outdir string) {
			require.NoError(t, readRecord(outdir).interrupted(readRecord(outdir)).write(outdir))
		},
	} {
		t.Run(name, func(t *testing.T) {
			outdir := filepath.Join(t.TempDir(), "cdk.out")
			published(t, outdir, "a.template.json", "asset.1/text")
			write(t, filepath.Join(outdir, "read.1.lock"), "others keep files there too")
			require.True(t, valid(outdir))
			change(t, outdir)
			assert.False(t, valid(outdir))
		})
	}
	assert.False(t, valid(t.TempDir()))
}

func valid(outdir string) bool {
	r := readRecord(outdir)
	return r.Inputs == "inputs" && r.intact(outdir)
}

// link puts a link to a file of the same content in place of a file.
func link(t *testing.T, path string) {
	t.Helper()
	other := filepath.Join(t.TempDir(), "other")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	write(t, other, string(text))
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Symlink(other, path))
}

func TestPublishingRemovesWhatTheLastAssemblyHadAlone(t *testing.T) {
	outdir := filepath.Join(t.TempDir(), "cdk.out")
	write(t, filepath.Join(outdir, "mine.template.json"), "of the user")
	published(t, outdir, "a.template.json", "a.assets.json", "aNested.nested.template.json", "b.template.json", "asset.1/sub/text", "asset.2/text")
	write(t, filepath.Join(outdir, "asset.2/mine"), "of the user")
	published(t, outdir, "b.template.json", "asset.3/text")
	assert.Equal(t, []string{"asset.2/mine", "asset.3/text", "b.template.json", "manifest.json", "mine.template.json"}, names(t, outdir))
	assert.NoDirExists(t, filepath.Join(outdir, "asset.1"))
}

func TestWhatAnInterruptedSynthLeftIsRemovedByTheNext(t *testing.T) {
	outdir := filepath.Join(t.TempDir(), "cdk.out")
	published(t, outdir, "a.template.json")
	staging, next := assembly(t, outdir, "b.template.json", "c.template.json")
	require.NoError(t, os.Remove(filepath.Join(staging, "manifest.json"))) // so that it fails on the way
	require.ErrorContains(t, publish(staging, outdir, readRecord(outdir), next), "cannot replace the cloud assembly")
	assert.False(t, valid(outdir))
	require.NoError(t, os.RemoveAll(staging))
	published(t, outdir, "c.template.json")
	assert.Equal(t, []string{"c.template.json", "manifest.json"}, names(t, outdir))
}

func TestNothingOutsideTheAssemblyIsRemoved(t *testing.T) {
	dir := t.TempDir()
	outdir := filepath.Join(dir, "cdk.out")
	write(t, filepath.Join(dir, "precious"), "")
	published(t, outdir, "a.template.json")
	require.NoError(t, record{Outputs: map[string]string{"../precious": ""}}.write(outdir))
	staging, next := assembly(t, outdir, "a.template.json")
	assert.Error(t, publish(staging, outdir, readRecord(outdir), next))
	assert.FileExists(t, filepath.Join(dir, "precious"))
}

func TestFailuresOfTheRuntimeAreExplained(t *testing.T) {
	const advice = "JSII_RUNTIME_PACKAGE_CACHE=disabled"
	assert.ErrorContains(t, Refusal{Cause: "EACCES: permission denied, mkdir '/home/ann/.cache/aws/jsii/package-cache'"}, advice)
	assert.NotContains(t, Refusal{Cause: "EACCES: permission denied, mkdir '/cache'"}.Error(), advice)
	t.Setenv("JSII_RUNTIME_PACKAGE_CACHE_ROOT", "/cache")
	assert.ErrorContains(t, Refusal{Cause: errors.New("no response received from child process")}, "Node.js, which runs CDK, ended without an answer")
	assert.ErrorContains(t, Refusal{Cause: "EROFS: read-only file system, mkdir '/cache'"}, advice)
}
