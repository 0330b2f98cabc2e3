//go:build slow

package release_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

const nginx = "public.ecr.aws/nginx/nginx:1.28"

func TestBundleNamesTheImageOfThisExecutionByItsDigest(t *testing.T) {
	t.Parallel()
	template := starterDefinition(t)
	file := filepath.Join(t.TempDir(), "digest")
	r := render(t, template, variables{release.VariableDigestFile: file})
	require.Zero(t, r.code)
	text, _ := r.definition(t)
	filled := strings.NewReplacer(`"IMAGE"`, `"`+images+"@"+digest+`"`, `"EXECUTION_ROLE_ARN"`, `"`+role+`"`).Replace(template)
	assert.JSONEq(t, filled, text)
	assert.Empty(t, r.shipped(t))
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, digest, string(written))
	var calls []string
	for _, c := range r.account.calls {
		calls = append(calls, c.service+" "+c.command)
	}
	assert.Equal(t, []string{"codebuild list-builds-for-project", "codebuild batch-get-builds", "ecr describe-images"}, calls, "it may call nothing else")
}

func TestBundleTakesNoImageOfAnotherExecution(t *testing.T) {
	t.Parallel()
	template := starterDefinition(t)
	commit, _, _ := strings.Cut(imageTag, "-")
	t.Run("such as one planted under the commit, or built by an older build.sh", func(t *testing.T) {
		t.Parallel()
		a := &account{builds: []map[string]any{changed(built(digest), map[string]any{"environment": nil})}}
		node := renderIn(t, a, template, variables{release.VariableImageTag: commit + "-ffffffff-89ab-cdef-0123-456789abcdef"})
		require.Len(t, node.problems(t), 1)
		assert.Contains(t, node.problems(t)[0], "the build has not pushed "+images+":"+commit+"-ffffffff-89ab-cdef-0123-456789abcdef, "+
			"the only image that this execution may deploy; push to $IMAGE_REPOSITORY_URI:$IMAGE_TAG, as build.sh and buildspec.yml of the current starter do")
	})
	t.Run("nor one that is not the one validated before", func(t *testing.T) {
		t.Parallel()
		other := strings.Replace(digest, "0", "f", 1)
		r := render(t, template, variables{release.VariableExpectedDigest: other})
		assert.Equal(t, []string{"the image is " + digest + ", but " + other + " was validated before; release the commit again, and find out in CloudTrail who pushed the other"}, r.problems(t))
		r = renderIn(t, &account{images: map[string]string{imageTag: digest}}, template, variables{release.VariableExpectedDigest: digest})
		assert.Zero(t, r.code)
		assert.Len(t, r.account.calls, 1, "another execution may be in the stage of the build by then")
	})
	t.Run("nor one that its build did not push", func(t *testing.T) {
		t.Parallel()
		other := strings.Replace(digest, "0", "f", 1)
		a := &account{images: map[string]string{imageTag: digest}, builds: []map[string]any{built(other)}}
		assert.Equal(t, []string{"the image is " + digest + ", but " + other + " is what the build pushed; release the commit again, and find out in CloudTrail who pushed the other"},
			renderIn(t, a, template, nil).problems(t))
	})
	t.Run("nor takes the word of a build by hand, or of another pipeline", func(t *testing.T) {
		t.Parallel()
		other := strings.Replace(digest, "0", "f", 1)
		byHand := changed(built(digest), map[string]any{"initiator": "mallory"})
		byOther := changed(built(digest), map[string]any{"initiator": pipeline + "-2"})
		a := &account{images: map[string]string{imageTag: digest}, builds: []map[string]any{byHand, byOther, built(other), built(digest)}}
		assert.Contains(t, renderIn(t, a, template, nil).problems(t)[0], other+" is what the build pushed")
		a = &account{images: map[string]string{imageTag: digest}, builds: []map[string]any{byHand, byOther, built(digest), built(other)}}
		assert.Zero(t, renderIn(t, a, template, nil).code)
	})
	t.Run("nor the build of another execution, where CodeBuild tells", func(t *testing.T) {
		t.Parallel()
		before := built(digest)
		before["environment"] = map[string]any{"environmentVariables": []any{map[string]any{"name": "IMAGE_TAG", "value": commit}}}
		for _, builds := range [][]map[string]any{{before}, nil} {
			a := &account{images: map[string]string{imageTag: digest}, builds: builds}
			assert.Equal(t, []string{"CodeBuild knows no build of this execution; release the commit again, and start no build by hand"}, renderIn(t, a, template, nil).problems(t))
		}
		byHand := render(t, template, variables{"CODEBUILD_INITIATOR": "mallory"})
		assert.Equal(t, []string{"CodeBuild knows no build of this execution; release the commit again, and start no build by hand"}, byHand.problems(t))
	})
	t.Run("nor what is no digest", func(t *testing.T) {
		t.Parallel()
		none := changed(built(""), map[string]any{"exportedEnvironmentVariables": nil})
		for shown, build := range map[string]map[string]any{
			"nothing": none, `"latest"`: built("latest"), `"sha256:0\n"`: built("sha256:0\n"), `"` + digest[:56] + `...`: built(digest + `"},{"name":"BUNDLE_ALLOW"`),
		} {
			a := &account{images: map[string]string{imageTag: digest}, builds: []map[string]any{build}}
			assert.Equal(t, []string{"the build exported " + shown + " as IMAGE_DIGEST, not the digest of the image that it pushed, such as sha256:0123…; " +
				"export it, as build.sh and buildspec.yml of the current starter do"}, renderIn(t, a, template, nil).problems(t))
		}
	})
	t.Run("nor takes a missing permission for a missing image", func(t *testing.T) {
		t.Parallel()
		a := &account{refuse: map[string]refusal{"describe-images": {code: "AccessDeniedException", message: "no"}}}
		directory := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(directory, "Dockerrun.aws.json"), []byte(template), 0o600))
		a.builds = []map[string]any{built(digest)}
		code, lines := start(t, a, release.CommandBundle, bundleSettings(t, directory)).end(t)
		assert.Equal(t, 1, code)
		says(t, lines, "aws ecr describe-images failed: AccessDeniedException: no")
	})
}

