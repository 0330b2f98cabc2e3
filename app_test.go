package main

import (
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/cdkcontext"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/synth"
)

// TestMain makes the test binary the app itself where a test asks for it, so that what a user sees
// is tested without building the app once more. All that synthesizes in this process does it here,
// once for each shape.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_APP") == "1" {
		main()
		return
	}
	flag.Parse()
	constructstest.Main(m, func() {
		standard = mustSynth(`{}`)
		full = mustSynth(everything)
	})
}

type outcome struct {
	code   int
	stderr string
}

// runApp runs the app in dir as the CLI does, passing it the context in these variables. Its temporary files go to a directory of its own,
// which has to be empty in the end.
func runApp(t *testing.T, dir, outdir string, variables ...string) outcome {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	temporary := t.TempDir()
	command := exec.Command(program)
	command.Dir = dir
	command.Env = append(os.Environ(), "RUN_APP=1", "CDK_VALIDATION=false", "TMPDIR="+temporary, "CDK_OUTDIR="+outdir)
	command.Env = append(command.Env, variables...)
	var stderr strings.Builder
	command.Stderr = &stderr
	err = command.Run()
	if exit := (*exec.ExitError)(nil); err != nil {
		require.ErrorAs(t, err, &exit)
	}
	left, err := os.ReadDir(temporary)
	require.NoError(t, err)
	assert.Empty(t, left, "nothing is left in the temporary directory")
	return outcome{command.ProcessState.ExitCode(), stderr.String()}
}

// passing is the variable in which the CLI passes a context: the feature flags and these settings.
func passing(t *testing.T, settings string) string {
	t.Helper()
	text, err := json.Marshal(contextWith(t, settings))
	require.NoError(t, err)
	return cdkcontext.Variable + "=" + string(text)
}

// contextWith is the context of cdk.json with these settings in place of its own.
func contextWith(t *testing.T, settings string) map[string]json.RawMessage {
	t.Helper()
	text, err := os.ReadFile("cdk.json")
	require.NoError(t, err)
	var cdk struct {
		Context map[string]json.RawMessage `json:"context"`
	}
	require.NoError(t, json.Unmarshal(text, &cdk))
	maps.DeleteFunc(cdk.Context, func(key string, _ json.RawMessage) bool { return !strings.HasPrefix(key, "@") })
	require.NoError(t, json.Unmarshal([]byte(settings), &cdk.Context))
	return cdk.Context
}

// files reads every file below dir.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = string(text)
		return err
	}))
	return all
}

func TestApp(t *testing.T) {
	root, err := os.Getwd()
	require.NoError(t, err)
	outdir := filepath.Join(t.TempDir(), "cdk.out")
	defaults := passing(t, "{}")

	first := runApp(t, root, outdir, defaults)
	written := files(t, outdir)

	t.Run("ends with what there is, what a release does, and what is next", func(t *testing.T) {
		assert.Equal(t, outcome{0, `
zero-downtime: 4 stacks, templates NOT validated (CDK_VALIDATION=false)
  zero-downtime-showcase-network, zero-downtime-showcase-data, zero-downtime-showcase-web
    Rolling, 1 of 2 at a time: at least 1 of 2 instances serve during a release
    plain HTTP on port 80: a showcase without a domain of its own
  zero-downtime-delivery
Next: npx aws-cdk@2.1148.1 deploy --all

`}, first)
	})

	t.Run("writes no path of this machine", func(t *testing.T) {
		for name, text := range written {
			assert.False(t, strings.Contains(text, root) || strings.Contains(text, os.TempDir()+"/"), "%s holds a path", name)
		}
	})

	t.Run("does not make again what has not changed, and notices what has", func(t *testing.T) {
		manifest := filepath.Join(outdir, "manifest.json")
		before, err := os.Stat(manifest)
		require.NoError(t, err)
		assert.Equal(t, first, runApp(t, root, outdir, defaults))
		after, err := os.Stat(manifest)
		require.NoError(t, err)
		assert.Equal(t, before.ModTime(), after.ModTime())

		require.NoError(t, os.WriteFile(manifest, []byte("{}"), 0o644))
		assert.Equal(t, first, runApp(t, root, outdir, defaults))
		assert.True(t, maps.Equal(written, files(t, outdir)), "the same inputs give the same bytes")
	})

	t.Run("repeats what is disposable where nothing has changed", func(t *testing.T) {
		disposable := filepath.Join(t.TempDir(), "cdk.out")
		context := passing(t, `{"disposable": "a demo, gone by Friday"}`)
		for range 2 {
			require.Equal(t, 0, runApp(t, root, disposable, context).code)
			// The CLI prints the annotations that it finds beside the templates.
			var annotations []string
			for name, text := range files(t, disposable) {
				if !strings.HasSuffix(name, ".template.json") {
					annotations = append(annotations, text)
				}
			}
			for _, what := range []string{
				"the database is deleted with its stack, without a final snapshot",
				"the Git repository is deleted with its stack",
				"images, artifacts and logs of builds are deleted with their stack",
				"the flow log is deleted with its stack",
				"logs are deleted with the environment",
			} {
				assert.Contains(t, strings.Join(annotations, "\n"), what+" (allowed: a demo, gone by Friday)")
			}
		}
	})

	t.Run("refuses a bad configuration in plain words and writes nothing", func(t *testing.T) {
		got := runApp(t, root, outdir, passing(t, `{"enviroments": [], "minInstances": "two", "batchSize": "2", "@aws-cdk/aws-kms:aliasNameRef": false}`))
		assert.Equal(t, outcome{1, `
4 problems in the configuration (cdk.json and -c):
  @aws-cdk/aws-kms:aliasNameRef: another value than true; use true, with which the templates are tested
  batchSize (-c): rollout/batch-takes-all: Rolling with batch 2 of minimum 2 leaves 0 instances in service; use batchSize 1 or RollingWithAdditionalBatch
  enviroments: unknown setting; did you mean environments?
  minInstances (-c): "two" is not a whole number; use a number such as 2

`}, got)
		assert.True(t, maps.Equal(written, files(t, outdir)), "the last good cloud assembly stays")
	})

	t.Run("says what CDK refused, without a stack trace, and writes nothing", func(t *testing.T) {
		got := runApp(t, t.TempDir(), outdir, defaults)
		assert.Equal(t, 1, got.code)
		assert.Equal(t, "\nzero-downtime-delivery/Repository cannot be made so:\n"+
			`Source: "starter" has no buildspec.yml; run from the root of the repository, or name the directory of the application`+"\n\n", got.stderr)
		assert.True(t, maps.Equal(written, files(t, outdir)), "the last good cloud assembly stays")
	})

	t.Run("says which directories cannot be written to", func(t *testing.T) {
		nowhere := filepath.Join(outdir, "manifest.json", "nowhere") // below a file nobody can, not even root
		assert.Equal(t, outcome{1, "\nTMPDIR: CDK writes to " + nowhere + ", which cannot be written to; set TMPDIR to a directory that can\n\n"},
			runApp(t, root, outdir, defaults, "TMPDIR="+nowhere))
		got := runApp(t, root, t.TempDir(), defaults, "JSII_RUNTIME_PACKAGE_CACHE_ROOT="+nowhere)
		assert.Equal(t, 1, got.code)
		assert.Contains(t, got.stderr, "JSII_RUNTIME_PACKAGE_CACHE=disabled")
		assert.Equal(t, outcome{1, "\n" + nowhere + ": the cloud assembly cannot be written there (not a directory); make the directory writable, or name another with --output\n\n"},
			runApp(t, root, nowhere, defaults))
	})

	t.Run("reads a context that the CLI had to cut as if it had not", func(t *testing.T) {
		manifest := filepath.Join(outdir, "manifest.json")
		before, err := os.Stat(manifest)
		require.NoError(t, err)
		assert.Equal(t, first, runApp(t, root, outdir, cut(t, contextWith(t, "{}"), 40)...))
		after, err := os.Stat(manifest)
		require.NoError(t, err)
		assert.Equal(t, before.ModTime(), after.ModTime(), "nothing has changed")

		got := runApp(t, root, outdir, cut(t, contextWith(t, `{"service": "shop", "aws:cdk:enable-path-metadata": true}`), 0)...)
		assert.Equal(t, 0, got.code)
		assert.Contains(t, got.stderr, "shop: 4 stacks")
		manifestText, err := os.ReadFile(manifest)
		require.NoError(t, err)
		assert.Contains(t, string(manifestText), "shop-showcase-web")
		for name, text := range files(t, outdir) {
			assert.NotContains(t, name, "zero-downtime-", "templates of stacks that are gone")
			if strings.HasSuffix(name, "-network.template.json") {
				assert.Contains(t, text, `"aws:cdk:path"`, "CDK got the context that the app got")
			}
		}
	})
}

