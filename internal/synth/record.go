package synth

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// recordName is the file in the cloud assembly that tells what it was made of.
const recordName = ".synth.json"

// record is what is remembered of a synth. Everything in it is a digest of content: a file that was
// touched but not changed changes nothing, and one that was changed is noticed whatever its time.
type record struct {
	// Inputs is the digest of the program, the context and the source. The same inputs give the
	// same assembly, byte for byte, which the tests of the app hold.
	Inputs string
	// Outputs are the digests of the files of the assembly.
	Outputs map[string]string
	// Templates is the digest of all templates, Validated that of the last that passed CDK's
	// validation.
	Templates, Validated string
}

func (r record) trusted() bool { return r.Templates != "" && r.Templates == r.Validated }

func (r record) how() Validation {
	if r.trusted() {
		return Unchanged
	}
	return Skipped
}

// readRecord returns an empty record where there is none that can be read.
func readRecord(outdir string) record {
	var r record
	if text, err := os.ReadFile(filepath.Join(outdir, recordName)); err == nil {
		if json.Unmarshal(text, &r) != nil {
			return record{}
		}
	}
	return r
}

// newRecord describes the assembly in dir.
func newRecord(dir, inputs string) (record, error) {
	r := record{Inputs: inputs, Outputs: map[string]string{}}
	templates := sha256.New()
	fmt.Fprintln(templates, libraryVersion()) // whose rules may differ in another version
	err := eachFile(dir, func(name string, _ fs.FileMode, digest string) {
		if name == recordName {
			return
		}
		r.Outputs[name] = digest
		if strings.HasSuffix(name, ".template.json") {
			fmt.Fprintln(templates, name, digest)
		}
	})
	r.Templates = hex.EncodeToString(templates.Sum(nil))
	return r, err
}

func (r record) write(dir string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, recordName), text, 0o644)
}

// intact tells whether every file of the assembly is as it was written.
func (r record) intact(outdir string) bool {
	for name, want := range r.Outputs {
		if got, err := fileDigest(filepath.Join(outdir, name)); err != nil || got != want {
			return false
		}
	}
	return len(r.Outputs) > 0
}

// digest identifies the program and its inputs.
func (i Inputs) digest() (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	code, err := fileDigest(program)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintln(sum, code, len(i.Context))
	sum.Write(i.Context)
	err = eachFile(i.Source, func(name string, mode fs.FileMode, digest string) {
		fmt.Fprintln(sum, name, mode, digest)
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // the construct that needs the source says so better
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}

// eachFile visits the files below dir in the order of their names.
func eachFile(dir string, visit func(name string, mode fs.FileMode, digest string)) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		digest := ""
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			digest, err = os.Readlink(path)
		case entry.Type().IsRegular():
			digest, err = fileDigest(path)
		}
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(name), entry.Type(), digest)
		return nil
	})
}

func fileDigest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