func TestBundleReportsAllBadSettingsAtOnce(t *testing.T) {
	t.Parallel()
	code, lines := start(t, &account{}, release.CommandBundle, variables{
		release.VariableImageRepository: images + ":1", release.VariableImageTag: "main",
		release.VariableExecutionRole: "shop-execution", release.VariableExpectedDigest: "latest",
	}).end(t)
	assert.Equal(t, 1, code)
	says(t, lines, "IMAGE_REPOSITORY_URI must be the URI of an ECR repository, without a tag, got",
		`IMAGE_TAG must be a commit, a hyphen and the ID of an execution, got "main"`,
		`EXECUTION_ROLE_ARN must be the ARN of an IAM role, got "shop-execution"`, "BUILD_PROJECT is not set", `EXPECTED_DIGEST must be the digest of an image, got "latest"`)
}

func TestBundleShipsWhatContainersMount(t *testing.T) {
	t.Parallel()
	r := render(t, dockerrun, variables{release.VariableBundleAllow: nginx}, with(t, "proxy/conf.d/default.conf", "proxy/conf.d/.htpasswd",
		"proxy/conf.d/sites/a.conf", "proxy/README.md", "page.html", "other/file", "bundle/of/the/repository"))
	assert.Equal(t, map[string]string{
		"page.html":                 "-rw-r--r--",
		"proxy/conf.d/default.conf": "-rw-r--r--",
		"proxy/conf.d/.htpasswd":    "-rw-r--r--",
		"proxy/conf.d/sites/a.conf": "-rw-r--r--",
	}, r.shipped(t))
	says(t, r.lines, "bundle: proxy/conf.d/.htpasswd")
	text, _ := r.definition(t)
	assert.Equal(t, 2, strings.Count(text, `"IMAGE"`), "only a container's image is filled in")
	assert.Contains(t, text, `"`+nginx+`"`)
}

