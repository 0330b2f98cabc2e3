package main

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

var update = flag.Bool("update", false, "rewrite the golden templates and what is generated in README.md and docs")

// What can be generated is generated, so that README cannot say anything else than the code.
func TestReadmeIsUpToDate(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	got := string(text)
	for name, part := range map[string]string{
		"methods":   rollout.MethodTable(),
		"reference": strings.ReplaceAll(config.Reference(), "\n### ", "\n#### "),
		"examples":  examples(t),
	} {
		section := regexp.MustCompile(`(?s)(<!-- ` + name + `:[^\n]*-->\n).*?(<!-- /` + name + ` -->)`)
		require.Regexp(t, section, got)
		got = section.ReplaceAllStringFunc(got, func(old string) string {
			parts := section.FindStringSubmatch(old)
			return parts[1] + "\n" + strings.TrimSpace(part) + "\n\n" + parts[2]
		})
	}
	upToDate(t, "README.md", got)
}

// examples renders the bodies of the constructs' examples as Markdown.
func examples(t *testing.T) string {
	t.Helper()
	path := filepath.Join("constructs", "example_test.go")
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, source, 0)
	require.NoError(t, err)
	var blocks []string
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		body := string(source[fset.Position(f.Body.Lbrace).Offset+1 : fset.Position(f.Body.Rbrace).Offset])
		lines := strings.Split(strings.Trim(body, "\n"), "\n")
		assert.LessOrEqual(t, len(lines), 15, "%s is short enough to read", f.Name)
		for i, line := range lines {
			lines[i] = strings.TrimPrefix(line, "\t")
		}
		blocks = append(blocks, "```go\n"+strings.Join(lines, "\n")+"\n```")
	}
	return strings.Join(blocks, "\n\n")
}

// One CLI is tested; an unpinned one would be another.
func TestTheCLIIsPinnedEverywhere(t *testing.T) {
	pinned := regexp.MustCompile(`aws-cdk@([0-9][0-9.]*[0-9])`)
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	versions := pinned.FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, versions)
	for _, v := range versions {
		assert.Equal(t, cliVersion, v[1])
	}
	assert.NotRegexp(t, `npx (--yes )?aws-cdk[^@]`, string(text))

	var ci struct {
		DevDependencies map[string]string
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity, Resolved string }
	}
	readJSON(t, ".ci/package.json", &ci)
	readJSON(t, ".ci/package-lock.json", &lock)
	assert.Equal(t, map[string]string{"aws-cdk": cliVersion}, ci.DevDependencies)
	assert.Equal(t, cliVersion, lock.Packages["node_modules/aws-cdk"].Version)
	for name, locked := range lock.Packages {
		assert.Equal(t, name != "", locked.Integrity != "", "what %q consists of is locked", name)
		assert.Empty(t, locked.Resolved, "the registry is the user's choice")
	}
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, into))
}
