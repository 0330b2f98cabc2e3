package main

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func requireBash(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not on the PATH, so build.sh cannot be tested")
	}
}

func TestBuildTestsBuildsAndPushesTheImageOfItsExecution(t *testing.T) {
	t.Parallel()
	requireBash(t)
	build := runBuild(t, nil)
	require.False(t, build.failed, build.output)
	assert.Equal(t, steps, build.calls)
	assert.Equal(t, digest, build.digest, "the pipeline deploys no other")
	assert.NotContains(t, build.output, "token", "the registry's password is not shown")
}

func TestBuildFailsWhereNoImageOfItsOwnIsPushed(t *testing.T) {
	t.Parallel()
	requireBash(t)
	for _, test := range []struct {
		name      string
		variables map[string]string
		message   string
		calls     []string
	}{
		{"tests fail", map[string]string{"TEST_FAILS": "1"}, "", steps[:1]},
		{"build fails", map[string]string{"BUILD_FAILS": "1"}, "", steps[:2]},
		{"login fails", map[string]string{"LOGIN_FAILS": "1"}, "", steps[:4]},
		{"push fails, or the tag is taken", map[string]string{"PUSH_FAILS": "1"},
			"build.sh: cannot push " + image + "; if there is an image with this tag, release the commit again", steps[:5]},
		{"docker does not know the image", map[string]string{"INSPECT_FAILS": "1"},
			"build.sh: docker does not know the pushed image " + image, steps},
		{"no digest of this repository", map[string]string{"REPO_DIGESTS": "public.ecr.aws/golang@" + digest + "\\n"},
			`build.sh: docker knows the pushed image ` + image + ` by the digests "" instead of one; push it once, under this tag only`, steps},
		{"two digests", map[string]string{"REPO_DIGESTS": repository + "@" + digest + "\\n" + repository + "@sha256:1\\n"},
			`by the digests "` + digest + ` sha256:1" instead of one`, steps},
		{"no digest in form", map[string]string{"REPO_DIGESTS": repository + "@sha256:1\\n"}, `by the digests "sha256:1" instead of one`, steps},
		{"a commit alone", map[string]string{"IMAGE_TAG": commit},
			`build.sh: IMAGE_TAG: "` + commit + `" is not a commit, a hyphen and the ID of an execution; the pipeline's build action has to give it`, nil},
		{"a repository with a tag", map[string]string{"IMAGE_REPOSITORY_URI": repository + ":1"},
			`IMAGE_REPOSITORY_URI: "` + repository + `:1" is not the URI of an ECR repository without a tag; the CodeBuild project has to give it`, nil},
		{"no variable", map[string]string{"IMAGE_REPOSITORY_URI": "", "IMAGE_TAG": "", "AWS_DEFAULT_REGION": ""},
			"build.sh: AWS_DEFAULT_REGION is not set; CodeBuild sets it to the region of the build", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			build := runBuild(t, test.variables)
			assert.True(t, build.failed, build.output)
			assert.Contains(t, build.output, test.message)
			if test.calls == nil {
				test.calls = []string{""}
			}
			assert.Equal(t, test.calls, build.calls)
			assert.Empty(t, build.digest)
		})
	}
}