func TestBundleShipsWhatChangesThePlatformOnlyIfAllowed(t *testing.T) {
	t.Parallel()
	template := starterDefinition(t)
	files := with(t, ".ebextensions/01.config", ".platform/hooks/prebuild/01_swap.sh")

	t.Run("refuses both by name", func(t *testing.T) {
		t.Parallel()
		problems := render(t, template, nil, files).problems(t)
		for _, name := range []string{".ebextensions", ".platform"} {
			assert.Contains(t, problems, name+" would change what the infrastructure's template decided; "+
				`remove it, or allow it in cdk.json of the infrastructure: "bundle": { "allow": { "`+name+`": "the reason" } }`)
		}
	})
	t.Run("ships what is allowed, hooks as executable as they were", func(t *testing.T) {
		t.Parallel()
		r := render(t, template, variables{release.VariableBundleAllow: ".ebextensions,.platform"}, files)
		assert.Equal(t, map[string]string{
			".ebextensions/01.config":             "-rw-r--r--",
			".platform/hooks/prebuild/01_swap.sh": "-rwxr-xr-x",
		}, r.shipped(t))
	})
	t.Run("refuses the one that is not allowed", func(t *testing.T) {
		t.Parallel()
		problems := render(t, template, variables{release.VariableBundleAllow: ".platform"}, files).problems(t)
		require.Len(t, problems, 1)
		assert.Contains(t, problems[0], ".ebextensions would change")
	})
	t.Run("does without the directories that are allowed", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, render(t, template, variables{release.VariableBundleAllow: ".ebextensions,.platform"}).shipped(t))
	})
}

func TestBundleRefusesPathsThatCannotBeShipped(t *testing.T) {
	t.Parallel()
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
			"only files and directories are shipped, no symbolic links; replace html/users"},
		{"a directory without files", "/var/app/current/html", with(t, "html/css/"),
			"the directory html has no files, so no archive holds it; add one"},
		{"the whole bundle", "/var/app/current/", rest,
			`volumes: "page" mounts /var/app/current/, which is more than a part of the bundle; name the directory in it that a container needs`},
		{"what the build replaces", "/var/app/current/bundle/x", rest,
			"the pipeline replaces the directory bundle; use another"},
		{"a file that Elastic Beanstalk acts on", "/var/app/current/Procfile", with(t, "Procfile"),
			"volumes: /var/app/current/Procfile: Elastic Beanstalk acts on Procfile in the root of a bundle; move it into a directory"},
		{"a directory of the host", "/etc/nginx", rest,
			`volumes: "page" mounts /etc/nginx of the host; mount a directory of this repository as /var/app/current/…, or remove host`},
		{"the host", "/", rest, `volumes: "page" has the sourcePath "/", which is not`},
		{"beside the bundle", "/var/app/currently/x", rest, `volumes: "page" mounts /var/app/currently/x of the host`},
		{"out of the bundle", "/var/app/current/../secret", rest,
			`volumes: "page" has the sourcePath "/var/app/current/../secret", which is not an absolute path in plain form`},
		{"out of the bundle at the end", "/var/app/current/x/..", rest, "is not an absolute path in plain form"},
		{"relative", "html", rest, `volumes: "page" has the sourcePath "html", which is not an absolute path in plain form`},
		{"more than it says, in what Docker is given", "/var/app/current/:/mnt", with(t, ":/mnt"), `has the sourcePath "/var/app/current/:/mnt", which is not`},
		{"with a backslash", `/var/app/current/a\\b`, rest, `has the sourcePath "/var/app/current/a\\b", which is not`},
		{"with half a character", `/var/app/current/a\ud800`, rest, `has the sourcePath "/var/app/current/a\ud800", which is not`},
		{"longer than a name can be", "/var/app/current/" + strings.Repeat("a", 300), rest, "in the repository; add it, or correct the path"},
		{"what runs as root", "/var/app/current/.platform/hooks", with(t, ".platform/hooks/x"),
			"volumes: /var/app/current/.platform/hooks: a container could change what Elastic Beanstalk runs as root from .platform; mount another directory"},
		{"with a line break", `/var/app/current/a\nb`, rest, `has the sourcePath "/var/app/current/a\nb", which is not`},
		{"below a directory that is not allowed", "/var/app/current/.platform/x", with(t, ".platform/x"),
			".platform would change"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := render(t, mount(test.path), variables{release.VariableBundleAllow: nginx}, rest, test.prepare)
			problems := r.problems(t)
			assert.True(t, slices.ContainsFunc(problems, func(line string) bool { return strings.Contains(line, test.message) }), problems)
		})
	}
}

