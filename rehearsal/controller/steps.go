//go:build unix

package controller

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
)

// launch starts new instances. They boot and pull first, which here is waiting.
func (r *run) launch(ctx context.Context, step rollout.Step) error {
	env, began := r.work(), time.Now()
	group, version := env.group, r.to
	if r.release.Policy.Method == rollout.TrafficSplitting {
		if r.trial == nil {
			// Its health is checked from the start, for it is in the rule; it gets nothing yet.
			r.trial = r.balancer.NewGroup("trial")
			r.balancer.Forward(map[*balancer.Group]int{r.live.group: 1, r.trial: 0})
		}
		group = r.trial
	}
	missing := r.release.Policy.Fleet.Desired - len(r.members(env, everyone))
	grows := env == r.idle && missing > 0
	if grows {
		// An idle environment that was shrunk gets its size back, with the version that it has.
		version = env.members[0].version
	}
	fresh := r.add(env, group, version, step.Instances)
	r.mu.Lock()
	for _, m := range fresh {
		m.extra = !grows && slices.ContainsFunc(r.plan, func(s rollout.Step) bool { return s.Action == rollout.Deploy })
		r.launched[m] = true
	}
	r.mu.Unlock()
	r.batch = fresh
	r.measure()
	if err := r.rest(ctx, began, step.Duration); err != nil {
		return err
	}
	if err := r.failed(ctx, r.boot(ctx, fresh)); err != nil {
		return err
	}
	if grows {
		r.register(fresh)
	}
	return nil
}

// drain takes a batch, or at the end those that have to go, off the load balancer and lets it finish
// what it has begun (DP). A target shows as draining for the whole delay, so Beanstalk waits for all of it.
func (r *run) drain(ctx context.Context, step rollout.Step) error {
	if step.Batch > 0 {
		r.batch = r.next(step.Instances)
		return r.detach(ctx, step, r.batch)
	}
	r.leaving = r.surplus()
	return r.detach(ctx, step, r.leaving)
}

func (r *run) detach(ctx context.Context, step rollout.Step, members []*member) error {
	began := time.Now()
	drained := r.deregister(members)
	r.measure()
	if err := r.rest(ctx, began, step.Duration); err != nil {
		return err
	}
	return drained(ctx)
}

// next are n instances that have not had their turn, those first that are not healthy.
func (r *run) next(n int) []*member {
	waiting := r.members(r.work(), func(m *member) bool { return !m.extra && !r.done[m] })
	slices.SortStableFunc(waiting, func(x, y *member) int { return rank(x) - rank(y) })
	waiting = waiting[:min(n, len(waiting))]
	for _, m := range waiting {
		r.done[m] = true
	}
	return waiting
}

func rank(m *member) int {
	if m.healthy() {
		return 1
	}
	return 0
}

// surplus are the instances that a deployment ends with too many: the additional batch, or where new
// instances take over, those from before.
func (r *run) surplus() []*member {
	env := r.work()
	if extra := r.members(env, func(m *member) bool { return m.extra }); len(extra) > 0 {
		return extra
	}
	return r.members(env, func(m *member) bool { return !r.launched[m] })
}

// deploy exchanges the version in place. Beanstalk pulls the image first; how long that and the
// exchange take apart is not documented, so the instance is out for all of it, as in the plan.
func (r *run) deploy(ctx context.Context, step rollout.Step) error {
	began := time.Now()
	if step.Batch == 0 {
		r.batch = r.next(step.Instances)
	}
	r.mu.Lock()
	for _, m := range r.batch {
		m.changing = true
	}
	r.mu.Unlock()
	r.measure()
	_ = together(r.batch, func(m *member) error {
		if m.instance != nil {
			m.instance.Stop(ctx, r.release.Grace)
		}
		return nil
	})
	if err := r.rest(ctx, began, step.Duration); err != nil {
		return err
	}
	err := together(r.batch, func(m *member) error {
		if m.instance == nil {
			m.version = r.to
			return r.boot(ctx, []*member{m})
		}
		return m.instance.Replace(ctx, *r.to, r.release.Grace)
	})
	r.mu.Lock()
	for _, m := range r.batch {
		m.version = r.to
	}
	r.mu.Unlock()
	return r.failed(ctx, err)
}

// enlist registers the batch and waits for the load balancer's first passed check of all.
func (r *run) enlist(ctx context.Context, _ rollout.Step) error {
	r.deadline = time.Now().Add(r.commandTimeout())
	r.register(r.batch)
	r.measure()
	if err := r.healthy(ctx, r.batch, r.deadline); err != nil {
		return r.overlook(err)
	}
	if r.trial != nil {
		// The trial begins once the new instances are healthy (DP).
		percent := r.release.Policy.TrafficPercent
		r.balancer.Forward(map[*balancer.Group]int{r.live.group: 100 - percent, r.trial: percent})
	}
	return nil
}

// looks is how many good looks in a row the health of an instance needs, with enhanced health (DP).
const looks = 12

// confirm looks at the batch until all of it was healthy often enough in a row, or the command timeout
// has passed, which fails the deployment (DP).
func (r *run) confirm(ctx context.Context, step rollout.Step) error {
	r.measure()
	pause := r.release.scaled(step.Duration) / looks
	ticker := time.NewTicker(max(pause, time.Millisecond))
	defer ticker.Stop()
	for good := 0; good < looks; {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		ailments := r.ailments(r.batch)
		good++
		if len(ailments) > 0 {
			good = 0
		}
		if time.Now().After(r.deadline) && good < looks {
			if len(ailments) == 0 {
				ailments = []string{"not healthy for long enough"}
			}
			return r.overlook(setback{reason: r.late(ailments, r.batch)})
		}
	}
	return nil
}

// overlook lets the deployment go on where the policy ignores health: then the command timeout is how
// long each batch is waited for, and no reason to give up (DP).
func (r *run) overlook(err error) error {
	late, ok := err.(setback)
	if !ok || !r.release.Policy.IgnoreHealthCheck {
		return err
	}
	r.say("overlooked: %s", late.reason)
	return nil
}

// terminate stops what was drained, or else the idle environment's surplus.
func (r *run) terminate(ctx context.Context, step rollout.Step) error {
	leaving := r.leaving
	r.leaving = nil
	if len(leaving) == 0 {
		all := r.members(r.work(), everyone)
		leaving = all[max(0, len(all)-step.Instances):]
		r.deregister(leaving)
	}
	err := r.remove(ctx, leaving)
	r.measure()
	return err
}

// evaluate watches the new instances while a share of the requests is on trial. One that is not healthy
// ends the trial (DP).
func (r *run) evaluate(ctx context.Context, step rollout.Step) error {
	r.measure()
	end := time.Now().Add(r.release.scaled(step.Duration))
	pause := r.release.scaled(rollout.Assumptions.Confirm) / looks
	for time.Now().Before(end) {
		if err := sleep(ctx, min(pause, time.Until(end))); err != nil {
			return err
		}
		if ailments := r.ailments(r.batch); len(ailments) > 0 && !r.release.Policy.IgnoreHealthCheck {
			return setback{reason: "not healthy during the evaluation: " + strings.Join(ailments, ", ")}
		}
	}
	return nil
}

// shift sends everything to the new instances and drains the old ones.
func (r *run) shift(ctx context.Context, step rollout.Step) error {
	r.leaving = r.surplus()
	r.balancer.Forward(map[*balancer.Group]int{r.trial: 1})
	r.mu.Lock()
	r.live.group = r.trial
	r.mu.Unlock()
	r.trial = nil
	return r.detach(ctx, step, r.leaving)
}
