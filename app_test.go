package main

import (
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

// runApp runs the app in dir as the CLI does. Its temporary files go to a directory of its own,
// which has to be empty in the end.
func runApp(t *testing.T, dir, outdir, context string) outcome {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	temporary := t.TempDir()
	command := exec.Command(program)
	command.Dir = dir
	command.Env = append(os.Environ(), "RUN_APP=1", "CDK_VALIDATION=false", "TMPDIR="+temporary,
		"CDK_OUTDIR="+outdir, "CDK_CONTEXT_JSON="+context)
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
	const defaults = `{"@aws-cdk/core:defaultCrossStackReferences": "weak"}`

	first := runApp(t, root, outdir, defaults)
	written := files(t, outdir)

	t.Run("ends with what there is, what a release does, and what is next", func(t *testing.T) {
		assert.Equal(t, outcome{0, `
zero-downtime: 4 stacks, templates NOT validated (CDK_VALIDATION=false)
  zero-downtime-showcase-network, zero-downtime-showcase-data, zero-downtime-showcase-web
    Rolling, 1 of 2 at a time: at least 1 of 2 instances serve during a release
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
		context := strings.Replace(defaults, "{", `{"disposable": "a demo, gone by Friday", `, 1)
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
				"images and artifacts are deleted with their stack",
			} {
				assert.Contains(t, strings.Join(annotations, "\n"), what+" (allowed: a demo, gone by Friday)")
			}
		}
	})

	t.Run("refuses a bad configuration in plain words and writes nothing", func(t *testing.T) {
		got := runApp(t, root, outdir, `{"enviroments": [], "minInstances": "two", "batchSize": "2"}`)
		assert.Equal(t, outcome{1, `
3 problems in the configuration (cdk.json and -c):
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

}

func TestComplaintShowsTheStackTraceToThoseWhoAsk(t *testing.T) {
	err := synth.Refusal{Cause: "no such thing", Stack: []byte("app.go:1")}
	assert.Equal(t, "\nno such thing\n\n", complaint(err, false))
	assert.Equal(t, "\nno such thing\n\napp.go:1\n", complaint(err, true))
}
