package database

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Command is a command line. No shell reads it.
type Command struct {
	// Args are the program and its arguments. Required.
	Args []string

	// Env is added to the environment of this process and to [Database.Env].
	Env []string

	// Dir is where it runs. Default: here.
	Dir string
}

// Migrate runs a command that changes the schema, and returns its last lines with its error if it
// fails. Once ctx ends the command is killed, with all that it started.
func (d *Database) Migrate(ctx context.Context, command Command) error {
	if len(command.Args) == 0 {
		return errors.New("the migration must be a command line, got none")
	}
	var output bytes.Buffer
	run := exec.Command(command.Args[0], command.Args[1:]...)
	run.Dir = command.Dir
	run.Env = append(append(os.Environ(), d.Env()...), command.Env...)
	run.Stdout, run.Stderr = &output, &output
	run.WaitDelay = time.Second // what outlives the command must not keep its output open
	name := strings.Join(command.Args, " ")
	started, err := start(run, syscall.SIGKILL)
	if err != nil {
		return fmt.Errorf("the migration %s does not start: %w", name, err)
	}
	select {
	case <-started.ended:
		err = started.err
	case <-ctx.Done():
		started.kill()
		err = context.Cause(ctx)
	}
	if err != nil {
		err = fmt.Errorf("the migration %s failed: %w", name, err)
		if said := lastLines(output.String(), 20); said != "" {
			err = fmt.Errorf("%w; it says:\n%s", err, said)
		}
		return err
	}
	return nil
}

func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
