package deployedstate_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

func TestBootstrapBundle(t *testing.T) {
	t.Parallel()
	otherRole := map[string]any{deployedstate.PropertyExecutionRoleArn: roleArn + "-2"}
	results := play(t, map[string]scenario{
		"first":  {Events: []event{request("Create", nil)}, AWS: account(nil), RemainingMs: longEnough},
		"second": {Events: []event{request("Create", nil)}, AWS: account(nil), RemainingMs: longEnough},
		"other":  {Events: []event{request("Create", otherRole)}, AWS: account(nil), RemainingMs: longEnough},
	})
	label := func(name string) any { return data(t, results[name])[deployedstate.AttributeVersionLabel] }
	content := results["first"].call(t, "PutObject").content(t)
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)

	t.Run("is the same version every time", func(t *testing.T) {
		assert.Equal(t, content, results["second"].call(t, "PutObject").content(t))
		assert.Equal(t, label("first"), label("second"))
	})
	t.Run("is another version when its content differs", func(t *testing.T) {
		assert.NotEqual(t, label("first"), label("other"))
	})
	t.Run("is a valid archive without a top directory", func(t *testing.T) {
		modes := map[string]string{}
		for _, file := range archive.File {
			modes[file.Name] = file.Mode().String()
			assert.Equal(t, "1980-01-01", file.Modified.Format("2006-01-02"), file.Name)
			content, err := file.Open()
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, content) // Verifies the checksum.
			assert.NoError(t, err, file.Name)
		}
		assert.Equal(t, map[string]string{
			"Dockerrun.aws.json": "-rw-r--r--",
			"nginx/":             "drwxr-xr-x",
			"nginx/default.conf": "-rw-r--r--",
			"html/":              "drwxr-xr-x",
			"html/index.html":    "-rw-r--r--",
		}, modes)
	})
	t.Run("runs nginx with the files of the bundle on port 80", func(t *testing.T) {
		var dockerrun map[string]any
		require.NoError(t, json.Unmarshal(file(t, archive, "Dockerrun.aws.json"), &dockerrun))
		assert.Equal(t, map[string]any{
			"AWSEBDockerrunVersion": 2.0,
			"executionRoleArn":      roleArn,
			"volumes": []any{
				volume("nginx", "/var/app/current/nginx"), volume("html", "/var/app/current/html"),
			},
			"containerDefinitions": []any{map[string]any{
				"name":              "web",
				"image":             "public.ecr.aws/docker/library/nginx:stable-alpine",
				"essential":         true,
				"memoryReservation": 64.0,
				"portMappings":      []any{map[string]any{"hostPort": 80.0, "containerPort": 80.0}},
				"mountPoints": []any{
					mount("nginx", "/etc/nginx/conf.d"), mount("html", "/usr/share/nginx/html"),
				},
			}},
		}, dockerrun)
	})
	t.Run("keeps connections for longer than the load balancer does", func(t *testing.T) {
		config := string(file(t, archive, "nginx/default.conf"))
		assert.Contains(t, config, "keepalive_timeout 75s;")
		assert.Contains(t, config, "listen [::]:80")
	})
	t.Run("names the version by which the release program knows it", func(t *testing.T) {
		program, err := os.ReadFile(filepath.Join("..", "release", "program", "request.mjs"))
		require.NoError(t, err)
		version := regexp.MustCompile(`PLACEHOLDER = "(\w+)"`).FindSubmatch(program)
		require.Len(t, version, 2)
		assert.Contains(t, string(file(t, archive, "nginx/default.conf")), "add_header X-App-Version "+string(version[1])+" always;")
	})
	t.Run("says what to do next and needs nothing from elsewhere", func(t *testing.T) {
		page := string(file(t, archive, "html/index.html"))
		assert.Contains(t, page, "git push")
		assert.NotRegexp(t, `https?://|//[a-z]`, page)
	})
}

func file(t *testing.T, archive *zip.Reader, name string) []byte {
	t.Helper()
	content, err := fs.ReadFile(archive, name)
	require.NoError(t, err)
	return content
}

func volume(name, path string) map[string]any {
	return map[string]any{"name": name, "host": map[string]any{"sourcePath": path}}
}

func mount(volume, path string) map[string]any {
	return map[string]any{"sourceVolume": volume, "containerPath": path, "readOnly": true}
}
