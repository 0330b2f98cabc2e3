//go:build unix

package main

import (
	"context"
	"fmt"
	"os/exec"

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
	for _, m := range []struct {
		flag, line string
		command    **database.Command
	}{{"-migrate-from", o.migrateFrom, &r.before}, {"-migrate", o.migrate, &r.migrate}} {
		if err == nil && m.line != "" {
			*m.command = &database.Command{}
			(*m.command).Args, err = splitMigration(m.flag, m.line)
		}
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

// with adds variables to both versions.
func (r release) with(env []string) release {
	r.from.Command.Env = append(env[:len(env):len(env)], r.from.Command.Env...)
	r.to.Command.Env = append(env[:len(env):len(env)], r.to.Command.Env...)
	return r
}
