package synth

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// recordName is the file in the cloud assembly that tells what it was made of.
const recordName = ".synth.json"

// record is what is remembered of a synth. It depends on modes and content alone: a file that was touched but
// not changed changes nothing, and one that was changed is noticed whatever its time.
type record struct {
	// Inputs is the digest of the program, the context and the source. The same inputs give the
	// same assembly, byte for byte, which the tests of the app hold.
	Inputs string
	// Outputs are the states of the files of the assembly.
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
	entries, err := os.ReadDir(dir)
	if err != nil {
		return record{}, err
	}
	var names []string
	for _, entry := range entries {
		if entry.Name() != recordName {
			names = append(names, entry.Name())
		}
	}
	r := record{Inputs: inputs}
	if r.Outputs, err = states(dir, names); err != nil {
		return record{}, err
	}
	templates := sha256.New()
	fmt.Fprintln(templates, libraryVersion()) // whose rules may differ in another version
	for _, name := range slices.Sorted(maps.Keys(r.Outputs)) {
		if strings.HasSuffix(name, ".template.json") {
			_, content, _ := strings.Cut(r.Outputs[name], " ") // without the mode
			fmt.Fprintln(templates, name, content)
		}
	}
	r.Templates = hex.EncodeToString(templates.Sum(nil))
	return r, nil
}

// interrupted is the record while the next assembly takes the place of this one: it vouches for nothing, and names
// the files of both.
func (r record) interrupted(next record) record {
	outputs := maps.Clone(next.Outputs)
	maps.Copy(outputs, r.Outputs)
	return record{Outputs: outputs, Validated: r.Validated}
}

// write replaces the record at once.
func (r record) write(dir string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, recordName)
	if err := os.WriteFile(path+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// intact tells whether every file and asset of the assembly is as it was written. What others keep beside them,
// such as the CLI's locks, does not matter.
func (r record) intact(outdir string) bool {
	var names []string
	for name := range r.Outputs {
		first, _, _ := strings.Cut(name, "/")
		names = append(names, first)
	}
	slices.Sort(names)
	now, err := states(outdir, slices.Compact(names))
	return err == nil && len(now) > 0 && maps.Equal(now, r.Outputs)
}

// digest identifies the program and its inputs.
func (i Inputs) digest() (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	code, err := fileState(program)
	if err != nil {
		return "", err
	}
	source, err := asset(i.Source)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // which the construct that needs the source reports better
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintln(sum, code, len(i.Context))
	sum.Write(i.Context)
	for _, name := range slices.Sorted(maps.Keys(source)) {
		fmt.Fprintln(sum, name, source[name])
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
