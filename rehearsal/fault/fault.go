//go:build unix

// Package fault makes a version of any application bad in a named way, so that a rehearsal shows what
// users would see of it: a process in front of the real command listens where that should, passes
// requests on and misbehaves.
//
//	command, err := fault.Wrap(fault.NeverReady, fault.Options{Speed: 10}, command)
//
// The process is this program once more, so its main has to begin with
//
//	if len(os.Args) > 1 && os.Args[1] == "fault" {
//		os.Exit(fault.Main(os.Args[2:]))
//	}
//
// What it is not: a fault of the code. It adds about as much time to a request as another hop would.
package fault

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
)

// Options are what a fault has to know.
type Options struct {
	// ReadyPath is the path of the health check. Default: /readyz.
	ReadyPath string
	// Speed divides the durations of the fault. Default: 1.
	Speed float64
	// Program is started as `Program fault …`. Default: this program.
	Program string
}

func (o Options) withDefaults() Options {
	o.ReadyPath = cmp.Or(o.ReadyPath, "/readyz")
	o.Speed = cmp.Or(o.Speed, 1)
	return o
}

// Names lists the names of [All].
func Names() (names []string) {
	for _, f := range All() {
		names = append(names, f.Name)
	}
	return names
}

// Wrap returns a command that runs c with a fault.
func Wrap(name string, o Options, c fleet.Command) (fleet.Command, error) {
	if !slices.Contains(Names(), name) {
		return c, fmt.Errorf("unknown fault %q, known are %s", name, strings.Join(Names(), ", "))
	}
	o = o.withDefaults()
	if o.Program == "" {
		program, err := os.Executable()
		if err != nil {
			return c, fmt.Errorf("a fault starts this program once more: %w", err)
		}
		o.Program = program
	}
	args := []string{
		o.Program, "fault", "-ready", o.ReadyPath,
		"-speed", strconv.FormatFloat(o.Speed, 'g', -1, 64), "-image", c.Image,
	}
	for _, variable := range c.Env {
		name, _, _ := strings.Cut(variable, "=")
		args = append(args, "-env", name) // An image has to be told what else is meant for it.
	}
	args = append(append(args, name, "--"), c.Args...)
	return fleet.Command{Args: args, Env: c.Env, Dir: c.Dir}, nil
}

// Main runs the arguments after the word fault, and returns the exit code.
func Main(args []string) int {
	flags := flag.NewFlagSet("fault", flag.ContinueOnError)
	var o Options
	var c fleet.Command
	flags.StringVar(&o.ReadyPath, "ready", "", "path of the health check")
	flags.Float64Var(&o.Speed, "speed", 1, "divides the durations of the fault")
	flags.StringVar(&c.Image, "image", "", "image to run instead of a command")
	flags.Func("env", "variable to pass on", func(name string) error {
		c.Env = append(c.Env, name+"="+os.Getenv(name))
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return 2
	}
	rest := flags.Args()
	if len(rest) < 2 || rest[1] != "--" || !slices.Contains(Names(), rest[0]) {
		fmt.Fprintf(os.Stderr, "usage: fault [flags] NAME -- command…, with a NAME of %s\n", strings.Join(Names(), ", "))
		return 2
	}
	c.Args = rest[2:]
	return run(rest[0], o.withDefaults(), c)
}
