//go:build unix

package constructs

import (
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestAssetsCanBeReadWhateverTheUmask(t *testing.T) {
	for name, source := range map[string]fs.FS{"function": deployedstate.Source(), "program": release.Source()} {
		t.Run(name, func(t *testing.T) {
			before := syscall.Umask(0o077)
			dir, remove := writeAsset("test", source)
			syscall.Umask(before)
			defer remove()
			files := 0
			require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
				require.NoError(t, err)
				info, err := entry.Info()
				require.NoError(t, err)
				want := fs.FileMode(0o644)
				if entry.IsDir() {
					want = 0o755
				} else {
					files++
				}
				assert.Equal(t, want, info.Mode().Perm(), path)
				return nil
			}))
			assert.NotZero(t, files)
			remove()
			assert.NoDirExists(t, dir)
		})
	}
}
