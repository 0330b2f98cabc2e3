package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAssetsHaveTheSameModesWhateverTheUmask(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	outdir := filepath.Join(t.TempDir(), "cdk.out")
	command := exec.Command("sh", "-c", `umask 077; exec "$0"`, program)
	command.Env = append(os.Environ(), "RUN_APP=1", "CDK_VALIDATION=false", "CDK_OUTDIR="+outdir, passing(t, "{}"))
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))

	files := 0
	require.NoError(t, filepath.WalkDir(outdir, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		name, _ := filepath.Rel(outdir, path)
		if !strings.HasPrefix(name, "asset.") {
			return nil
		}
		info, err := entry.Info()
		require.NoError(t, err)
		if entry.IsDir() {
			assert.Equal(t, fs.FileMode(0o755), info.Mode().Perm(), name)
			return nil
		}
		files++
		assert.Contains(t, []fs.FileMode{0o644, 0o755}, info.Mode().Perm(), name)
		return nil
	}))
	assert.Greater(t, files, 50)
}