// A container that writes to a volume can put a symbolic link there, which Docker follows when it mounts a path below.
func TestBundleMountsNoPathThatAContainerCanReplace(t *testing.T) {
	t.Parallel()
	mount := func(paths ...string) string {
		var volumes []string
		for i, path := range paths {
			volumes = append(volumes, fmt.Sprintf(`{"name": "v%d", "host": {"sourcePath": "/var/app/current/%s"}}`, i, path))
		}
		return strings.Replace(starterDefinition(t), `"containerDefinitions"`, `"volumes": [`+strings.Join(volumes, ", ")+`], "containerDefinitions"`, 1)
	}
	files := with(t, "d/s/link", "d/file", "dd/file", "e/file")
	const fix = ": a container could replace it there by a link to the host; mount one of the two only, or move them into directories beside each other"
	problem := func(inner, below, outer, of string) string {
		return fmt.Sprintf(`%svolumes: "%s" mounts /var/app/current/%s, which is below /var/app/current/%s of "%s"%s`, ofDefinitions, inner, below, outer, of, fix)
	}
	t.Run("each of them by name", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, []string{problem("v1", "d/s/link", "d", "v0")}, render(t, mount("d", "d/s/link"), nil, files).problems(t))
		assert.Equal(t, []string{problem("v0", "d/file", "d", "v1")}, render(t, mount("d/file", "d"), nil, files).problems(t))
		assert.Equal(t, []string{problem("v1", "d/s", "d/", "v0"), problem("v2", "d/s/link", "d/", "v0"), problem("v2", "d/s/link", "d/s", "v1")},
			render(t, mount("d/", "d/s", "d/s/link"), nil, files).problems(t))
	})
	t.Run("also where the outer one is read-only here, for another container can mount it otherwise", func(t *testing.T) {
		t.Parallel()
		readOnly := strings.Replace(mount("d", "d/s"), `"name": "web",`, `"name": "web", "mountPoints": [{"sourceVolume": "v0", "containerPath": "/d", "readOnly": true}],`, 1)
		assert.Equal(t, []string{problem("v1", "d/s", "d", "v0")}, render(t, readOnly, nil, files).problems(t))
	})
	t.Run("but the same path twice, which no container can replace, and paths beside each other", func(t *testing.T) {
		t.Parallel()
		assert.Len(t, render(t, mount("d", "d/", "dd", "e/file"), nil, files).shipped(t), 4)
	})
}

func TestBundleShipsOnlyNamesThatAreTheSameEverywhere(t *testing.T) {
	t.Parallel()
	definition := strings.Replace(starterDefinition(t), `"containerDefinitions"`, `"volumes": [{"name": "d", "host": {"sourcePath": "/var/app/current/d"}}], "containerDefinitions"`, 1)
	const begin = "Dockerrun.aws.json: volumes: /var/app/current/d: names are UTF-8 without control characters and backslashes; rename "
	t.Run("in one line each", func(t *testing.T) {
		t.Parallel()
		for name, shown := range map[string]string{
			`d/..\..\x`:            `"d/..\\..\\x"`,
			"d/x\nbundle: y":       `"d/x\nbundle: y"`,
			"d/\x1b[2Jx":           `"d/\u001b[2Jx"`,
			"d/\u009bx":            `"d/\u009bx"`,
			"d/\u202ex":            `"d/\u202ex"`,
			"d/\xff\xfe":           `"d/` + "\ufffd\ufffd" + `"`,
			"d/sub\\dir/file":      `"d/sub\\dir"`,
			"d/below/\xffdir/file": `"d/below/` + "\ufffd" + `dir"`,
		} {
			assert.Equal(t, []string{begin + shown}, render(t, definition, nil, with(t, "d/good", name)).problems(t))
		}
	})
	t.Run("with what else is wrong there", func(t *testing.T) {
		t.Parallel()
		problems := render(t, definition, nil, with(t, "d/1\n", "d/2\n", "d/3\n", "d/4\n"), link(t, "/", "d/link")).problems(t)
		require.Len(t, problems, 2)
		assert.Contains(t, problems[0], "replace d/link")
		assert.Equal(t, begin+`"d/1\n", "d/2\n", "d/3\n" and 1 more`, problems[1])
	})
	t.Run("also where the names are in the definition", func(t *testing.T) {
		t.Parallel()
		problems := render(t, strings.Replace(definition, `"name": "web"`, `"name": "web\nbundle: planted", "x\r": 1`, 1), nil, with(t, "d/good")).problems(t)
		assert.Len(t, problems, 2)
		assert.Contains(t, problems[1], `web\u000abundle: planted.x\u000d: it is not a key`)
	})
	t.Run("and takes names of any language", func(t *testing.T) {
		t.Parallel()
		assert.Contains(t, render(t, definition, nil, with(t, "d/Grüße 日本.txt")).shipped(t), "d/Grüße 日本.txt")
	})
}

