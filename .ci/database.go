//go:build unix

// Command database runs a command with DATABASE_URL, which names a throw-away PostgreSQL server of its own. Where
// PostgreSQL is not installed, it says so and runs the command without.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	command := exec.Command(args[0], args[1:]...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	db, err := database.Open(context.Background(), database.Options{})
	switch {
	case errors.Is(err, database.ErrNotInstalled):
		fmt.Printf("%v; tests that need a database are skipped\n", err)
		return command.Run()
	case err != nil:
		return err
	}
	fmt.Println(db.Server())
	for _, variable := range db.Env() {
		if strings.HasPrefix(variable, "DATABASE_URL=") {
			command.Env = append(os.Environ(), variable)
		}
	}
	return errors.Join(command.Run(), db.Close())
}
