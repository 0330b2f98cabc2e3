package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	commit     = "0123456789abcdef0123456789abcdef01234567"
	registry   = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
	repository = registry + "/team/shop"
	imageTag   = commit + "-01234567-89ab-cdef-0123-456789abcdef"
	image      = repository + ":" + imageTag
	digest     = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// stub stands for docker and aws: it notes how it was called, and fails in the calls that the test names.
const stub = `#!/usr/bin/env bash
call="${0##*/} $*"
[[ $call == *--password-stdin* ]] && call="$call < $(cat)"
echo "$call" >>"$CALLS"
case "$call" in
*get-login-password*) echo token ;;
*"--target test"*) exit "${TEST_FAILS:-0}" ;;
"docker build"*) exit "${BUILD_FAILS:-0}" ;;
"docker login"*) exit "${LOGIN_FAILS:-0}" ;;
"docker push"*) exit "${PUSH_FAILS:-0}" ;;
"docker image inspect"*) printf '%b' "$REPO_DIGESTS"; exit "${INSPECT_FAILS:-0}" ;;
esac
`

var steps = []string{
	"docker build --target test .",
	"docker build --build-arg VERSION=0123456 --tag " + image + " .",
	"aws ecr get-login-password",
	"docker login --username AWS --password-stdin " + registry + " < token",
	"docker push " + image,
	"docker image inspect --format {{range .RepoDigests}}{{println .}}{{end}} " + image,
}

// attempt is one run of build.sh.
type attempt struct {
	output string
	failed bool
	calls  []string
	// digest is what the commands of buildspec.yml export.
	digest string
}

// commandsOf returns the commands of buildspec.yml, which CodeBuild runs in one shell.
func commandsOf(t *testing.T, buildspec string) []string {
	t.Helper()
	_, list, found := strings.Cut(buildspec, "    commands:\n")
	require.True(t, found)
	var commands []string
	for line := range strings.Lines(list) {
		command, is := strings.CutPrefix(strings.TrimRight(line, "\n"), "      - ")
		require.True(t, is, line)
		commands = append(commands, command)
	}
	return commands
}

// runBuild runs the commands of buildspec.yml in a directory of their own.
func runBuild(t *testing.T, variables map[string]string) attempt {
	t.Helper()
	directory := t.TempDir()
	script, err := os.ReadFile("build.sh")
	require.NoError(t, err)
	tools := filepath.Join(directory, "tools")
	require.NoError(t, os.Mkdir(tools, 0o755))
	for name, content := range map[string]string{"build.sh": string(script), "tools/docker": stub, "tools/aws": stub, "image-digest": "stale"} {
		require.NoError(t, os.WriteFile(filepath.Join(directory, name), []byte(content), 0o755))
	}

	environment := map[string]string{
		"PATH":                 tools + ":" + os.Getenv("PATH"),
		"CALLS":                filepath.Join(directory, "calls"),
		"IMAGE_REPOSITORY_URI": repository,
		"IMAGE_TAG":            imageTag,
		"AWS_DEFAULT_REGION":   "eu-west-1",
		"REPO_DIGESTS":         "public.ecr.aws/golang@sha256:0\\n" + repository + "-2@sha256:1\\n" + repository + "@" + digest + "\\n\\n",
	}
	for name, value := range variables {
		environment[name] = value
	}
	exported := filepath.Join(directory, "exported")
	commands := append(commandsOf(t, read(t, "buildspec.yml")), `sh -c 'printf %s "$IMAGE_DIGEST"' >`+exported)
	command := exec.CommandContext(t.Context(), "sh", "-e", "-c", strings.Join(commands, "\n"))
	command.Dir = directory
	for name, value := range environment {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	calls, _ := os.ReadFile(environment["CALLS"])
	shown, _ := os.ReadFile(exported)
	return attempt{string(output), err != nil, strings.Split(strings.TrimSpace(string(calls)), "\n"), string(shown)}
}
