package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// content is what a folder holds.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(text)
		return err
	}))
	return files
}

func saying(name, text string) file {
	return file{name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }}
}

// full writes a part and then as a full disk does.
func full(name string) file {
	return file{name, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return &fs.PathError{Op: "write", Path: name, Err: syscall.ENOSPC}
	}}
}

func TestWriteReplacesAReport(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "report")
	require.NoError(t, Check(dir))
	assert.Empty(t, content(t, parent))
	require.NoError(t, write(dir, []file{saying("index.html", "one"), saying("report.json", "{}")}))
	require.NoError(t, Check(dir))
	require.NoError(t, write(dir, []file{saying("index.html", "two")}))
	assert.Equal(t, map[string]string{"report/index.html": "two"}, content(t, parent))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o755), info.Mode().Perm())
}

func TestAFullDiskLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "report")
	err := write(dir, []file{saying("index.html", "one"), full("report.json")})
	assert.ErrorIs(t, err, syscall.ENOSPC)
	assert.ErrorContains(t, err, "the report cannot be written to "+dir+": ")
	assert.Empty(t, content(t, parent))

	require.NoError(t, write(dir, []file{saying("index.html", "one")}))
	assert.Error(t, write(dir, []file{full("index.html")}))
	assert.Equal(t, map[string]string{"report/index.html": "one"}, content(t, parent))
	entries, err := os.ReadDir(parent)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestWriteTouchesNothingThatIsNoReport(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(parent, "thesis.txt"), []byte("years"), 0o600))
	for dir, problem := range map[string]string{
		parent:                               "it holds thesis.txt, which is no report; use a folder that is empty or does not exist",
		filepath.Join(parent, "thesis.txt"):  "not a directory",
		filepath.Join(parent, "no", "where"): "no such file or directory",
		"/proc/report":                       "",
	} {
		for _, err := range []error{Check(dir), write(dir, []file{saying("index.html", "")})} {
			assert.ErrorContains(t, err, fmt.Sprintf("the report cannot be written to %s: ", dir))
			assert.ErrorContains(t, err, problem)
		}
	}
	assert.Equal(t, map[string]string{"thesis.txt": "years"}, content(t, parent))
}

func TestWriteFollowsALink(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir, link := filepath.Join(parent, "report"), filepath.Join(parent, "link")
	require.NoError(t, os.Mkdir(dir, 0o755))
	if err := os.Symlink(dir, link); errors.Is(err, fs.ErrPermission) {
		t.Skip("no links here")
	}
	require.NoError(t, write(link, []file{saying("index.html", "one")}))
	assert.Equal(t, map[string]string{"index.html": "one"}, content(t, dir))
}
