package main

import (
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
	for _, path := range []string{"README.md", ".ci/run"} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		versions := pinned.FindAllStringSubmatch(string(text), -1)
		require.NotEmpty(t, versions, path)
		for _, v := range versions {
			assert.Equal(t, cliVersion, v[1], path)
		}
		assert.NotRegexp(t, `npx (--yes )?aws-cdk[^@]`, string(text), path)
	}
}