// A record that misses what CDK follows would leave an old asset in the assembly without a word.
func TestUnchangedMeansUnchangedForCDKToo(t *testing.T) {
	root, outdir, outside := t.TempDir(), filepath.Join(t.TempDir(), "cdk.out"), filepath.Join(t.TempDir(), "ext.txt")
	source := filepath.Join(root, "starter")
	require.NoError(t, os.CopyFS(source, os.DirFS("starter")))
	text, err := os.ReadFile("cdk.json")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root, "cdk.json"), text, 0o600))
	require.NoError(t, os.WriteFile(outside, []byte("one"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(source, "ext.txt")))
	seeded := func() (asset string) {
		got := runApp(t, root, outdir)
		require.Equal(t, 0, got.code, got.stderr)
		found, err := filepath.Glob(filepath.Join(outdir, "asset.*", "ext.txt"))
		require.NoError(t, err)
		require.Len(t, found, 1, "an asset that nothing refers to any more is gone")
		return filepath.Dir(found[0])
	}

	first := seeded()
	require.NoError(t, os.WriteFile(outside, []byte("two"), 0o600))
	require.NoError(t, os.Chmod(filepath.Join(source, "main.go"), 0o755))
	second := seeded()
	assert.NotEqual(t, first, second)
	text, err = os.ReadFile(filepath.Join(second, "ext.txt"))
	require.NoError(t, err)
	assert.Equal(t, "two", string(text))
	info, err := os.Stat(filepath.Join(second, "main.go"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o755), info.Mode())
}

// cut passes a context in the variables of the CLI, all but n keys of it in a file.
func cut(t *testing.T, context map[string]json.RawMessage, n int) []string {
	t.Helper()
	small, rest := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for key, value := range context {
		if len(small) < n {
			small[key] = value
		} else {
			rest[key] = value
		}
	}
	path := filepath.Join(t.TempDir(), "context-overflow.json")
	text, err := json.Marshal(rest)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
	variables := []string{cdkcontext.OverflowVariable + "=" + path}
	if n > 0 {
		text, err := json.Marshal(small)
		require.NoError(t, err)
		variables = append(variables, cdkcontext.Variable+"="+string(text))
	}
	return variables
}

func TestComplaintShowsTheStackTraceToThoseWhoAsk(t *testing.T) {
	err := synth.Refusal{Cause: "no such thing", Stack: []byte("app.go:1")}
	assert.Equal(t, "\nno such thing\n\n", complaint(err, false))
	assert.Equal(t, "\nno such thing\n\napp.go:1\n", complaint(err, true))
}
