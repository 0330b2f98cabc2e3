//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fault"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/report"
)

// comparedFault is what is wrong with the bad version by which methods are compared. The deployment
// notices it, and at once, where a version that never gets ready costs a command timeout each time.
const comparedFault = fault.ExitsAtStart

// rehearsal is what all runs of one command share.
type rehearsal struct {
	options options
	policy  rollout.Policy
	source  string // where the policy comes from
	release release
	dir     string
	screen  screen
}

// rehearse does what the options ask for, with the results on out and the progress on progress. It
// returns whether all went as promised.
func (o options) rehearse(ctx context.Context, out, progress io.Writer) (passed bool, err error) {
	policy, source, err := o.policy()
	if err != nil {
		return false, err
	}
	if o.report != "" {
		if err := report.Check(o.report); err != nil {
			return false, err
		}
	}
	dir, err := os.MkdirTemp("", "rehearsal-")
	if err != nil {
		return false, fmt.Errorf("there is no place for temporary files: %w", err)
	}
	defer os.RemoveAll(dir)
	// Root's database runs as nobody, who has to pass through. Others need not see what applications write.
	if err := os.Chmod(dir, 0o711); err != nil {
		return false, err
	}
	r := &rehearsal{options: o, policy: policy, source: source, dir: dir, screen: screen{progress}}
	r.screen.say("policy: %s", source)
	if !o.own() {
		r.screen.say("building starter/ twice")
	}
	if r.release, err = o.versions(ctx, dir); err != nil {
		return false, err
	}
	if o.compare {
		r.screen.say("comparing every method at speed ×%g with %d requests a second and a bake of %s", o.speed, o.rate, policy.Bake)
	}
	runs, err := r.all(ctx)
	if err != nil && (len(runs) == 0 || ctx.Err() != nil) {
		return false, err
	}
	// What was seen until something went wrong took its time, too.
	passed, failure := r.conclude(out, runs)
	return passed, errors.Join(err, failure)
}

// scenario is one release to rehearse.
type scenario struct {
	policy rollout.Policy
	fault  string
}

func (s scenario) String() string {
	if s.fault != "" {
		return fmt.Sprintf("%s with the fault %s", s.policy.Method, s.fault)
	}
	return string(s.policy.Method)
}

func (r *rehearsal) scenarios() (all []scenario) {
	switch {
	case r.options.compare:
		for _, method := range rollout.Methods() {
			policy := r.policy.With(method)
			all = append(all, scenario{policy, ""}, scenario{policy, comparedFault})
		}
	case r.options.fault == allFaults:
		for _, name := range faultNames() {
			if name != allFaults && (name != brokenMigration || r.release.starter) {
				all = append(all, scenario{r.policy, name})
			}
		}
	default:
		all = []scenario{{r.policy, r.options.fault}}
	}
	return all
}

// all rehearses one scenario after the other.
func (r *rehearsal) all(ctx context.Context) (runs []report.Run, err error) {
	scenarios := r.scenarios()
	for i, s := range scenarios {
		r.screen.say("%s", s)
		run, err := r.one(ctx, s, filepath.Join(r.dir, fmt.Sprintf("run-%d", i+1)))
		switch {
		case errors.Is(err, database.ErrNotInstalled) && len(scenarios) > 1:
			r.screen.say("left out: %v", err)
		case err != nil:
			return runs, fmt.Errorf("%s: %w", s, err)
		default:
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// conclude writes what was seen, and returns whether it was as promised.
func (r *rehearsal) conclude(out io.Writer, runs []report.Run) (passed bool, err error) {
	switch {
	case r.options.json:
		err = report.JSON(out, runs)
	case r.options.markdown:
		err = report.Markdown(out, runs)
	default:
		err = report.Text(out, runs)
	}
	if err != nil {
		return false, fmt.Errorf("the results cannot be written: %w", err)
	}
	if dir := r.options.report; dir != "" {
		if err := report.Write(dir, runs); err != nil {
			return false, err
		}
		r.screen.say("report: %s", filepath.Join(dir, "index.html"))
	}
	passed = len(runs) > 0
	for _, run := range runs {
		verdict := report.Judge(run)
		passed = passed && (verdict.Passed || r.options.compare && verdict.AsPromised)
	}
	return passed, nil
}

// scaled is a duration as it passes in the rehearsal.
func (r *rehearsal) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / r.options.speed)
}
