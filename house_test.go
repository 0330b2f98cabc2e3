package main

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Packages that start no Node.js are tested in milliseconds, in parallel and with the race detector.
// One import would take that away.
func TestPurePackagesStayPure(t *testing.T) {
	deps, err := exec.Command("go", "list", "-deps", "-test",
		"./constructs/rollout", "./constructs/limits", "./constructs/deployedstate", "./constructs/release", "./config",
		"./internal/cdkcontext", "./internal/synth/temporary", "./rehearsal/...").Output()
	require.NoError(t, err)
	for dep := range strings.Lines(string(deps)) {
		assert.False(t, strings.Contains(dep, "jsii") || strings.Contains(dep, "awscdk"), "a pure package depends on %s", dep)
	}
}

// The package comment is what a reader meets first.
func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, pattern := range []string{"*/*.go", "*/*/*.go"} {
		more, err := filepath.Glob(pattern)
		require.NoError(t, err)
		sources = append(sources, more...)
	}
	comments := map[string]int{}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments|parser.PackageClauseOnly)
		require.NoError(t, err)
		comments[filepath.Dir(source)] += 0
		if file.Doc != nil {
			comments[filepath.Dir(source)]++
		}
	}
	for dir, n := range comments {
		assert.Equal(t, 1, n, "%s has %d package comments", dir, n)
	}
}

// What is pinned and never renewed gets no security fix either.
func TestEveryPinnedDependencyIsRenewed(t *testing.T) {
	manifests := map[string]string{"docker": "Dockerfile", "gomod": "go.mod", "npm": "package-lock.json"}
	text, err := os.ReadFile(".github/dependabot.yml")
	require.NoError(t, err)
	var renewed []string
	for _, update := range regexp.MustCompile(`package-ecosystem: (\S+)\n    directory: /(\S*)`).FindAllStringSubmatch(string(text), -1) {
		renewed = append(renewed, filepath.Join(update[2], manifests[update[1]]))
	}
	var pinned []string
	for _, manifest := range manifests {
		for _, pattern := range []string{manifest, "*/" + manifest} {
			files, err := filepath.Glob(pattern)
			require.NoError(t, err)
			pinned = append(pinned, files...)
		}
	}
	assert.ElementsMatch(t, pinned, renewed)
}
