//go:build unix

package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
)

// run is one way through a plan.
type run struct {
	*Controller
	to      *fleet.Version
	plan    rollout.Plan
	wayBack bool

	step     rollout.Step
	batch    []*member // what the present batch is about
	leaving  []*member // deregistered, to be terminated
	launched map[*member]bool
	done     map[*member]bool
	trial    *balancer.Group // gets a share of the requests, with TrafficSplitting
	deadline time.Time       // for the batch to become healthy
	swapped  bool

	outcome Outcome
	measure func() // takes the numbers of the present step, once
}

func (c *Controller) newRun(to *fleet.Version, plan rollout.Plan) *run {
	return &run{
		Controller: c, to: to, plan: plan, wayBack: to == &c.release.From,
		launched: map[*member]bool{}, done: map[*member]bool{},
		outcome: Outcome{Failed: -1, Succeeded: true},
	}
}

// execute takes the steps of the plan until one fails.
func (r *run) execute(ctx context.Context) (Outcome, error) {
	began, floor := time.Now(), r.lowest()
	var err error
	for i, step := range r.plan {
		if err = r.take(ctx, i, step); err != nil {
			break
		}
	}
	var bad setback
	if errors.As(err, &bad) && ctx.Err() == nil {
		r.outcome.Succeeded, r.outcome.Reason = false, bad.reason
		r.outcome.Failed = len(r.outcome.Steps) - 1
		r.say("failed: %s", bad.reason)
		err = r.leave(ctx)
	}
	if ctx.Err() != nil {
		err = ctx.Err()
		r.outcome.Succeeded, r.outcome.Reason = false, err.Error()
	}
	r.outcome.Took = time.Since(began)
	r.mu.Lock()
	r.swapping = false
	r.at = Event{Step: -1, WayBack: r.wayBack}
	r.mu.Unlock()
	end := r.tell("", false)
	r.outcome.Left = map[string]int{}
	for version, n := range map[string]int{r.release.From.Name: end.Old, r.release.To.Name: end.New} {
		if n > 0 {
			r.outcome.Left[version] = n
		}
	}
	r.outcome.Floor = floor()
	return r.outcome, err
}

// take executes one step and measures it.
func (r *run) take(ctx context.Context, i int, step rollout.Step) error {
	r.step = step
	r.mu.Lock()
	r.swapping = false
	r.at = Event{Step: i, Action: step.Action, WayBack: r.wayBack}
	r.mu.Unlock()
	m := Measured{Step: step, Began: time.Now(), Old: -1}
	least := func() int { return 0 }
	r.measure = func() {
		if m.Old < 0 {
			now := r.tell(describe(step), true)
			m.Old, m.New, m.Out = now.Old, now.New, now.Out
			least = r.lowest()
		}
	}
	err := r.do(ctx, step)
	r.measure()
	// Whoever looked from then on may have missed the moment that the step counts from.
	m.Least, m.Took = min(least(), m.Old+m.New), time.Since(m.Began)
	r.outcome.Steps = append(r.outcome.Steps, m)
	return err
}

func describe(step rollout.Step) string {
	text := string(step.Action)
	if step.Batch > 0 {
		text += fmt.Sprintf(" batch %d", step.Batch)
	}
	if step.Instances == 1 {
		return text + ", 1 instance"
	}
	return text + fmt.Sprintf(", %d instances", step.Instances)
}

func (r *run) do(ctx context.Context, step rollout.Step) error {
	actions := map[rollout.Action]func(context.Context, rollout.Step) error{
		rollout.Launch: r.launch, rollout.Drain: r.drain, rollout.Deploy: r.deploy,
		rollout.Register: r.enlist, rollout.Confirm: r.confirm, rollout.Evaluate: r.evaluate,
		rollout.Shift: r.shift, rollout.Trial: r.tryOut, rollout.Swap: r.swap,
		rollout.Watch: r.observe, rollout.Terminate: r.terminate, rollout.Bake: r.observe,
	}
	action, known := actions[step.Action]
	if !known {
		return setback{reason: fmt.Sprintf("the plan has an action that cannot be rehearsed: %s", step.Action)}
	}
	return action(ctx, step)
}

// rest waits until a step has lasted as long as it should.
func (r *run) rest(ctx context.Context, began time.Time, d time.Duration) error {
	return sleep(ctx, time.Until(began.Add(r.release.scaled(d))))
}

// work is the environment that the version is deployed to: the idle one where there are two.
func (r *run) work() *environment {
	if r.idle != nil {
		return r.idle
	}
	return r.live
}

// failed makes an error of a process a setback, unless it is due to the end of ctx.
func (r *run) failed(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return setback{reason: err.Error()}
}
