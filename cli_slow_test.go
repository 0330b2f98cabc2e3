//go:build slow

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The CLI passes what does not fit into the environment in a file, and decides by the size of both what
// that is: the app has to get all of it, at any size. These tests run the real CLI, which npm may have to download.
func TestTheCLIReachesTheAppAtAnySize(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	cli, err := filepath.Abs(".ci/node_modules/.bin/cdk")
	require.NoError(t, err)
	if _, err := os.Stat(cli); err != nil {
		text, err := exec.Command("npm", "ci", "--prefix", ".ci", "--no-audit", "--no-fund").CombinedOutput()
		require.NoError(t, err, string(text))
	}
	wide := func(key string) string { // more than a variable takes, together with the others
		var list []string
		for i := range 48 {
			list = append(list, fmt.Sprintf(`{"name": "place-%d", "allowHTTP": "a demo", "variables": {"TEXT": %q}}`, i, strings.Repeat("x", 2900)))
		}
		return fmt.Sprintf(`{%q: [%s]}`, key, strings.Join(list, ","))
	}
	for name, c := range map[string]struct {
		settings string
		first    bool // before the feature flags
		fill     int  // bytes of the environment
		given    []string
		want     string
	}{
		"48 environments at the end":       {settings: wide("environments"), want: "145 stacks"},
		"48 environments at the beginning": {settings: wide("environments"), first: true, want: "145 stacks"},
		"little room for a variable":       {fill: 127_000, want: "4 stacks"},
		"room for a part":                  {fill: 122_000, want: "4 stacks"},
		"no room for a variable, with -c":  {fill: 132_000, given: []string{"-c", "minInstances=3"}, want: "at least 2 of 3 instances serve"},
	} {
		t.Run(name, func(t *testing.T) {
			root, outdir := t.TempDir(), filepath.Join(t.TempDir(), "cdk.out")
			require.NoError(t, os.CopyFS(filepath.Join(root, "starter"), os.DirFS("starter")))
			require.NoError(t, os.WriteFile(filepath.Join(root, "cdk.json"), ordered(t, cmp.Or(c.settings, "{}"), c.first), 0o600))
			synth := func() string {
				arguments := append([]string{"synth", "--quiet", "--no-notices", "--app", program, "--output", outdir}, c.given...)
				command := exec.Command(cli, arguments...)
				command.Dir = root
				command.Env = filled(append(os.Environ(), "RUN_APP=1", "CDK_VALIDATION=false"), c.fill)
				text, err := command.CombinedOutput()
				require.NoError(t, err, string(text))
				return string(text)
			}
			first := synth()
			assert.Contains(t, first, c.want)
			before, err := os.Stat(filepath.Join(outdir, "manifest.json"))
			require.NoError(t, err)
			templates, err := filepath.Glob(filepath.Join(outdir, "*-web.template.json"))
			require.NoError(t, err)
			for _, template := range templates {
				text, err := os.ReadFile(template)
				require.NoError(t, err)
				require.Contains(t, string(text), `"aws:cdk:path"`, "what the CLI itself asks for reaches CDK")
			}
			if c.fill > 0 {
				assert.Contains(t, synth(), c.want)
				after, err := os.Stat(filepath.Join(outdir, "manifest.json"))
				require.NoError(t, err)
				assert.Equal(t, before.ModTime(), after.ModTime(), "the same context is recognized wherever it is cut")
			}
			assert.Len(t, templates, max(1, strings.Count(c.settings, "place-")))
		})
	}
}

// ordered is a cdk.json with these settings before or after the feature flags.
func ordered(t *testing.T, settings string, first bool) []byte {
	t.Helper()
	flags := contextWith(t, "{}")
	var own map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(settings), &own))
	var members []string
	add := func(context map[string]json.RawMessage) {
		for _, key := range slices.Sorted(maps.Keys(context)) {
			members = append(members, fmt.Sprintf("%q: %s", key, context[key]))
		}
	}
	if first {
		add(own)
		add(flags)
	} else {
		add(flags)
		add(own)
	}
	text := []byte(`{"app": "false", "context": {` + strings.Join(members, ",") + `}}`)
	require.True(t, json.Valid(text))
	return text
}

// filled is an environment of about so many bytes. One variable takes no more than 128 KiB.
func filled(environment []string, bytesWanted int) []string {
	if missing := bytesWanted - len(strings.Join(environment, "")); missing > 0 {
		half := strings.Repeat("x", missing/2)
		return append(environment, "FILL_1="+half, "FILL_2="+half)
	}
	return environment
}
