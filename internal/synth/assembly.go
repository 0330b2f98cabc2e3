package synth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"
)

// manifest is what makes a directory a cloud assembly. It is published after all that it names, and
// only the record of it comes later.
const manifest = "manifest.json"

const stagingPrefix = ".staging-"

// newStaging makes a directory inside outdir, so that its content can be renamed into place, and
// removes what interrupted synths left.
func newStaging(outdir string) (string, error) {
	if err := os.MkdirAll(outdir, 0o755); err != nil {
		return "", err
	}
	left, err := filepath.Glob(filepath.Join(outdir, stagingPrefix+"*"))
	if err != nil {
		return "", err
	}
	for _, dir := range left {
		// A young one may belong to a synth that is still running.
		if info, err := os.Stat(dir); err != nil || time.Since(info.ModTime()) < time.Hour {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	return os.MkdirTemp(outdir, stagingPrefix)
}

// publish moves a finished assembly from staging to outdir, and removes what the last one had and this one has
// not. An asset that is there already is replaced all the same: its name is the hash of what it should hold,
// and it may have been damaged.
func publish(staging, outdir string, last, next record) error {
	if err := next.write(staging); err != nil {
		return err
	}
	if err := replace(staging, outdir, last, next); err != nil {
		return fmt.Errorf("cannot replace the cloud assembly: %w; delete %s and try again", err, outdir)
	}
	return nil
}

func replace(staging, outdir string, last, next record) error {
	entries, err := os.ReadDir(staging)
	if err != nil {
		return err
	}
	move := func(name string) error {
		return os.Rename(filepath.Join(staging, name), filepath.Join(outdir, name))
	}
	// While files are exchanged, nothing vouches for them; but what an interrupted synth leaves is known to
	// the next.
	if err := last.interrupted(next).write(outdir); err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() == manifest || entry.Name() == recordName {
			continue
		}
		if entry.IsDir() {
			if err := os.RemoveAll(filepath.Join(outdir, entry.Name())); err != nil {
				return err
			}
		}
		if err := move(entry.Name()); err != nil {
			return err
		}
	}
	if err := move(manifest); err != nil {
		return err
	}
	if err := removeStale(outdir, last, next); err != nil {
		return err
	}
	return move(recordName)
}

// removeStale removes the files of the last assembly that the next one does not have, such as the templates of a
// stack that is gone, and the directories that are empty then. It touches nothing that no synth wrote.
func removeStale(outdir string, last, next record) error {
	dir, err := os.OpenRoot(outdir) // whatever the record says, nothing outside is removed
	if err != nil {
		return err
	}
	defer dir.Close()
	for name := range last.Outputs {
		if _, kept := next.Outputs[name]; kept {
			continue
		}
		if err := dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for parent := path.Dir(name); parent != "."; parent = path.Dir(parent) {
			if dir.Remove(parent) != nil {
				break // it is not empty
			}
		}
	}
	return nil
}
