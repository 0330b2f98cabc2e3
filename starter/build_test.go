package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func requireTools(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"bash", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on the PATH, so build.sh cannot be tested", tool)
		}
	}
	template, err := os.ReadFile("Dockerrun.aws.json")
	require.NoError(t, err)
	return string(template)
}

func TestBuildMakesTheBundle(t *testing.T) {
	t.Parallel()
	template := requireTools(t)
	for _, test := range []struct {
		name      string
		variables map[string]string
		calls     []string
	}{
		{"of a new commit: tests, builds, pushes", nil, steps},
		{"of a commit whose image exists: only renders", map[string]string{"DESCRIBE": ""}, steps[:1]},
		{"of a commit that another build pushes meanwhile",
			map[string]string{"PUSH_FAILS": "1", "PUSH_RACE": "yes"}, append(steps[:6:6], describe)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			build := buildBundle(t, template, test.variables)
			require.False(t, build.failed, build.output)
			assert.Equal(t, test.calls, build.calls)

			var want, got map[string]any
			filled := strings.NewReplacer(`"IMAGE"`, `"`+image+`"`, `"EXECUTION_ROLE_ARN"`, `"`+role+`"`)
			require.NoError(t, json.Unmarshal([]byte(filled.Replace(template)), &want))
			rendered, err := os.ReadFile(build.bundle())
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(rendered, &got))
			assert.Equal(t, want, got)
			assert.NotContains(t, build.output, "token", "the registry's password is not shown")
		})
	}
}

func TestBuildFailsWithoutABundle(t *testing.T) {
	t.Parallel()
	template := requireTools(t)
	for _, test := range []struct {
		name      string
		variables map[string]string
		message   string
		calls     []string
	}{
		{"access denied",
			map[string]string{"DESCRIBE": "An error occurred (AccessDeniedException) when calling DescribeImages"},
			"cannot find out whether " + image + " exists:", steps[:1]},
		{"no repository",
			map[string]string{"DESCRIBE": "An error occurred (RepositoryNotFoundException) when calling"},
			"RepositoryNotFoundException", steps[:1]},
		{"tests fail", map[string]string{"TEST_FAILS": "1"}, "", steps[:2]},
		{"build fails", map[string]string{"BUILD_FAILS": "1"}, "", steps[:3]},
		{"login fails", map[string]string{"LOGIN_FAILS": "1"}, "", steps[:5]},
		{"push fails", map[string]string{"PUSH_FAILS": "1"}, "cannot push " + image,
			append(steps[:6:6], describe)},
		{"a short commit", map[string]string{"CODEBUILD_RESOLVED_SOURCE_VERSION": "main"},
			"CODEBUILD_RESOLVED_SOURCE_VERSION must be a full commit ID, got main", nil},
		{"a repository with a tag", map[string]string{"IMAGE_REPOSITORY_URI": repository + ":1"},
			"IMAGE_REPOSITORY_URI must be the URI of an ECR repository, without a tag, got", nil},
		{"a role that is none", map[string]string{"EXECUTION_ROLE_ARN": "shop-execution"},
			"EXECUTION_ROLE_ARN must be the ARN of an IAM role, got shop-execution", nil},
		{"no repository URI", map[string]string{"IMAGE_REPOSITORY_URI": ""},
			"IMAGE_REPOSITORY_URI is not set: the CodeBuild project", nil},
		{"no role", map[string]string{"EXECUTION_ROLE_ARN": ""},
			"EXECUTION_ROLE_ARN is not set: the pipeline's build action", nil},
		{"no commit and no region",
			map[string]string{"CODEBUILD_RESOLVED_SOURCE_VERSION": "", "AWS_DEFAULT_REGION": ""},
			"build.sh: AWS_DEFAULT_REGION is not set: CodeBuild sets it", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			build := buildBundle(t, template, test.variables)
			assert.True(t, build.failed, build.output)
			assert.Contains(t, build.output, test.message)
			assert.NoFileExists(t, build.bundle())
			if test.calls == nil {
				test.calls = []string{""}
			}
			assert.Equal(t, test.calls, build.calls)
		})
	}
}
