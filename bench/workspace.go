package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// workspace is a temporary directory with a copy of the repository and one of the twin: what is
// measured never touches the original.
type workspace struct {
	dir, app, twin string
	context        map[string]any
}

// built is what using a repository leaves in it.
var built = []string{"bin", "cdk.out"}

func newWorkspace(ctx context.Context) (*workspace, error) {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("cannot find the repository: %w", err)
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	w := &workspace{dir: dir, app: filepath.Join(dir, "app"), twin: filepath.Join(dir, "twin")}
	if err := w.prepare(ctx, filepath.Dir(strings.TrimSpace(string(mod)))); err != nil {
		w.remove()
		return nil, err
	}
	return w, nil
}

func (w *workspace) prepare(ctx context.Context, repository string) error {
	if err := copyTree(w.app, repository, built...); err != nil {
		return err
	}
	if err := copyTree(w.twin, filepath.Join(repository, "bench", "twin")); err != nil {
		return err
	}
	if err := os.Mkdir(w.tmp(), 0o700); err != nil {
		return err
	}
	// Both apps are given the same context, feature flags and all.
	text, err := os.ReadFile(filepath.Join(w.app, "cdk.json"))
	if err != nil {
		return err
	}
	var cdk struct{ Context map[string]any }
	if err := json.Unmarshal(text, &cdk); err != nil {
		return fmt.Errorf("cdk.json: %w", err)
	}
	w.context = cdk.Context
	twin, err := json.MarshalIndent(map[string]any{"app": "npx tsx bin/app.ts", "context": cdk.Context}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.twin, "cdk.json"), twin, 0o644); err != nil {
		return err
	}
	for _, c := range []command{
		{dir: w.twin, shell: "npm ci --no-audit --no-fund"},
		{dir: w.app, shell: "go build -o bin/app ."},
	} {
		if _, err := w.run(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// tmp is TMPDIR for whatever is run: jsii leaves files there when it is interrupted.
func (w *workspace) tmp() string { return filepath.Join(w.dir, "tmp") }

func (w *workspace) remove() { os.RemoveAll(w.dir) }

// contextWith is CDK's context as JSON, with n environments in place of those of cdk.json.
func (w *workspace) contextWith(n int) string {
	all := map[string]any{}
	for name, value := range w.context {
		all[name] = value
	}
	environments := make([]any, n)
	for i := range environments {
		environments[i] = map[string]string{"name": fmt.Sprintf("env-%d", i+1), "allowHTTP": "a benchmark that is never deployed"}
	}
	all["environments"] = environments
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // cannot happen: it was read from JSON
	}
	return string(text)
}

// copyTree copies the files of a directory, except what is installed or, at the top, named by skip.
func copyTree(to, from string, skip ...string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		switch {
		case entry.IsDir() && (entry.Name() == "node_modules" || slices.Contains(skip, relative)):
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case !entry.Type().IsRegular() || relative == ".git":
			return nil // a file of that name leads back to the original
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, info.Mode().Perm())
	})
}