func TestBundleRefusesDefinitionsThatFailOnInstances(t *testing.T) {
	t.Parallel()
	template := starterDefinition(t)
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
			[]string{`executionRoleArn: "x" is not the placeholder that the pipeline fills in; write "EXECUTION_ROLE_ARN"`}},
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
		{"no JSON", "{", []string{"is not one JSON object: "}},
		{"two documents", template + template, []string{"is not one JSON object"}},
		{"odd types everywhere", `{"AWSEBDockerrunVersion": [], "executionRoleArn": {}, "volumes": [1, {"name": 2, "host": 3}], "containerDefinitions": [1, null,
			{"name": 1, "image": 2, "memory": [], "portMappings": [3, {"hostPort": {}, "containerPort": []}], "links": [4], "mountPoints": [{"sourceVolume": 5}], "environment": [{"name": "PORT", "value": 6}]}]}`,
			[]string{`containerDefinitions[0].name: 1 is not a name`, `containerDefinitions: 1 is not an object; write { … }`,
				`volumes: 1 is not an object`, `volumes: 2 has the host 3, which is not an object; write { "sourcePath": … }`,
				`containerDefinitions[0].portMappings: 3 is not an object`, `containerDefinitions[0].links: 4 is not text; put it in quotation marks`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			problems := render(t, test.template, nil).problems(t)
			for _, message := range test.messages {
				assert.Contains(t, strings.ReplaceAll(strings.Join(problems, "\n"), ofDefinitions, ""), message)
			}
			for _, line := range problems {
				assert.Regexp(t, `^Dockerrun\.aws\.json`, line, "every problem is one line")
			}
		})
	}
}

