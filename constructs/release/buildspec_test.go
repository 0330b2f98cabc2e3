//go:build slow

package release_test

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// storage stands for the AWS CLI: it hands out the archive, and notes how it was called.
const storage = `#!/usr/bin/env bash
echo "$*" >>"$CALLS"
cp "$ARCHIVE" "${@: -1}"
`

// runSpec runs the commands of a build specification in one shell, as CodeBuild does, with a program that change
// was applied to.
func runSpec(t *testing.T, command string, change func(directory string)) (output, calls string, failed bool) {
	t.Helper()
	for _, tool := range []string{"bash", "unzip", "sha256sum", "xargs"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on the PATH, so the commands cannot be run", tool)
		}
	}
	directory := t.TempDir()
	program := filepath.Join(directory, "program")
	require.NoError(t, os.CopyFS(program, release.Source()))
	change(program)
	archive, err := os.Create(filepath.Join(directory, "asset.zip"))
	require.NoError(t, err)
	writer := zip.NewWriter(archive)
	require.NoError(t, writer.AddFS(os.DirFS(program)))
	require.NoError(t, writer.Close())
	require.NoError(t, archive.Close())
	require.NoError(t, os.WriteFile(filepath.Join(directory, "aws"), []byte(storage), 0o755))

	build := release.BuildSpec(command)["phases"].(map[string]any)["build"].(map[string]any)
	run := exec.CommandContext(t.Context(), "bash", "-e", "-c", strings.Join(build["commands"].([]string), "\n"))
	run.Env = []string{
		"PATH=" + directory + ":" + os.Getenv("PATH"), "TMPDIR=" + directory, "CALLS=" + filepath.Join(directory, "calls"),
		"ARCHIVE=" + archive.Name(), "PROGRAM_BUCKET=assets", "PROGRAM_KEY=release.zip", "COMMIT=0123456789",
		"CODEBUILD_BUILD_ARN=arn:aws:codebuild:eu-west-1:111122223333:build/Bundle:1",
	}
	text, err := run.CombinedOutput()
	made, _ := os.ReadFile(filepath.Join(directory, "calls"))
	return string(text), string(made), err != nil
}

func TestBuildSpecRunsTheProgramOfTheTemplateOnly(t *testing.T) {
	t.Parallel()
	t.Run("from a bucket of the build's own account", func(t *testing.T) {
		t.Parallel()
		for _, command := range []string{release.CommandBundle, release.CommandProbe, release.CommandBlueGreen} {
			output, calls, failed := runSpec(t, command, func(string) {})
			assert.True(t, failed, "the program has no settings")
			assert.Contains(t, output, "the settings of "+command+" are not usable")
			assert.Equal(t, "s3api get-object --bucket assets --key release.zip --expected-bucket-owner 111122223333 release.zip\n", calls)
		}
	})
	for name, change := range map[string]func(string){
		"not one that was changed": func(directory string) {
			require.NoError(t, os.WriteFile(filepath.Join(directory, release.Entry), []byte("console.log('planted')"), 0o600))
		},
		"not one with a file more": func(directory string) {
			require.NoError(t, os.WriteFile(filepath.Join(directory, "package.json"), []byte("{}"), 0o600))
		},
		"not one with a file less": func(directory string) { require.NoError(t, os.Remove(filepath.Join(directory, "zip.mjs"))) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output, _, failed := runSpec(t, release.CommandBundle, change)
			assert.True(t, failed)
			assert.Equal(t, "the release program in assets is not the one that the template was made with; deploy the stack again\n", output)
		})
	}
}

func TestBuildSpecOfTheBundleHandsOnTheBundleAndTheDigest(t *testing.T) {
	t.Parallel()
	spec := release.BuildSpec(release.CommandBundle)
	assert.Equal(t, []string{release.ExportedDigest}, spec["env"].(map[string]any)["exported-variables"])
	assert.Equal(t, map[string]any{
		"base-directory": release.BundleOutput,
		"files":          []string{"**/*", ".ebextensions/**/*", ".platform/**/*"},
	}, spec["artifacts"])
	assert.NotContains(t, release.BuildSpec(release.CommandProbe), "artifacts")
}
