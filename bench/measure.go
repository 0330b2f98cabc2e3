package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// command is a line for the shell, as the CDK CLI takes it from cdk.json.
type command struct {
	dir, shell string
	env        map[string]string
	// before prepares each run; it is not measured.
	before func() error
}

// sample is what one run took. Peak is the largest resident set among all its processes.
type sample struct {
	wall, cpu time.Duration
	peak      int64
}

// settled are the variables that must not differ between two runs, wherever bench is started.
var settled = []string{"CDK_VALIDATION", "CDK_OUTDIR", "CDK_CONTEXT_JSON", "NODE_OPTIONS", "INIT_CWD"}

func (w *workspace) run(ctx context.Context, c command) (sample, error) {
	if c.before != nil {
		if err := c.before(); err != nil {
			return sample{}, err
		}
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", c.shell)
	cmd.Dir = c.dir
	cmd.WaitDelay = time.Second
	for _, pair := range os.Environ() {
		name, _, _ := bytes.Cut([]byte(pair), []byte("="))
		if !slices.Contains(settled, string(name)) {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	env := map[string]string{
		"TMPDIR":                    w.tmp(),
		"REPOSITORY":                w.app,
		"TS_NODE_COMPILER":          "typescript-5",
		"CDK_DISABLE_CLI_TELEMETRY": "true",
		"CDK_DISABLE_VERSION_CHECK": "true",
	}
	maps.Copy(env, c.env)
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return sample{}, fmt.Errorf("%s: %w\n%s", c.shell, err, output.String())
	}
	state := cmd.ProcessState
	return sample{wall: time.Since(began), cpu: state.UserTime() + state.SystemTime(), peak: peak(state)}, nil
}

// contender is one way to do what others do too.
type contender struct {
	name string
	command
}

// series is the runs of one contender, one a round.
type series struct {
	name string
	runs []sample
}

// interleave runs every contender once a round, so that whatever else the machine does concerns all
// of them. The first round warms caches and is not counted.
func (w *workspace) interleave(ctx context.Context, rounds int, contenders ...contender) ([]series, error) {
	all := make([]series, len(contenders))
	for round := range rounds + 1 {
		for i, c := range contenders {
			s, err := w.run(ctx, c.command)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if all[i].name = c.name; round > 0 {
				all[i].runs = append(all[i].runs, s)
			}
		}
	}
	return all, nil
}

func (s series) wall() time.Duration {
	return median(s.runs, func(s sample) time.Duration { return s.wall })
}
func (s series) cpu() time.Duration {
	return median(s.runs, func(s sample) time.Duration { return s.cpu })
}
func (s series) peak() int64 { return median(s.runs, func(s sample) int64 { return s.peak }) }

// over is how long s took in comparison with other: the median of the ratios within a round.
func (s series) over(other series) float64 {
	rounds := make([]int, len(s.runs))
	for i := range rounds {
		rounds[i] = i
	}
	return median(rounds, func(i int) float64 { return s.runs[i].wall.Seconds() / other.runs[i].wall.Seconds() })
}

func median[T any, N int64 | float64 | time.Duration](of []T, value func(T) N) N {
	values := make([]N, len(of))
	for i, v := range of {
		values[i] = value(v)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// cdk is `cdk synth` by the pinned CLI, with the app of cdk.json unless another is named.
func (w *workspace) cdk(dir, app string, env map[string]string) command {
	line := filepath.Join(w.twin, "node_modules", ".bin", "cdk") + " synth --quiet --no-notices"
	if app != "" {
		line += fmt.Sprintf(" --app '%s'", app)
	}
	return command{dir: dir, shell: line, env: env}
}
