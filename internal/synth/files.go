package synth

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// states are the states of all files in dir that belong to these entries of it, by their path in dir. Links are
// not followed.
func states(dir string, names []string) (map[string]string, error) {
	w := walker{states: map[string]string{}}
	for _, name := range names {
		if err := w.visit(filepath.Join(dir, name), name); err != nil {
			return nil, err
		}
	}
	return w.states, nil
}

// asset are the states of the files that CDK makes an asset of, if it is made of the directory dir. As
// CDK does by default (aws-cdk-lib 2.270.0, SymlinkFollowMode.EXTERNAL), it follows links that lead
// out of the directory, and takes others for what they are.
func asset(dir string) (map[string]string, error) {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	w := walker{states: map[string]string{}, root: root, within: []string{root}}
	return w.states, w.entries(root, "")
}

// walker collects the states of files.
type walker struct {
	states map[string]string
	root   string   // the directory whose links out of it are followed; empty where none is
	within []string // the directories being visited, without links
}

// visit visits what is at a path under a name.
func (w *walker) visit(at, name string) error {
	info, err := os.Lstat(at)
	if err != nil {
		return err
	}
	mode := info.Mode()
	if mode.Type() == fs.ModeSymlink {
		text, err := os.Readlink(at)
		if err != nil {
			return err
		}
		target := text
		if !filepath.IsAbs(text) {
			target = filepath.Join(filepath.Dir(at), text)
		}
		info, err := os.Stat(target)
		if err != nil || !w.follows(target) {
			w.states[name] = "link " + text
			return nil
		}
		at, mode = target, info.Mode()
	}
	switch {
	case mode.IsDir():
		return w.directory(at, name)
	case mode.IsRegular():
		w.states[name], err = fileState(at)
	}
	return err
}

func (w *walker) follows(target string) bool {
	return w.root != "" && target != w.root && !strings.HasPrefix(target, w.root+string(filepath.Separator))
}

// directory visits a directory, unless a link leads from within it back to it: CDK refuses that.
func (w *walker) directory(at, name string) error {
	real, err := filepath.EvalSymlinks(at)
	if err != nil {
		return err
	}
	if slices.Contains(w.within, real) {
		w.states[name] = "directory " + real
		return nil
	}
	w.within = append(w.within, real)
	defer func() { w.within = w.within[:len(w.within)-1] }()
	return w.entries(at, name)
}

func (w *walker) entries(dir, name string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := w.visit(filepath.Join(dir, entry.Name()), path.Join(name, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// fileState is the mode of a file and the digest of its content.
func fileState(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return fmt.Sprintf("%04o %x", info.Mode().Perm(), sum.Sum(nil)), nil
}
