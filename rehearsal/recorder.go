//go:build unix

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/controller"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/report"
)

// recorder keeps what the controller tells.
type recorder struct {
	plan rollout.Plan

	mu     sync.Mutex
	all    []report.Event
	since  time.Time
	causes map[report.Cause]report.Seen
}

// failed counts why the load balancer could not answer. What a client has ended itself is no failure.
func (r *recorder) failed(f balancer.Failure) {
	if f.Status == balancer.ClientClosed {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	cause := report.Cause{Status: f.Status, Instance: f.Instance, Reason: f.Reason}
	seen, known := r.causes[cause]
	if !known {
		seen.First = f.At
	}
	seen.Times++
	r.causes[cause] = seen
}

func (r *recorder) add(e controller.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, report.Event{
		At: e.At, Step: e.Step, Action: e.Action, Text: e.Text, Old: e.Old, New: e.New, Out: e.Out, WayBack: e.WayBack,
	})
}

func (r *recorder) began(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.since = at
}

// told is all that was told until now.
func (r *recorder) told() ([]report.Event, map[report.Cause]report.Seen) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all), maps.Clone(r.causes)
}

// state is what the progress shows.
func (r *recorder) state(live load.Live, policy rollout.Policy, speed float64) report.State {
	s := report.State{Method: string(policy.Method), Steps: len(r.plan), Requests: live.Requests, Failed: live.Failed, Speed: speed}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.since.IsZero() {
		s.Elapsed = time.Since(r.since)
	}
	if len(r.all) == 0 {
		return s
	}
	last := r.all[len(r.all)-1]
	s.Phase, s.Old, s.New, s.Out, s.WayBack = string(last.Action), last.Old, last.New, last.Out, last.WayBack
	if last.Step < 0 || last.WayBack {
		return s
	}
	s.Step = last.Step + 1
	if batch := r.plan[last.Step].Batch; batch > 0 {
		s.Phase = fmt.Sprintf("%s batch %d", last.Action, batch)
	}
	return s
}

// screen is where progress is shown.
type screen struct{ w io.Writer }

func (s screen) say(format string, values ...any) {
	fmt.Fprintf(s.w, "rehearsal: "+format+"\n", values...)
}

func (s screen) follow(state func() report.State) (stop func()) { return report.Follow(s.w, state) }
