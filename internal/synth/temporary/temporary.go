// Package temporary ends a program whose temporary files have no place, with a message. jsii writes to that
// directory while packages are initialized, and panics.
//
// Go initializes packages in the order of their import paths, as soon as what they import is ready. This one
// imports little, so it comes before jsii, which imports os/exec.
package temporary

import (
	"fmt"
	"os"
)

func init() {
	if err := check(os.TempDir()); err != nil {
		fmt.Fprintf(os.Stderr, "\n%v\n\n", err)
		os.Exit(1)
	}
}

// check tells whether files can be made in dir.
func check(dir string) error {
	made, err := os.MkdirTemp(dir, "jsii-runtime.")
	if err != nil {
		return fmt.Errorf("TMPDIR: CDK writes to %s, which cannot be written to; set TMPDIR to a directory that can", dir)
	}
	return os.Remove(made)
}
