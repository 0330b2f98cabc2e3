//go:build slow

package release_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

const (
	images   = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/shop"
	imageTag = "0123456789abcdef0123456789abcdef01234567-01234567-89ab-cdef-0123-456789abcdef"
	digest   = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	role     = "arn:aws:iam::123456789012:role/shop-execution"
)

// ofDefinitions begins each problem of the container definitions.
const ofDefinitions = "Dockerrun.aws.json: "

// dockerrun is a definition of an application behind a proxy that needs files of the bundle.
const dockerrun = `{
  "AWSEBDockerrunVersion": 2,
  "executionRoleArn": "EXECUTION_ROLE_ARN",
  "volumes": [
    { "name": "proxy", "host": { "sourcePath": "/var/app/current/proxy/conf.d/" } },
    { "name": "page", "host": { "sourcePath": "/var/app/current/page.html" } },
    { "name": "cache" }
  ],
  "containerDefinitions": [
    { "name": "web", "image": "IMAGE", "memory": 512, "memoryReservation": 256,
      "environment": [ { "name": "PORT", "value": "3000" }, { "name": "IMAGE", "value": "IMAGE" } ],
      "mountPoints": [ { "sourceVolume": "cache", "containerPath": "/cache" } ] },
    { "name": "proxy", "image": "public.ecr.aws/nginx/nginx:1.28", "memoryReservation": 64, "links": [ "web:app" ],
      "volumesFrom": [ { "sourceContainer": "web" } ],
      "portMappings": [ { "hostPort": 80, "containerPort": 8080 } ],
      "mountPoints": [ { "sourceVolume": "proxy", "containerPath": "/etc/nginx/conf.d", "readOnly": true },
                       { "sourceVolume": "awseb-logs-proxy", "containerPath": "/var/log/nginx" } ] }
  ]
}`

// with adds files to a repository: a name that ends with a slash is a directory, one in .platform can
// be executed.
func with(t *testing.T, names ...string) func(string) {
	return func(directory string) {
		for _, name := range names {
			path := filepath.Join(directory, name)
			if strings.HasSuffix(name, "/") {
				require.NoError(t, os.MkdirAll(path, 0o755))
				continue
			}
			mode := fs.FileMode(0o644)
			if strings.HasPrefix(name, ".platform/") {
				mode = 0o755
			}
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(name), mode))
			require.NoError(t, os.Chmod(path, mode))
		}
	}
}

func link(t *testing.T, target, name string) func(string) {
	return func(directory string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(directory, name)), 0o755))
		require.NoError(t, os.Symlink(target, filepath.Join(directory, name)))
	}
}

// starterDefinition is what a new repository has.
func starterDefinition(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../starter/Dockerrun.aws.json")
	require.NoError(t, err)
	return string(text)
}

// rendering is one run of the command in a repository of its own.
type rendering struct {
	directory string
	code      int
	lines     []string
	account   *account
}

// render makes the bundle of a repository that holds a definition, and what prepare adds to it.
func render(t *testing.T, definition string, changes variables, prepare ...func(directory string)) rendering {
	t.Helper()
	return renderIn(t, &account{images: map[string]string{imageTag: digest}, builds: []map[string]any{built(digest)}}, definition, changes, prepare...)
}

// renderIn does the same in an account.
func renderIn(t *testing.T, a *account, definition string, changes variables, prepare ...func(directory string)) rendering {
	t.Helper()
	r := rendering{directory: t.TempDir(), account: a}
	for _, add := range prepare {
		add(r.directory)
	}
	require.NoError(t, os.WriteFile(filepath.Join(r.directory, "Dockerrun.aws.json"), []byte(definition), 0o644))
	r.code, r.lines = start(t, r.account, release.CommandBundle, bundleSettings(t, r.directory), changes).end(t)
	return r
}

// pipeline is what CodeBuild says of who started a build of the pipeline.
const pipeline = "codepipeline/shop"

func bundleSettings(t *testing.T, directory string) variables {
	t.Helper()
	return variables{
		release.VariableImageRepository: images,
		release.VariableImageTag:        imageTag,
		release.VariableExecutionRole:   role,
		release.VariableBuildProject:    "shop-build",
		release.VariableSourceDirectory: directory,
		release.VariableDigestFile:      filepath.Join(t.TempDir(), "digest"),
		"CODEBUILD_INITIATOR":           pipeline,
	}
}

// built is the build of this execution, which exported a digest.
func built(digest string) map[string]any {
	return map[string]any{
		"initiator":                    pipeline,
		"environment":                  map[string]any{"environmentVariables": []any{map[string]any{"name": "IMAGE_TAG", "value": imageTag}}},
		"exportedEnvironmentVariables": []any{map[string]any{"name": release.ExportedDigest, "value": digest}},
	}
}

// changed is a build with other properties.
func changed(build map[string]any, changes map[string]any) map[string]any {
	maps.Copy(build, changes)
	return build
}

func (r rendering) bundle() string { return filepath.Join(r.directory, release.BundleOutput) }

// problems returns the lines with what is wrong, in order.
func (r rendering) problems(t *testing.T) []string {
	t.Helper()
	require.Equal(t, 1, r.code)
	require.NoDirExists(t, r.bundle())
	begin := slices.IndexFunc(r.lines, func(line string) bool { return strings.HasSuffix(line, "FAILED: this commit cannot be released:") })
	require.GreaterOrEqual(t, begin, 0)
	return r.lines[begin+1:]
}

// shipped are the modes of the files in the bundle, Dockerrun.aws.json left out.
func (r rendering) shipped(t *testing.T) map[string]string {
	t.Helper()
	require.Zero(t, r.code)
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(r.bundle(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "Dockerrun.aws.json" {
			return err
		}
		info, err := entry.Info()
		all[strings.TrimPrefix(path, r.bundle()+"/")] = info.Mode().String()
		return err
	}))
	return all
}

func (r rendering) definition(t *testing.T) (text string, parsed map[string]any) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.bundle(), "Dockerrun.aws.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &parsed))
	return string(content), parsed
}

func (a *account) buildIDs(c call) []string {
	ids := []string{}
	for i := range a.builds {
		ids = append(ids, fmt.Sprintf("%s:%d", c.text("projectName"), i))
	}
	return ids
}

// buildsOf are the builds with the IDs of a call, not in their order.
func (a *account) buildsOf(c call) []any {
	var found []any
	for _, id := range slices.Backward(list(c.input["ids"])) {
		var i int
		if _, err := fmt.Sscanf(id.(string), "shop-build:%d", &i); err == nil {
			found = append(found, changed(a.builds[i], map[string]any{"id": id}))
		}
	}
	return found
}

func (a *account) describeImages(c call) (any, error) {
	tag := c.input["imageIds"].([]any)[0].(map[string]any)["imageTag"].(string)
	found, exists := a.images[tag]
	if c.text("registryId") != "123456789012" || c.text("repositoryName") != "team/shop" || !exists {
		return nil, refusal{code: "ImageNotFoundException", message: "The image with imageId " + tag + " does not exist"}
	}
	return map[string]any{"imageDetails": []any{map[string]any{"imageDigest": found}}}, nil
}
