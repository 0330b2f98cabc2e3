package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}

func TestDockerfile(t *testing.T) {
	dockerfile := read(t, "Dockerfile")

	t.Run("takes base images from Amazon's public registry only", func(t *testing.T) {
		stages := map[string]bool{"scratch": true}
		for _, from := range regexp.MustCompile(`(?m)^FROM (\S+)(?: AS (\S+))?`).
			FindAllStringSubmatch(dockerfile, -1) {
			known := stages[from[1]] || strings.HasPrefix(from[1], "public.ecr.aws/")
			assert.True(t, known, "%s is subject to the limits of Docker Hub", from[1])
			stages[from[2]] = true
		}
		assert.NotContains(t, dockerfile, "syntax=", "a syntax line is an image of Docker Hub too")
	})
	t.Run("names base images by tag and digest", func(t *testing.T) {
		for _, image := range regexp.MustCompile(`public\.ecr\.aws/\S+`).FindAllString(dockerfile, -1) {
			assert.Regexp(t, `:[\w.-]+@sha256:[0-9a-f]{64}$`, image)
		}
	})
	t.Run("does not run as root", func(t *testing.T) {
		assert.Regexp(t, `(?m)^USER [1-9]\d*:[1-9]\d*$`, dockerfile)
	})
	t.Run("starts the program without a shell, which would keep SIGTERM to itself", func(t *testing.T) {
		assert.Regexp(t, `(?m)^ENTRYPOINT \["/app"\]$`, dockerfile)
	})
	t.Run("exposes the default port", func(t *testing.T) {
		assert.Contains(t, dockerfile, "EXPOSE 8080\n")
	})
}

// TestDockerrun compares with the fields that Elastic Beanstalk documents for version 2 of the file.
func TestDockerrun(t *testing.T) {
	var dockerrun struct {
		Version    int    `json:"AWSEBDockerrunVersion"`
		Role       string `json:"executionRoleArn"`
		Containers []struct {
			Name              string `json:"name"`
			Image             string `json:"image"`
			Essential         bool   `json:"essential"`
			MemoryReservation int    `json:"memoryReservation"`
			PortMappings      []struct {
				HostPort      int `json:"hostPort"`
				ContainerPort int `json:"containerPort"`
			} `json:"portMappings"`
		} `json:"containerDefinitions"`
	}
	decoder := json.NewDecoder(strings.NewReader(read(t, "Dockerrun.aws.json")))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&dockerrun))

	assert.Equal(t, 2, dockerrun.Version)
	assert.Equal(t, "EXECUTION_ROLE_ARN", dockerrun.Role)
	require.Len(t, dockerrun.Containers, 1)
	web := dockerrun.Containers[0]
	assert.Equal(t, "IMAGE", web.Image)
	assert.True(t, web.Essential)
	assert.Positive(t, web.MemoryReservation)
	require.Len(t, web.PortMappings, 1)
	assert.Equal(t, 80, web.PortMappings[0].HostPort, "the port that the load balancer sends to")
	assert.Equal(t, 8080, web.PortMappings[0].ContainerPort)
}

func TestBuildspec(t *testing.T) {
	buildspec := read(t, "buildspec.yml")
	t.Run("does everything in one phase that stops at a failure", func(t *testing.T) {
		assert.Equal(t, 1, strings.Count(buildspec, "commands:"))
		assert.Equal(t, []string{"bash build.sh", `export IMAGE_DIGEST="$(cat image-digest)"`}, commandsOf(t, buildspec))
	})
	t.Run("hands on the digest of the image, whose file gets neither into an image nor into a commit", func(t *testing.T) {
		assert.Contains(t, buildspec, "env:\n  exported-variables:\n    - IMAGE_DIGEST\n")
		for _, name := range []string{".dockerignore", ".gitignore"} {
			assert.Contains(t, read(t, name), "/image-digest\n")
		}
	})
	t.Run("hands on no artifact: the pipeline makes the bundle", func(t *testing.T) {
		assert.NotContains(t, buildspec, "artifacts:")
	})
}

func TestReadme(t *testing.T) {
	t.Run("names every variable that the program reads", func(t *testing.T) {
		readme := read(t, "README.md")
		_, err := LoadConfig(func(name string) string {
			assert.Contains(t, readme, "`"+name+"`")
			return ""
		})
		require.NoError(t, err)
	})
}
