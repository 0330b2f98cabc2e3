//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fault"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/rehearsaltest"
)

// The test binary is also the command: once more as a fault, or as what a user has started.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "fault" {
		os.Exit(fault.Main(os.Args[2:]))
	}
	rehearsaltest.Main(m, func(role string) (int, bool) {
		if role == "command" {
			main()
		}
		return 0, role == "command"
	})
}

// command is the command with arguments, and settings as KEY=VALUE.
func command(args []string, settings ...string) *exec.Cmd {
	again := rehearsaltest.Again("command", settings...)
	command := exec.Command(again.Args[0], args...)
	command.Env = append(os.Environ(), again.Env...)
	return command
}

// applications are two versions of the test application, released as the templates have it.
func applications(from, to string) options {
	app := rehearsaltest.App().Args[0]
	return options{
		from: "env " + from + " " + app, to: "env " + to + " " + app,
		speed: rehearsaltest.Speed, rate: 60, path: "/", heal: true, template: "../testdata/showcase-web.WebEnvironment.template.json",
	}
}

// rehearsed are the results as JSON.
func rehearsed(t *testing.T, o options) (passed bool, run runJSON) {
	t.Helper()
	passed, run, err := tried(t, o)
	require.NoError(t, err)
	return passed, run
}

// tried rehearses, and once more where the machine was too busy to tell, as the results themselves say.
func tried(t *testing.T, o options) (passed bool, run runJSON, err error) {
	t.Helper()
	o.json = true
	for range 3 {
		var out bytes.Buffer
		if passed, err = o.rehearse(t.Context(), &out, io.Discard); err != nil {
			return passed, run, err
		}
		var document struct{ Runs []runJSON }
		require.NoError(t, json.Unmarshal(out.Bytes(), &document))
		require.Len(t, document.Runs, 1)
		if run = document.Runs[0]; !run.Load.FellBehind {
			return passed, run, nil
		}
	}
	t.Fatal("this machine is too busy for a rehearsal")
	return passed, run, nil
}

type runJSON struct {
	Method    string
	Succeeded bool
	Reason    string
	Left      map[string]int
	WayBack   *struct {
		Succeeded bool
		Left      map[string]int
	} `json:"way_back"`
	Verdict struct {
		AsPromised bool `json:"as_promised"`
		Text       string
		Reasons    []string
	}
	Load struct {
		Requests, Failed int
		FellBehind       bool `json:"fell_behind"`
		Failures         []any
	}
}

// Not parallel to other tests: time is compressed so much that a machine which is busy otherwise fails.
func TestReleases(t *testing.T) {
	t.Run("a good one passes", func(t *testing.T) {
		t.Parallel()
		passed, run := rehearsed(t, applications("", ""))
		assert.True(t, passed, "%q %v", run.Verdict, run.Load.Failures)
		assert.True(t, run.Succeeded, run.Reason)
		assert.Equal(t, map[string]int{"new": 2}, run.Left)
		assert.Greater(t, run.Load.Requests, 100)
		assert.Zero(t, run.Load.Failed)
		assert.Nil(t, run.WayBack)
	})
	t.Run("a bad one is healed", func(t *testing.T) {
		t.Parallel()
		o := applications("", "")
		o.fault = fault.ExitsAtStart
		passed, run := rehearsed(t, o)
		assert.True(t, passed, "%q %v", run.Verdict, run.Load.Failures)
		assert.False(t, run.Succeeded)
		assert.Contains(t, run.Reason, "this version exits at its start")
		assert.Equal(t, map[string]int{"old": 1}, run.Left)
		require.NotNil(t, run.WayBack)
		assert.True(t, run.WayBack.Succeeded)
		assert.Equal(t, map[string]int{"old": 2}, run.WayBack.Left)
		assert.Zero(t, run.Load.Failed)
	})
	t.Run("a bad one that nobody has asked for does not pass, and stays where -heal=false", func(t *testing.T) {
		t.Parallel()
		o := applications("", "EXIT=1")
		o.heal = false
		passed, run := rehearsed(t, o)
		assert.False(t, passed)
		assert.Contains(t, strings.Join(run.Verdict.Reasons, "\n"), "cannot work like this")
		assert.Equal(t, map[string]int{"old": 1}, run.Left)
		assert.Nil(t, run.WayBack)
	})
}

