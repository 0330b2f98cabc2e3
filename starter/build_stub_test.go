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
	image      = repository + ":" + commit
	role       = "arn:aws:iam::123456789012:role/shop-execution"
)

// stub stands for docker and aws: it notes how it was called, and fails in the calls that the test names.
// With PUSH_RACE the image is there after the push, though the push fails.
const stub = `#!/usr/bin/env bash
call="${0##*/} $*"
[[ $call == *--password-stdin* ]] && call="$call < $(cat)"
echo "$call" >>"$CALLS"
case "$call" in
*describe-images*)
  [[ -e $PUSHED ]] && exit 0
  echo "$DESCRIBE" >&2; [[ -z $DESCRIBE ]] ;;
*get-login-password*) echo token ;;
*"--target test"*) exit "${TEST_FAILS:-0}" ;;
"docker build"*) exit "${BUILD_FAILS:-0}" ;;
"docker login"*) exit "${LOGIN_FAILS:-0}" ;;
"docker push"*)
  [[ ${PUSH_RACE:-} ]] && touch "$PUSHED"
  exit "${PUSH_FAILS:-0}" ;;
esac
`

const notFound = "An error occurred (ImageNotFoundException) when calling the DescribeImages operation: " +
	"The image with imageId {imageDigest:'null', imageTag:'" + commit + "'} does not exist"

const describe = "aws ecr describe-images --registry-id 123456789012 --repository-name team/shop " +
	"--image-ids imageTag=" + commit

var steps = []string{
	describe,
	"docker build --target test .",
	"docker build --build-arg VERSION=0123456 --tag " + image + " .",
	"aws ecr get-login-password",
	"docker login --username AWS --password-stdin " + registry + " < token",
	"docker push " + image,
}

// attempt is one run of build.sh in a directory of its own.
type attempt struct {
	directory, output string
	failed            bool
	calls             []string
}

// buildBundle runs build.sh in a repository that holds the template, and what prepare adds to it.
func buildBundle(t *testing.T, template string, variables map[string]string, prepare ...func(directory string)) attempt {
	t.Helper()
	directory := t.TempDir()
	script, err := os.ReadFile("build.sh")
	require.NoError(t, err)
	tools := filepath.Join(directory, "tools")
	require.NoError(t, os.MkdirAll(filepath.Join(directory, "bundle"), 0o755))
	require.NoError(t, os.Mkdir(tools, 0o755))
	for name, content := range map[string]string{
		"build.sh":                  string(script),
		"Dockerrun.aws.json":        template,
		"bundle/Dockerrun.aws.json": "left by an earlier build",
		"tools/docker":              stub,
		"tools/aws":                 stub,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(directory, name), []byte(content), 0o755))
	}
	for _, add := range prepare {
		add(directory)
	}

	environment := map[string]string{
		"PATH":                              tools + ":" + os.Getenv("PATH"),
		"CALLS":                             filepath.Join(directory, "calls"),
		"PUSHED":                            filepath.Join(directory, "pushed"),
		"DESCRIBE":                          notFound,
		"IMAGE_REPOSITORY_URI":              repository,
		"EXECUTION_ROLE_ARN":                role,
		"CODEBUILD_RESOLVED_SOURCE_VERSION": commit,
		"AWS_DEFAULT_REGION":                "eu-west-1",
	}
	for name, value := range variables {
		environment[name] = value
	}
	command := exec.CommandContext(t.Context(), "bash", filepath.Join(directory, "build.sh"))
	command.Dir = t.TempDir()
	for name, value := range environment {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	calls, _ := os.ReadFile(environment["CALLS"])
	return attempt{directory, string(output), err != nil, strings.Split(strings.TrimSpace(string(calls)), "\n")}
}

func (a attempt) bundle() string { return filepath.Join(a.directory, "bundle", "Dockerrun.aws.json") }
