//go:build slow

package release_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// installed is a directory with the program.
var installed string

func TestMain(m *testing.M) {
	// The tests wait more than they compute.
	flag.Parse()
	if !slices.ContainsFunc(os.Args, func(arg string) bool { return strings.HasPrefix(arg, "-test.parallel") }) {
		_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0)))
	}
	os.Exit(func() int {
		var err error
		if installed, err = os.MkdirTemp("", "release-"); err == nil {
			err = os.CopyFS(installed, release.Source())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(installed)
		return m.Run()
	}())
}

// variables are environment variables of the program.
type variables map[string]string

// soon makes milliseconds of what takes seconds and minutes.
var soon = variables{
	release.VariableApplicationName: "shop",
	release.VariableVersion:         "1a2b3c4",
	release.VariablePoll:            "10",
	release.VariableProbeInterval:   "20",
	release.VariableProbeReport:     "60000",
	release.VariableProbeTimeout:    "10000",
}

// process is a run of the program.
type process struct {
	command *exec.Cmd
	output  bytes.Buffer
}

// start runs the program with node, as CodeBuild does.
func start(t *testing.T, a *account, command string, changes ...variables) *process {
	t.Helper()
	node, err := exec.LookPath("node")
	require.NoError(t, err, "Node.js is a prerequisite of every CDK app, and of this test")
	stub, err := filepath.Abs("testdata") // It holds nothing but an executable named aws.
	require.NoError(t, err)

	set := maps.Clone(soon)
	for _, c := range changes {
		maps.Copy(set, c)
	}
	p := &process{command: exec.Command(node, filepath.Join(installed, release.Entry), command)}
	p.command.Env = []string{
		"PATH=" + stub + string(os.PathListSeparator) + os.Getenv("PATH"),
		"TMPDIR=" + t.TempDir(), "ACCOUNT_PORT=" + a.listen(t),
		"CODEBUILD_BUILD_ARN=arn:aws:codebuild:eu-west-1:111122223333:build/Release:1",
	}
	for name, value := range set {
		p.command.Env = append(p.command.Env, name+"="+value)
	}
	p.command.Stdout, p.command.Stderr = &p.output, &p.output
	require.NoError(t, p.command.Start())
	return p
}

// end waits for the program, which has to end by itself, and returns its exit code and its lines.
func (p *process) end(t *testing.T) (int, []string) {
	t.Helper()
	hangs := time.AfterFunc(30*time.Second, func() { _ = p.command.Process.Kill() })
	err := p.command.Wait()
	require.True(t, hangs.Stop(), "the program hangs:\n%s", &p.output)
	if err != nil {
		require.IsType(t, &exec.ExitError{}, err)
	}
	t.Logf("%s", &p.output)
	return p.command.ProcessState.ExitCode(), strings.Split(strings.TrimSpace(p.output.String()), "\n")
}

func (p *process) stop(t *testing.T, signal syscall.Signal) {
	t.Helper()
	require.NoError(t, p.command.Process.Signal(signal))
}

// verdict returns the one line that sums up the requests.
func verdict(t *testing.T, lines []string) string {
	t.Helper()
	var found []string
	for _, line := range lines {
		if strings.Contains(line, " requests failed during the release of ") {
			found = append(found, line)
		}
	}
	require.Len(t, found, 1)
	return found[0]
}

// counts returns how many of how many requests failed, by the line that says so.
func counts(t *testing.T, lines []string) (failed, sent int) {
	t.Helper()
	_, err := fmt.Sscanf(verdict(t, lines), "%d of %d requests failed", &failed, &sent)
	require.NoError(t, err)
	return failed, sent
}

func says(t *testing.T, lines []string, words ...string) {
	t.Helper()
	for _, word := range words {
		assert.Contains(t, strings.Join(lines, "\n"), word)
	}
}