// Whatever would give a container more than the rights of the application has a name and a fix.
func TestBundleConfinesContainersToTheRightsOfTheApplication(t *testing.T) {
	t.Parallel()
	const begin = `{"AWSEBDockerrunVersion": 2, "executionRoleArn": "EXECUTION_ROLE_ARN", `
	web := func(more string) string {
		return begin + `"containerDefinitions": [{"name": "web", "image": "IMAGE", "memory": 64, "portMappings": [{"hostPort": 80, "containerPort": 80}]` + more + `}]}`
	}
	file := func(more string) string { return begin + more + `, ` + web("")[len(begin):] }
	for _, test := range []struct{ name, definition, problem string }{
		{"privileged", web(`, "privileged": true`), "web.privileged: true gives the container the whole host; remove it"},
		{"privileged as text", web(`, "privileged": "true"`), `web.privileged: "true" gives the container the whole host; remove it`},
		{"privileged in another case", web(`, "Privileged": true`), "web.Privileged: it is not a key that a release may set; write privileged"},
		{"no security options", web(`, "dockerSecurityOptions": ["label:disable"]`), `web.dockerSecurityOptions: ["label:disable"] can take away what confines the container; remove it`},
		{"capabilities", web(`, "linuxParameters": {"capabilities": {"add": ["SYS_ADMIN"]}}`), `web.linuxParameters.capabilities.add: ["SYS_ADMIN"] adds rights on the host; remove it`},
		{"devices", web(`, "linuxParameters": {"devices": [{"hostPath": "/dev/nvme0n1"}]}`), `web.linuxParameters.devices: [{"hostPath":"/dev/nvme0n1"}] opens devices of the host; remove it`},
		{"capabilities that are hidden", web(`, "linuxParameters": {"Capabilities": {}}`), "web.linuxParameters.Capabilities: it is not a key that a release may set; write capabilities"},
		{"parameters that are none", web(`, "linuxParameters": [1]`), "web.linuxParameters: [1] is not an object of objects; correct or remove it"},
		{"an image of others", strings.TrimSuffix(web(""), "]}") + `, {"name": "proxy", "image": "` + nginx + `", "memory": 64}]}`,
			`proxy.image: "` + nginx + `" is not the image that is built; write "IMAGE", or allow it in cdk.json of the infrastructure: "bundle": { "allow": { "` + nginx + `": "the reason" } }`},
		{"a role of its own", file(`"taskRoleArn": "arn:aws:iam::111122223333:role/admin"`), `taskRoleArn: "arn:aws:iam::111122223333:role/admin" is a role of another kind than the environment's; remove it`},
		{"another execution role", strings.Replace(web(""), "EXECUTION_ROLE_ARN", "arn:aws:iam::111122223333:role/admin", 1),
			`executionRoleArn: "arn:aws:iam::111122223333:role/admin" is not the placeholder that the pipeline fills in; write "EXECUTION_ROLE_ARN", for without the role no secret reaches a container`},
		{"processes of the host", file(`"pidMode": "host"`), `pidMode: "host" can share the host with the containers; remove it`},
		{"memory of the host", file(`"ipcMode": "host"`), `ipcMode: "host" can share the host with the containers; remove it`},
		{"network of the host", file(`"networkMode": "host"`), `networkMode: "host" can share the host with the containers; remove it`},
		{"network of the host, hidden", file(`"NetworkMode": "host"`), "NetworkMode: it is not a key that a release may set; write networkMode"},
		{"what is not known", file(`"placementConstraints": []`), "placementConstraints: it is not a key that a release may set; remove it"},
		{"a volume of the host", file(`"volumes": [{"name": "docker", "host": {"sourcePath": "/var/run/docker.sock"}}]`),
			`volumes: "docker" mounts /var/run/docker.sock of the host; mount a directory of this repository as /var/app/current/…, or remove host for a volume that only containers use`},
		{"a volume of the host, hidden", file(`"volumes": [{"name": "docker", "Host": {"sourcePath": "/"}}]`), `volumes: "docker": Host: it is not a key that a release may set; write host`},
		{"a volume of the host by a driver", file(`"volumes": [{"name": "root", "dockerVolumeConfiguration": {"driverOpts": {"type": "none", "o": "bind", "device": "/"}}}]`),
			`volumes: "root" has the key dockerVolumeConfiguration, whose driver can mount any directory of the host; remove it`},
		{"a file system of others", file(`"volumes": [{"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-0123"}}]`),
			`volumes: "files" has the key efsVolumeConfiguration, which mounts a file system that the infrastructure's template does not have; remove it`},
		{"another kind of volume", file(`"volumes": [{"name": "files", "fsxWindowsFileServerVolumeConfiguration": {}}]`),
			`volumes: "files": fsxWindowsFileServerVolumeConfiguration: it is not a key that a release may set; remove it`},
		{"a bucket of strangers", file(`"authentication": {"bucket": "theirs", "key": ".dockercfg"}`),
			`authentication: {"bucket":"theirs","key":".dockercfg"} can be a file in a bucket of strangers; remove it, and name a secret in repositoryCredentials of the container instead`},
		{"variables of strangers", web(`, "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::theirs/x.env"}]`),
			`web.environmentFiles: [{"type":"s3","value":"arn:aws:s3:::theirs/x.env"}] can be in a bucket of strangers; write the variables into environment instead`},
		{"a log router's file of strangers", web(`, "firelensConfiguration": {"type": "fluentbit"}`),
			`web.firelensConfiguration: {"type":"fluentbit"} can name a file in a bucket of strangers; remove it`},
		{"a log driver that writes to a socket", web(`, "logConfiguration": {"logDriver": "fluentd", "options": {"fluentd-address": "unix:///var/run/docker.sock"}}`),
			`web.logConfiguration.logDriver: "fluentd" can reach sockets, files or services of the host; use awslogs or json-file, or remove logConfiguration`},
		{"a log driver that sends to the host", web(`, "logConfiguration": {"logDriver": "splunk", "options": {"splunk-url": "http://127.0.0.1:51678"}}`),
			`web.logConfiguration.logDriver: "splunk" can reach sockets, files or services of the host; use awslogs or json-file, or remove logConfiguration`},
		{"logs to the address of strangers", web(`, "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-endpoint": "https://example.com"}}`),
			"web.logConfiguration.options.awslogs-endpoint: it is not a key that a release may set; remove it"},
		{"logs to an address in the region", web(`, "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-region": "x.example.com/"}}`),
			`web.logConfiguration.options.awslogs-region: "x.example.com/" is not a region; write one such as eu-west-1`},
		{"options of a log driver that are hidden", web(`, "logConfiguration": {"logDriver": "json-file", "secretOptions": [{"name": "x", "valueFrom": "y"}]}`),
			`web.logConfiguration.secretOptions: [{"name":"x","valueFrom":"y"}] can be any option, for the names alone do not tell; remove it`},
		{"a log driver that is none", web(`, "logConfiguration": "toString"`), `web.logConfiguration: "toString" is not an object with options; correct or remove it`},
		{"options of a mount", web(`, "mountPoints": [{"sourceVolume": "awseb-logs-web", "containerPath": "/x:rw,rshared"}]`),
			`web.mountPoints: "awseb-logs-web" has the containerPath "/x:rw,rshared", which is not an absolute path in plain form, without ., .., colons and backslashes; correct it`},
		{"another path of a mount, hidden", web(`, "mountPoints": [{"sourceVolume": "awseb-logs-web", "containerPath": "/x", "ContainerPath": "/x:rw"}]`),
			"web.mountPoints.ContainerPath: it is not a key that a release may set; write containerPath"},
		{"a volume that is a path of the host", file(`"volumes": [{"name": "/etc"}]`), `volumes: "/etc" is not a name; use letters, digits, hyphens and underscores`},
		{"memory that is mounted as something else", web(`, "linuxParameters": {"tmpfs": [{"containerPath": "/x", "size": 1, "mountOptions": ["rw", "rbind"]}]}`),
			`web.linuxParameters.tmpfs.mountOptions: "rbind" is not known to be harmless; remove it`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, []string{ofDefinitions + test.problem}, render(t, test.definition, variables{release.VariableBundleAllow: "nginx:1.27"}).problems(t))
		})
	}
	t.Run("and takes nothing away from an application", func(t *testing.T) {
		t.Parallel()
		r := render(t, file(`"networkMode": "bridge", "pidMode": "task", "volumes": [{"name": "data", "host": {}}]`), nil)
		assert.Empty(t, r.shipped(t))
		r = render(t, web(`, "privileged": false, "readonlyRootFilesystem": true, "user": "65532", "dockerSecurityOptions": [],
			"ulimits": [], "linuxParameters": {"initProcessEnabled": true, "capabilities": {"drop": ["ALL"], "add": []}, "tmpfs": [{"containerPath": "/tmp", "size": 64, "mountOptions": ["noexec", "mode=1777"]}]},
			"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "shop", "awslogs-region": "us-gov-west-1", "mode": "non-blocking"}}`), nil)
		assert.Empty(t, r.shipped(t))
		r = render(t, web(`, "logConfiguration": {"logDriver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}`), nil)
		assert.Empty(t, r.shipped(t))
	})
}

