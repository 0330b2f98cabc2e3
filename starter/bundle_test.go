package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ofDefinitions begins each problem of the container definitions.
const ofDefinitions = "build.sh: Dockerrun.aws.json: "

// dockerrun is a definition of an application behind a proxy that needs files of the bundle.
const dockerrun = `{
  "AWSEBDockerrunVersion": 2,
  "executionRoleArn": "EXECUTION_ROLE_ARN",
  "volumes": [
    { "name": "proxy", "host": { "sourcePath": "/var/app/current/proxy/conf.d/" } },
    { "name": "page", "host": { "sourcePath": "/var/app/current/page.html" } },
    { "name": "host", "host": { "sourcePath": "/etc/localtime" } },
    { "name": "cache" }
  ],
  "containerDefinitions": [
    { "name": "web", "image": "IMAGE", "memory": 512, "memoryReservation": 256,
      "environment": [ { "name": "PORT", "value": "3000" }, { "name": "IMAGE", "value": "IMAGE" } ],
      "mountPoints": [ { "sourceVolume": "cache", "containerPath": "/cache" } ] },
    { "name": "proxy", "image": "nginx:1.27", "memoryReservation": 64, "links": [ "web:app" ],
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

// shipped are the modes of the files in the bundle, Dockerrun.aws.json left out.
func (a attempt) shipped(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	bundle := filepath.Dir(a.bundle())
	require.NoError(t, filepath.WalkDir(bundle, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path == a.bundle() {
			return err
		}
		info, err := entry.Info()
		all[strings.TrimPrefix(path, bundle+"/")] = info.Mode().String()
		return err
	}))
	return all
}

func TestBuildShipsWhatContainersMount(t *testing.T) {
	t.Parallel()
	requireTools(t)
	build := buildBundle(t, dockerrun, nil, with(t, "proxy/conf.d/default.conf", "proxy/conf.d/.htpasswd",
		"proxy/conf.d/sites/a.conf", "proxy/README.md", "page.html", "other/file"))
	require.False(t, build.failed, build.output)
	assert.Equal(t, map[string]string{
		"page.html":                 "-rw-r--r--",
		"proxy/conf.d/default.conf": "-rw-r--r--",
		"proxy/conf.d/.htpasswd":    "-rw-r--r--",
		"proxy/conf.d/sites/a.conf": "-rw-r--r--",
	}, build.shipped(t))
	assert.Contains(t, build.output, "bundle/proxy/conf.d/.htpasswd\n", "the log lists what is deployed")
	rendered, err := os.ReadFile(build.bundle())
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(rendered), `"IMAGE"`), "only a container's image is filled in")
}

func TestBuildShipsWhatChangesThePlatformOnlyIfAllowed(t *testing.T) {
	t.Parallel()
	template := requireTools(t)
	files := with(t, ".ebextensions/01.config", ".platform/hooks/prebuild/01_swap.sh")

	t.Run("refuses both by name before anything is built", func(t *testing.T) {
		t.Parallel()
		build := buildBundle(t, template, nil, files)
		assert.True(t, build.failed)
		assert.Equal(t, []string{""}, build.calls)
		assert.NoFileExists(t, build.bundle())
		for _, name := range []string{".ebextensions", ".platform"} {
			assert.Contains(t, build.output, "build.sh: "+name+" would change what the infrastructure's template decided; "+
				`remove it, or allow it in cdk.json of the infrastructure: "bundle": { "allow": { "`+name+`": "the reason" } }`)
		}
	})
	t.Run("ships what is allowed, hooks as executable as they were", func(t *testing.T) {
		t.Parallel()
		build := buildBundle(t, template, map[string]string{"BUNDLE_ALLOW": ".ebextensions,.platform"}, files)
		require.False(t, build.failed, build.output)
		assert.Equal(t, map[string]string{
			".ebextensions/01.config":             "-rw-r--r--",
			".platform/hooks/prebuild/01_swap.sh": "-rwxr-xr-x",
		}, build.shipped(t))
	})
	t.Run("refuses the one that is not allowed, and unknown names", func(t *testing.T) {
		t.Parallel()
		build := buildBundle(t, template, map[string]string{"BUNDLE_ALLOW": ".platform,hooks"}, files)
		assert.True(t, build.failed)
		assert.Contains(t, build.output, "build.sh: .ebextensions would change")
		assert.NotContains(t, build.output, ".platform would change")
		assert.Contains(t, build.output, "BUNDLE_ALLOW: hooks is nothing that can be allowed; use .ebextensions, .platform or both")
	})
	t.Run("builds without the directories that are allowed", func(t *testing.T) {
		t.Parallel()
		build := buildBundle(t, template, map[string]string{"BUNDLE_ALLOW": ".ebextensions,.platform"})
		require.False(t, build.failed, build.output)
		assert.Empty(t, build.shipped(t))
	})
}

func TestBuildRefusesPathsThatCannotBeShipped(t *testing.T) {
	t.Parallel()
	requireTools(t)
	mount := func(path string) string {
		return strings.Replace(dockerrun, "/var/app/current/page.html", path, 1)
	}
	rest := with(t, "proxy/conf.d/default.conf", "page.html")
	for _, test := range []struct {
		name, path string
		prepare    func(string)
		message    string
	}{
		{"missing", "/var/app/current/html", rest,
			"volumes: /var/app/current/html: there is no html in the repository; add it, or correct the path"},
		{"a symbolic link", "/var/app/current/html", link(t, "/etc", "html"),
			"volumes: /var/app/current/html: html is a symbolic link, which is not shipped; put the files themselves there"},
		{"below a symbolic link", "/var/app/current/html/sub", link(t, "proxy", "html"),
			"html is a symbolic link"},
		{"a symbolic link in a directory", "/var/app/current/html", link(t, "/etc/passwd", "html/users"),
			"only files and directories are shipped, no symbolic links; replace ./html/users"},
		{"a directory without files", "/var/app/current/html", with(t, "html/css/"),
			"the directory html has no files, so no archive holds it; add one, or mount a directory outside /var/app"},
		{"the whole bundle", "/var/app/current/", rest,
			`volumes: "page" mounts /var/app/current/, which is more than a part of the bundle; name the directory in it that a container needs`},
		{"what the build replaces", "/var/app/current/bundle/x", rest,
			"the build replaces the directory bundle; use another"},
		{"out of the bundle", "/var/app/current/../secret", rest,
			`volumes: "page" has the sourcePath "/var/app/current/../secret", which is not an absolute path in plain form`},
		{"out of the bundle at the end", "/var/app/current/x/..", rest, "is not an absolute path in plain form"},
		{"relative", "html", rest, `volumes: "page" has the sourcePath "html", which is not an absolute path in plain form`},
		{"with a line break", `/var/app/current/a\nb`, rest, `has the sourcePath "/var/app/current/a\nb", which is not`},
		{"below a directory that is not allowed", "/var/app/current/.platform/x", with(t, ".platform/x"),
			"build.sh: .platform would change"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			build := buildBundle(t, mount(test.path), nil, rest, test.prepare)
			assert.True(t, build.failed, build.output)
			assert.Equal(t, []string{""}, build.calls, "before anything is built")
			assert.Contains(t, build.output, test.message)
			assert.NoFileExists(t, build.bundle())
		})
	}
}

func TestBuildRefusesDefinitionsThatFailOnInstances(t *testing.T) {
	t.Parallel()
	template := requireTools(t)
	edit := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(template) }
	container := func(text string) string {
		return `{"AWSEBDockerrunVersion": 2, "executionRoleArn": "EXECUTION_ROLE_ARN", "volumes": [{"name": "data"}],
			"containerDefinitions": [` + text + `]}`
	}
	const (
		proxy = `{"name": "proxy", "image": "IMAGE", "memory": 64, "portMappings": [{"hostPort": 80, "containerPort": 80}]}`
		web   = `"name": "web", "image": "IMAGE", "memory": 256`
	)
	for _, test := range []struct {
		name, template string
		messages       []string
	}{
		{"no memory", `{ "AWSEBDockerrunVersion": 2, "executionRoleArn": "EXECUTION_ROLE_ARN", "containerDefinitions": [ { "name": "web", "image": "IMAGE", "essential": true, "portMappings": [ { "hostPort": 80, "containerPort": 8080 } ] } ] }`,
			[]string{`web: neither memory nor memoryReservation, without which ECS refuses a container; add "memoryReservation": 256`}},
		{"another port", `{ "AWSEBDockerrunVersion": 2, "executionRoleArn": "EXECUTION_ROLE_ARN", "containerDefinitions": [ { "name": "web", "image": "IMAGE", "essential": true, "memory": 256, "portMappings": [ { "hostPort": 8080, "containerPort": 8080 } ] } ] }`,
			[]string{`containerDefinitions: no container has hostPort 80, where the load balancer sends requests; write "hostPort": 80 instead of 8080 in "web"`}},
		{"a version that is text", edit(`Version": 2`, `Version": "2"`),
			[]string{`AWSEBDockerrunVersion: "2" is text, which Elastic Beanstalk may refuse; write the number 2, without quotation marks`}},
		{"a version for another platform", edit(`Version": 2`, `Version": 3`),
			[]string{`AWSEBDockerrunVersion: 3 is not the version for ECS on Amazon Linux 2023; write the number 2`}},
		{"no placeholder for the image", edit(`"IMAGE"`, `"nginx"`),
			[]string{`containerDefinitions: no container has the image that is built; write "image": "IMAGE" in one`}},
		{"no placeholder for the role", edit(`"EXECUTION_ROLE_ARN"`, `"x"`),
			[]string{`executionRoleArn: "x" is not the placeholder that the build fills in; write "EXECUTION_ROLE_ARN"`}},
		{"placeholders in other places", container(proxy + `, {"name": "b", "image": "IMAGE:latest", "memory": 64, "environment": [{"name": "ROLE", "value": "EXECUTION_ROLE_ARN"}]}`),
			[]string{`b.image: IMAGE is filled in as the whole image of a container only; write "IMAGE" instead of "IMAGE:latest"`,
				`containerDefinitions.1.environment.0.value: EXECUTION_ROLE_ARN is filled in as executionRoleArn only; remove it here`}},
		{"no container", container(""), []string{"containerDefinitions: there is no container; add one"}},
		{"no list of containers", edit(`[`, `{"a":[`, `]`, `]}`), []string{"containerDefinitions: {"}},
		{"nothing essential", edit(`true`, `false`), []string{`containerDefinitions: no container is essential; write "essential": true in one`}},
		{"names", container(proxy + `,` + proxy + `, {"name": "a b", "image": "x", "memory": 64}, {"image": "x", "memory": 64}`),
			[]string{`containerDefinitions: two containers are named "proxy"; rename one`,
				`containerDefinitions: host port 80/tcp is mapped twice; use another hostPort in one of the mappings`,
				`a b.name: "a b" is not a name; use letters, digits, hyphens and underscores`,
				`containerDefinitions[3].name: null is not a name`}},
		{"memory", container(`{"name": "web", "image": "IMAGE", "memory": "512", "memoryReservation": 0}, {"name": "b", "image": "", "memory": 64, "memoryReservation": 65}`),
			[]string{`web.memory: "512" is not a number of MiB from 6 on; write a number such as 256`, `web.memoryReservation: 0 is not`,
				`b: memory 64 is less than memoryReservation 65; write "memory": 65`, `b.image: "" is not an image; name one`}},
		{"no port at all", container(`{` + web + `}`),
			[]string{`sends requests; add "portMappings": [ { "hostPort": 80, "containerPort": 8080 } ] to the one that serves requests`}},
		{"ports", container(proxy + `, {` + web + `, "portMappings": [{"hostPort": "81", "containerPort": 0}, {"hostPort": 22, "containerPort": 22}]}`),
			[]string{`web.portMappings: containerPort 0 is not a port; write a number from 1 to 65535`,
				`web.portMappings: hostPort "81" is not a port`, `web.portMappings: hostPort 22 is reserved by SSH, Docker or the ECS agent; use another`}},
		{"another PORT than the container's", container(`{` + web + `, "environment": [{"name": "PORT", "value": "3000"}], "portMappings": [{"hostPort": 80, "containerPort": 8080}]}`),
			[]string{`web: PORT is "3000", but hostPort 80 leads to containerPort 8080; use one port for both`}},
		{"a number as a variable", container(strings.Replace(proxy, `"memory"`, `"environment": [{"name": "WORKERS", "value": 2}], "memory"`, 1)),
			[]string{`proxy.environment: the value of "WORKERS" is not text; put it in quotation marks`}},
		{"references", container(proxy + `, {` + web + `, "links": ["web", "api:a"], "volumesFrom": [{"sourceContainer": "api"}], "dependsOn": [{"containerName": "api"}],
			"mountPoints": [{"sourceVolume": "cache", "containerPath": "/x"}, {"sourceVolume": "awseb-logs-api", "containerPath": "/y"}, {"sourceVolume": "data"}]}`),
			[]string{`web.links: "web" is not another container of this file; add or correct it`, `web.links: "api" is not another container`,
				`web.volumesFrom: "api" is not a container of this file`, `web.dependsOn: "api" is not a container of this file`,
				`web.mountPoints: "cache" is not a volume of this file; add it to volumes, or correct it`, `web.mountPoints: "awseb-logs-api" is not a volume`,
				`web.mountPoints: "data" has no containerPath`}},
		{"lists that are none", container(strings.Replace(proxy, `"memory"`, `"links": "web", "mountPoints": {}, "memory"`, 1)),
			[]string{`proxy.links: "web" is not a list; write [ … ]`, `proxy.mountPoints: {} is not a list`}},
		{"volumes", strings.Replace(container(proxy), `{"name": "data"}`, `{"name": "data"}, {"name": "data"}, {"host": {"sourcePath": 7}}`, 1),
			[]string{`volumes: two are named "data"; rename one`, `volumes: one has no name; add it`, `volumes: null has the sourcePath 7, which is not`}},
		{"no object", `[1]`, []string{`it is not an object; write { "AWSEBDockerrunVersion": 2, … }`}},
		{"no JSON", "{", []string{"is not one JSON object: parse error"}},
		{"two documents", template + template, []string{"is not one JSON object"}},
		{"odd types everywhere", `{"AWSEBDockerrunVersion": [], "executionRoleArn": {}, "volumes": [1, {"name": 2, "host": 3}], "containerDefinitions": [1, null,
			{"name": 1, "image": 2, "memory": [], "portMappings": [3, {"hostPort": {}, "containerPort": []}], "links": [4], "mountPoints": [{"sourceVolume": 5}], "environment": [{"name": "PORT", "value": 6}]}]}`,
			[]string{`containerDefinitions[0].name: 1 is not a name`, `containerDefinitions: 1 is not an object; write { … }`,
				`volumes: 1 is not an object`, `volumes: 2 has the host 3, which is not an object; write { "sourcePath": … }`,
				`containerDefinitions[0].portMappings: 3 is not an object`, `containerDefinitions[0].links: 4 is not text; put it in quotation marks`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			build := buildBundle(t, test.template, nil)
			assert.True(t, build.failed, build.output)
			assert.Equal(t, []string{""}, build.calls, "before anything is built")
			assert.NoFileExists(t, build.bundle())
			for _, message := range test.messages {
				assert.Contains(t, strings.ReplaceAll(build.output, ofDefinitions, ""), message)
			}
			for line := range strings.Lines(build.output) {
				assert.Regexp(t, `^build\.sh: `, line, "every problem is one line")
			}
		})
	}
}

func TestBuildNamesEverythingAtOnce(t *testing.T) {
	t.Parallel()
	template := requireTools(t)
	build := buildBundle(t, strings.Replace(template, `"memoryReservation": 512,`, "", 1),
		map[string]string{"EXECUTION_ROLE_ARN": "", "IMAGE_REPOSITORY_URI": "images"}, with(t, ".platform/hooks/x"))
	assert.True(t, build.failed)
	for _, message := range []string{"EXECUTION_ROLE_ARN is not set", "IMAGE_REPOSITORY_URI must be", ".platform would change", "web: neither memory"} {
		assert.Contains(t, build.output, message)
	}
}
