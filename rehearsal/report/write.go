package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// file is a part of the report.
type file struct {
	name  string
	write func(io.Writer) error
}

// names are the files of a report.
var names = []string{"index.html", "report.json", "samples.json"}

// Write writes the page and the data into a folder, which is complete or, after an error, as it was
// before. It replaces an earlier report.
func Write(dir string, runs []Run) error {
	return write(dir, []file{
		{names[0], func(w io.Writer) error { return HTML(w, runs) }},
		{names[1], func(w io.Writer) error { return JSON(w, runs) }},
		{names[2], func(w io.Writer) error { return samples(w, runs) }},
	})
}

// Check returns the error that Write would return for a folder, as far as it can be known before
// there is anything to write: nobody wants to hear it after the rehearsal.
func Check(dir string) error {
	target, err := place(dir)
	if err != nil {
		return err
	}
	draft, err := os.MkdirTemp(filepath.Dir(target), ".rehearsal-*")
	if err != nil {
		return cannot(dir, err)
	}
	return os.Remove(draft)
}

func cannot(dir string, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the report cannot be written to %s: %w", dir, syscall.ENOSPC)
	}
	if path := (*fs.PathError)(nil); errors.As(err, &path) && filepath.Clean(path.Path) == filepath.Clean(dir) {
		err = path.Err // The folder is named already.
	} else if path != nil {
		err = fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return fmt.Errorf("the report cannot be written to %s: %w", dir, err)
}

// place is where the folder is, if it may be written.
func place(dir string) (string, error) {
	target, err := filepath.Abs(dir)
	if err != nil {
		return "", cannot(dir, err)
	}
	if real, err := filepath.EvalSymlinks(target); err == nil {
		target = real
	}
	if _, err := os.Stat(filepath.Dir(target)); err != nil {
		return "", cannot(dir, err)
	}
	entries, err := os.ReadDir(target)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", cannot(dir, err)
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			return "", cannot(dir, fmt.Errorf("it holds %s, which is no report; use a folder that is empty or does not exist", e.Name()))
		}
	}
	return target, nil
}

func write(dir string, files []file) (err error) {
	target, err := place(dir)
	if err != nil {
		return err
	}
	// Beside the target, for a folder cannot be renamed onto another disk.
	draft, err := os.MkdirTemp(filepath.Dir(target), ".rehearsal-*")
	if err != nil {
		return cannot(dir, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }()
	fresh := filepath.Join(draft, "new")
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return cannot(dir, err)
	}
	for _, f := range files {
		if err := save(filepath.Join(fresh, f.name), f.write); err != nil {
			return cannot(dir, err)
		}
	}
	earlier := filepath.Join(draft, "old")
	if err := os.Rename(target, earlier); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return cannot(dir, err)
	}
	if err := os.Rename(fresh, target); err != nil {
		_ = os.Rename(earlier, target)
		return cannot(dir, err)
	}
	return nil
}

// save writes a file to the disk: not every disk says before the end that it is full.
func save(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Sync(), f.Close())
}