func TestBundleNamesEverythingAtOnce(t *testing.T) {
	t.Parallel()
	r := render(t, strings.Replace(dockerrun, `"memoryReservation": 64,`, `"privileged": true,`, 1), variables{release.VariableImageTag: strings.Replace(imageTag, "0", "f", 1)},
		with(t, ".platform/hooks/x", "proxy/conf.d/default.conf", "bundle/Dockerrun.aws.json"), link(t, "/etc/passwd", "page.html"))
	assert.Len(t, r.problems(t), 7)
	for _, message := range []string{"proxy: neither memory", "proxy.privileged", "proxy.image", "page.html is a symbolic link", ".platform would change", "the build has not pushed", "CodeBuild knows no build of this execution"} {
		assert.Contains(t, strings.Join(r.problems(t), "\n"), message)
	}
}

func TestBundleWithoutADefinitionSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	const missing = "Dockerrun.aws.json is missing: it tells Elastic Beanstalk which containers to run; add it to the repository"
	const other = "Dockerrun.aws.json is not a file; put the definition itself there, no link and no directory"
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("s3cret"), 0o600))
	for message, prepare := range map[string]func(string){
		missing: func(string) {}, other: link(t, secret, "Dockerrun.aws.json"),
	} {
		directory := t.TempDir()
		prepare(directory)
		code, lines := start(t, &account{images: map[string]string{imageTag: digest}, builds: []map[string]any{built(digest)}}, release.CommandBundle, bundleSettings(t, directory)).end(t)
		assert.Equal(t, 1, code)
		assert.Equal(t, message, lines[len(lines)-1])
		assert.NotContains(t, strings.Join(lines, "\n"), "s3cret", "a link does not show what it leads to")
	}
}
