//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCommandLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		args []string
	}{
		{"./app -root /srv", []string{"./app", "-root", "/srv"}},
		{`./app "a b" 'c d' e\ f`, []string{"./app", "a b", "c d", "e f"}},
		{"./app -port $PORT", []string{"sh", "-c", "exec ./app -port $PORT"}},
		{`./app "-listen=${LISTEN_ADDRESS}:${PORT}"`, []string{"sh", "-c", `exec ./app "-listen=${LISTEN_ADDRESS}:${PORT}"`}},
		{"A=1 B='x y' C= ./app", []string{"sh", "-c", "A=1 B='x y' C= exec ./app"}},
		{"cd /srv && ./app", []string{"sh", "-c", "cd /srv && exec ./app"}},
		{"cd /srv; . ./settings; A=$B ./app", []string{"sh", "-c", "cd /srv\n. ./settings\nA=$B exec ./app"}},
		{"./app -name $(hostname)", []string{"sh", "-c", "exec ./app -name $(hostname)"}},
		{"./app -admin $((PORT+1))", []string{"sh", "-c", "exec ./app -admin $((PORT + 1))"}},
		{"exec ./app", []string{"sh", "-c", "exec ./app"}},
		{"cd /srv && A=1 exec ./app", []string{"sh", "-c", "cd /srv && A=1 exec ./app"}},
		{"./app 2>/dev/null", []string{"sh", "-c", "exec ./app 2>/dev/null"}},
	} {
		args, err := split("-from", c.line)
		require.NoError(t, err, c.line)
		assert.Equal(t, c.args, args)
	}
	for line, problem := range map[string]string{
		"":                 `-from "" is no command line: it is empty`,
		"./app | tee log":  `-from "./app | tee log" is no command line: it does not end in a program; put what is more into a script`,
		"./app <(true)":    "is no command line: 1:7: ",
		"./app &":          `it does not end in a program`,
		"while true; do :": "is no command line: 1:1: ",
		"./app || true":    `it does not end in a program`,
		"A=1":              `it does not end in a program`,
		`./app "open`:      "is no command line: 1:7: ",
	} {
		_, err := split("-from", line)
		assert.ErrorContains(t, err, problem, line)
	}
}

func TestMigrationsMayBeAnything(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"goose up":                    {"goose", "up"},
		"cd db; goose up; cd ..":      {"sh", "-c", "cd db; goose up; cd .."},
		`psql "$DATABASE_URL" <x.sql`: {"sh", "-c", `psql "$DATABASE_URL" <x.sql`},
	} {
		args, err := splitMigration("-migrate", line)
		require.NoError(t, err)
		assert.Equal(t, want, args)
	}
	_, err := splitMigration("-migrate", `goose "up`)
	assert.ErrorContains(t, err, "-migrate")
}

// The shell is not there any more when the application runs, so signals reach it.
func TestTheShellMakesRoom(t *testing.T) {
	t.Parallel()
	args, err := split("-from", `true && A="<$PORT>" sh -c 'echo $A $$'`)
	require.NoError(t, err)
	command := exec.Command(args[0], args[1:]...)
	command.Env = append(command.Environ(), "PORT=8080")
	output, err := command.Output()
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("<8080> %d\n", command.Process.Pid), string(output), "in the process of the shell")
}
