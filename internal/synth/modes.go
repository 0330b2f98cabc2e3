package synth

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// assetPrefix begins the name of every asset in a cloud assembly.
const assetPrefix = "asset."

// normalizeModes gives the files of all assets in dir the modes that Git knows: 0644, or 0755 where
// the owner may execute them. The CLI keeps modes in the archives that it uploads, and CDK copies
// them from where the files come from, such as a checkout, where they depend on the umask. An asset
// is named after its content alone, so the CLI never replaces an archive with bad modes.
func normalizeModes(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		if filepath.Dir(path) == dir && !strings.HasPrefix(entry.Name(), assetPrefix) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := entry.Info()
		switch {
		case err != nil:
			return err
		case entry.IsDir() || entry.Type().IsRegular() && info.Mode()&0o100 != 0:
			return os.Chmod(path, 0o755)
		case entry.Type().IsRegular():
			return os.Chmod(path, 0o644)
		}
		return nil // the target of a symbolic link is not ours
	})
}
