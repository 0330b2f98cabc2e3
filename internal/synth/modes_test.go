package synth

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNormalizeModesGivesAssetsTheModesOfGit(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "asset.1"), 0o700))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "asset.1", "sub"), 0o711))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "other"), 0o700))
	for path, mode := range map[string]fs.FileMode{
		"asset.1/file": 0o600, "asset.1/sub/run": 0o700, "asset.1/sub/odd": 0o666, "asset.2.zip": 0o640,
		"manifest.json": 0o600, "other/file": 0o600, outside: 0o600,
	} {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		require.NoError(t, os.Chmod(path, mode))
	}
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "asset.1", "link")))

	require.NoError(t, normalizeModes(dir))

	for path, want := range map[string]fs.FileMode{
		"asset.1": 0o755, "asset.1/sub": 0o755, "asset.1/file": 0o644, "asset.1/sub/run": 0o755, "asset.1/sub/odd": 0o644, "asset.2.zip": 0o644,
		"manifest.json": 0o600, "other": 0o700, "other/file": 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, path))
		require.NoError(t, err)
		assert.Equal(t, want, info.Mode().Perm(), path)
	}
	info, err := os.Stat(outside)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), "what a link leads to stays as it is")
}
