//go:build slow

package release_test

import (
	"archive/zip"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestSourceHoldsRuntimeFilesOnly(t *testing.T) {
	t.Parallel()
	err := fs.WalkDir(release.Source(), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			assert.Equal(t, ".mjs", filepath.Ext(path), path)
		}
		return err
	})
	require.NoError(t, err)
	_, err = fs.Stat(release.Source(), release.Entry)
	assert.NoError(t, err)
}

// A variable that the one side misspells would be ignored by the other.
func TestVariablesAreThoseThatTheProgramReads(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "variables.go", nil, 0)
	require.NoError(t, err)
	var documented []string
	ast.Inspect(file, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok {
			documented = append(documented, strings.Trim(literal.Value, `"`))
		}
		return true
	})
	settings, err := fs.ReadFile(release.Source(), "settings.mjs")
	require.NoError(t, err)
	var read []string
	for _, match := range regexp.MustCompile(`(?m)^ +([A-Z][A-Z_]+): `).FindAllSubmatch(settings, -1) {
		read = append(read, string(match[1]))
	}
	slices.Sort(read)
	assert.ElementsMatch(t, documented, slices.Compact(read))
}

func TestProgramReportsAllBadSettingsAtOnce(t *testing.T) {
	t.Parallel()
	code, lines := start(t, &account{}, release.CommandProbe, variables{
		release.VariableVersion: "", release.VariableProbeURL: "http://user:secret@shop.example",
		release.VariableProbeInterval: "0", release.VariableProbePath: "page",
		release.VariableRuleMinutes: "-1", release.VariableAllowDowntime: "yes",
	}).end(t)
	assert.Equal(t, 1, code)
	says(t, lines, "the settings of probe are not usable: VERSION is not set",
		"ENVIRONMENT_NAME is not set", `PROBE_INTERVAL_MS must be a number above zero, got "0"`,
		`PROBE_PATH must be a path that begins with a slash, got "page"`,
		"PROBE_URL must be an http:// or https:// address without user and password",
		`RULE_MINUTES must be a number, zero or more, got "-1"`, `ALLOW_DOWNTIME must be true or false, got "yes"`)
	assert.NotContains(t, strings.Join(lines, "\n"), "secret")
}

func TestBundle(t *testing.T) {
	t.Parallel()
	bundle := t.TempDir()
	hooks := filepath.Join(bundle, ".platform", "hooks")
	require.NoError(t, os.MkdirAll(hooks, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(hooks, "run.sh"), []byte("#!/bin/sh\n"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(bundle, "Dockerrun.aws.json"), []byte(`{"é":1}`), 0o600))
	s := newShop(t)
	s.refuse = map[string]refusal{"update-environment": {code: "InsufficientPrivilegesException", message: "no"}}
	code, lines := s.release(t, "fix/1", variables{release.VariableBundleDirectory: bundle})
	s.untouched(t, code, lines)
	says(t, lines, "aws elasticbeanstalk update-environment failed: InsufficientPrivilegesException: no")
	require.Len(t, s.versions, 1)

	t.Run("is a version named by its commit and its content", func(t *testing.T) {
		assert.Regexp(t, `^fix-1-[0-9a-f]{12}$`, s.versions[0])
		assert.Contains(t, s.objects, "shop/"+s.versions[0]+".zip")
	})
	t.Run("goes to a bucket of the build's own account only", func(t *testing.T) {
		puts := s.made(t, "put-object")
		require.Len(t, puts, 1)
		assert.Equal(t, "111122223333", puts[0].text("ExpectedBucketOwner"))
	})
	t.Run("has the files with their modes, and nothing of the day", func(t *testing.T) {
		content := s.objects["shop/"+s.versions[0]+".zip"]
		archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		require.NoError(t, err)
		modes := map[string]string{}
		for _, file := range archive.File {
			modes[file.Name] = file.Mode().String()
			assert.Equal(t, "1980-01-01", file.Modified.Format("2006-01-02"), file.Name)
			reader, err := file.Open()
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, reader) // Verifies the checksum.
			assert.NoError(t, err, file.Name)
		}
		assert.Equal(t, map[string]string{
			".platform/hooks/run.sh": "-rwxr-xr-x", "Dockerrun.aws.json": "-rw-r--r--",
		}, modes)
	})
	t.Run("has to have a Dockerrun.aws.json", func(t *testing.T) {
		code, lines := s.release(t, "v2", variables{release.VariableBundleDirectory: hooks})
		assert.Equal(t, 1, code)
		says(t, lines, "there is no Dockerrun.aws.json in")
	})
}