func TestTheExitCode(t *testing.T) {
	t.Parallel()
	app := rehearsaltest.App().Args[0]
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"0 for help", []string{"-help"}, 0, "usage: go run ./rehearsal [flags]"},
		{"1 for flags that make no sense", []string{"-rate", "0"}, 1, "rehearsal: -rate 0 is outside 1 to 5000 requests a second\n"},
		{"1 for a folder that takes no report", []string{"-report", "/proc/report"}, 1, "rehearsal: the report cannot be written to /proc/report: "},
		{"1 for a command that exits", []string{"-from", "env EXIT=1 " + app, "-to", app, "-instances", "3"}, 1,
			"Rolling: the version that is to be replaced does not start: instance i-"},
		{"1 for a command that does not exist", []string{"-from", "./no-such", "-to", app, "-instances", "1"}, 1,
			"rehearsal: Rolling: the version that is to be replaced does not start: instance i-1, version old, `./no-such`: " +
				"there is no program ./no-such, or not what its first line names\n"},
		{"1 where there is no starter", nil, 1, "there is no folder starter here; run from the root of the repository, or give -from and -to\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			command := command(c.args)
			command.Dir = t.TempDir()
			said, _ := command.CombinedOutput()
			assert.Equal(t, c.code, command.ProcessState.ExitCode(), "%s", said)
			assert.Contains(t, string(said), c.says)
		})
	}
	t.Run("1 without Go", func(t *testing.T) {
		t.Parallel()
		command := command(nil, "PATH="+t.TempDir())
		command.Dir = ".."
		said, err := command.CombinedOutput()
		assert.Error(t, err)
		assert.Contains(t, string(said), "rehearsal: starter/ is built with Go, and there is no go on the PATH; install it, or give -from and -to\n")
	})
	t.Run("1 for an image without docker", func(t *testing.T) {
		t.Parallel()
		said, err := command([]string{"-from-image", "app:1", "-to-image", "app:2"}, "PATH="+t.TempDir()).CombinedOutput()
		assert.Error(t, err)
		assert.Contains(t, string(said), "rehearsal: -from-image needs docker, and there is no docker on the PATH\n")
	})
}

func TestAnInterruptLeavesNothing(t *testing.T) {
	t.Parallel()
	mark, dir := rehearsaltest.Mark(t), t.TempDir()
	app := rehearsaltest.App().Args[0]
	command := command([]string{"-from", app, "-to", app, "-instances", "3"}, mark, "TMPDIR="+dir)
	var said bytes.Buffer
	command.Stderr = &said
	require.NoError(t, command.Start())
	time.Sleep(1200 * time.Millisecond)
	require.NoError(t, command.Process.Signal(os.Interrupt))
	began := time.Now()
	_ = command.Wait()
	assert.Less(t, time.Since(began), 3*time.Second)
	assert.Equal(t, 130, command.ProcessState.ExitCode())
	assert.Contains(t, said.String(), "rehearsal: stopped; nothing is left running\n")
	rehearsaltest.Gone(t, mark)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// At speed 1 a slow request lasts as long as other requests may take, and is no failure.
func TestTheLoadWaitsForWhatIsSlow(t *testing.T) {
	t.Parallel()
	policy := rollout.Policy{}.WithDefaults()
	for speed, path := range map[float64]string{1: "/rehearsal/slow?for=30s", 30: "/rehearsal/slow?for=1s", 60: "/rehearsal/slow?for=500ms"} {
		r := rehearsal{options: options{speed: speed, rate: 100, path: "/"}, policy: policy, release: release{starter: true}}
		cfg := r.load("http://127.0.0.1:1")
		require.NoError(t, cfg.Validate())
		assert.Equal(t, path, cfg.SlowPath)
		assert.GreaterOrEqual(t, cfg.Timeout, 30*time.Second+r.scaled(policy.Drain)/2)
	}
}
