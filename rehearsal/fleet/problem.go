//go:build unix

package fleet

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"
)

// problem is an error in words of its own.
type problem struct {
	text  string
	cause error
}

func (p problem) Error() string { return p.text }
func (p problem) Unwrap() error { return p.cause }

// Problem names the instance, the command and what that said last.
func (i *Instance) Problem(v Version, err error) error {
	text := fmt.Sprintf("instance %s, version %s, `%s`: ", i.id, v.Name, v.Command)
	if last := i.LastOutput(); last != "" {
		return fmt.Errorf("%s%w; its last output:\n%s", text, err, indent(last))
	}
	return fmt.Errorf("%s%w", text, err)
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

// unstarted says why the system did not start a program.
func unstarted(program string, err error) error {
	why := ""
	switch {
	case errors.Is(err, exec.ErrDot):
		why = fmt.Sprintf("%s is in this folder and not on the PATH; write ./%s", program, program)
	case errors.Is(err, exec.ErrNotFound):
		why = fmt.Sprintf("there is no program %s on the PATH", program)
	case errors.Is(err, fs.ErrNotExist):
		why = fmt.Sprintf("there is no program %s, or not what its first line names", program)
	case errors.Is(err, fs.ErrPermission):
		why = fmt.Sprintf("%s may not be executed", program)
	case errors.Is(err, syscall.ENOEXEC):
		why = fmt.Sprintf("%s is no program for this machine", program)
	default:
		return err
	}
	return problem{why, err}
}
