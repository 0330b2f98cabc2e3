//go:build unix

// Package rehearsaltest has what the tests of a rehearsal share: an application to rehearse, which is
// built once, and a look for processes that were left behind.
//
//	func TestMain(m *testing.M) { rehearsaltest.Main(m) }
//
//	f.Start(ctx, fleet.Version{Name: "v1", Command: rehearsaltest.App()})
//
// It is no part of what users run.
package rehearsaltest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
)

const role = "REHEARSAL_TEST_ROLE"

// Main runs the tests and looks for goroutines that are left. In a process that a test has started with
// [Again] it plays that role and ends the process.
func Main(m *testing.M, roles ...func(name string) (code int, known bool)) {
	for _, play := range roles {
		if code, known := play(os.Getenv(role)); known {
			os.Exit(code)
		}
	}
	_ = flag.Set("test.parallel", parallel) // Tests of a rehearsal mostly wait.
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if folder != "" {
			_ = os.RemoveAll(folder)
		}
		os.Exit(code)
	}))
}

// Again is a command that runs the test binary in another role.
func Again(name string, settings ...string) fleet.Command {
	return fleet.Command{Args: []string{os.Args[0]}, Env: append([]string{role + "=" + name}, settings...)}
}

// App is the command of the application, with settings as KEY=VALUE: see its own comment.
func App(settings ...string) fleet.Command {
	return fleet.Command{Args: []string{build()}, Env: settings}
}

var folder string

// build builds the application, without the race detector that would make its start slow.
var build = sync.OnceValue(func() string {
	var err error
	if folder, err = os.MkdirTemp("", "rehearsaltest-"); err != nil {
		panic(err)
	}
	_, here, _, _ := runtime.Caller(0)
	program := filepath.Join(folder, "app")
	command := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", program, ".")
	command.Dir = filepath.Join(filepath.Dir(here), "app")
	if output, err := command.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("the test application does not build: %v\n%s", err, output))
	}
	return program
})
