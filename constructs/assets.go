package constructs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// writeAsset writes files to a directory that CDK can take an asset from, and returns what removes
// it. CDK copies the directory into the cloud assembly at once.
//
// The modes are the same whatever the umask: the CLI keeps them in the archive that it uploads, and
// Lambda needs 644 for files and 755 for directories (Lambda Developer Guide, "Troubleshoot
// deployment issues in Lambda").
func writeAsset(name string, files fs.FS) (dir string, remove func()) {
	dir, err := os.MkdirTemp("", name+"-")
	if err == nil {
		err = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return writeReadable(filepath.Join(dir, filepath.FromSlash(path)), path, entry, files)
		})
	}
	if err != nil {
		panic(fmt.Errorf("cannot write the asset %s: %w", name, err))
	}
	return dir, func() { os.RemoveAll(dir) }
}

// writeReadable writes a file or directory that everybody may read.
func writeReadable(to, path string, entry fs.DirEntry, files fs.FS) error {
	if entry.IsDir() {
		if err := os.MkdirAll(to, 0o700); err != nil {
			return err
		}
		return os.Chmod(to, 0o755)
	}
	content, err := fs.ReadFile(files, path)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		return err
	}
	return os.Chmod(to, 0o644)
}
