//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"mvdan.cc/sh/v3/shell"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
)

// release is what is rehearsed: two versions, and what goes before.
type release struct {
	from, to fleet.Version
	// migrations are run in this order before the old version starts, and before the new one does.
	before, migrate *database.Command
	starter         bool
}

// versions are the two that the user gave, or the starter, built twice in dir.
func (o options) versions(ctx context.Context, dir string) (r release, err error) {
	if o.own() {
		r, err = o.given()
	} else {
		r, err = o.buildStarter(ctx, dir)
	}
	if err == nil && o.migrate != "" {
		r.migrate = &database.Command{}
		r.migrate.Args, err = split("-migrate", o.migrate)
	}
	return r, err
}

// given are the versions of the command line.
func (o options) given() (release, error) {
	r := release{from: fleet.Version{Name: "old"}, to: fleet.Version{Name: "new"}}
	for _, v := range []struct {
		flag, line, image string
		version           *fleet.Version
	}{{"-from", o.from, o.fromImage, &r.from}, {"-to", o.to, o.toImage, &r.to}} {
		if v.image != "" {
			if _, err := exec.LookPath("docker"); err != nil {
				return r, fmt.Errorf("%s-image needs docker, and there is no docker on the PATH", v.flag)
			}
			v.version.Command.Image = v.image
			continue
		}
		args, err := split(v.flag, v.line)
		if err != nil {
			return r, err
		}
		v.version.Command.Args = args
	}
	return r, nil
}

// split takes a command line apart as a shell does, quotes and variables included.
func split(flag, line string) ([]string, error) {
	args, err := shell.Fields(line, nil)
	if err == nil && len(args) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("%s %q is no command line: %w", flag, line, err)
	}
	return args, nil
}

// with adds variables to both versions and to the migrations.
func (r release) with(env []string) release {
	r.from.Command.Env = append(env[:len(env):len(env)], r.from.Command.Env...)
	r.to.Command.Env = append(env[:len(env):len(env)], r.to.Command.Env...)
	return r
}
