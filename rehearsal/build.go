//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
)

// starter is the directory of the application that is rehearsed where none is given.
const starter = "starter"

// shutdownDelay is how long the starter goes on serving after SIGTERM; see its README.
const shutdownDelay = 5 * time.Second

// buildStarter makes two versions of starter/.
func (o options) buildStarter(ctx context.Context, dir string) (release, error) {
	r := release{starter: true, from: fleet.Version{Name: "v1"}, to: fleet.Version{Name: "v2"}}
	delay := time.Duration(float64(shutdownDelay) / o.speed)
	for _, version := range []*fleet.Version{&r.from, &r.to} {
		program, err := build(ctx, dir, version.Name)
		if err != nil {
			return r, err
		}
		version.Command = fleet.Command{
			Args: []string{program},
			// It waits for a load balancer to notice, which here takes a fraction of the time.
			Env: append(o.starterDatabase(), "REHEARSAL=true", "SHUTDOWN_DELAY="+delay.String()),
		}
	}
	r.before = &database.Command{Args: []string{r.from.Command.Args[0], "migrate"}, Env: o.starterDatabase()}
	r.migrate = &database.Command{Args: []string{r.to.Command.Args[0], "migrate"}, Env: o.starterDatabase()}
	return r, nil
}

// starterDatabase makes the starter use RDS_*, as in an environment: these name two users, one that migrates and one
// that serves, and DATABASE_URL, which would win, names one. On another server there is no second user.
func (o options) starterDatabase() []string {
	if o.serverURL() != "" {
		return nil
	}
	return []string{"DATABASE_URL="}
}

// build builds a version of starter/. Whatever ends it leaves no file outside dir and no process.
func build(ctx context.Context, dir, version string) (program string, err error) {
	program = filepath.Join(dir, version)
	command := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, "-ldflags", "-X main.buildVersion="+version, ".")
	command.Dir = starter
	command.Env = append(os.Environ(), "GOTMPDIR="+dir)
	command.SysProcAttr = buildAttributes()
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	// To Linux the parent is the thread, so that has to live as long as the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	said, err := command.CombinedOutput()
	switch {
	case err == nil:
		return program, nil
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("starter/ is built with Go, and there is no go on the PATH; install it, or give -from and -to")
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("there is no folder starter here; run from the root of the repository, or give -from and -to")
	}
	return "", fmt.Errorf("starter/ does not build:\n%s", strings.TrimSpace(string(said)))
}
