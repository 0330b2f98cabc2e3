//go:build unix

package controller

import (
	"context"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
)

// leave does what Beanstalk itself does after a failed step (DP): with Immutable and TrafficSplitting the
// new instances go, and users stay on the old ones, or are sent back to them. With all other methods the
// fleet stays as it is, its first batches on the new version and the rest on the old one.
func (r *run) leave(ctx context.Context) error {
	switch r.release.Policy.Method {
	case rollout.Immutable, rollout.TrafficSplitting:
	default:
		return nil
	}
	if r.step.Action == rollout.Bake {
		return nil
	}
	if r.trial != nil {
		r.balancer.Forward(map[*balancer.Group]int{r.live.group: 1})
		r.trial = nil
	}
	fresh := r.members(r.live, func(m *member) bool { return r.launched[m] })
	r.say("the new instances are terminated")
	if err := r.deregister(fresh)(ctx); err != nil {
		return err
	}
	return r.remove(ctx, fresh)
}

// wayBack is what the pipeline does after a release that failed: nothing, unless users were hurt or it
// was told to heal. It deploys the previous version with the same method; with BlueGreen it swaps the
// addresses back, and has nothing to do before the swap.
func (c *Controller) wayBack(failed *run) *run {
	hurt := failed.step.Action == rollout.Watch || failed.step.Action == rollout.Bake
	if !hurt && !c.release.Heal {
		return nil
	}
	plan := c.release.Policy.Plan()
	plan = plan[:len(plan)-1] // The bake.
	if c.release.Policy.Method != rollout.BlueGreen {
		return c.newRun(&c.release.From, plan)
	}
	if !failed.swapped {
		return nil
	}
	return c.newRun(&c.release.From, c.swapBack(plan))
}

// swapBack is the way back of two environments: the old one grows again where it has shrunk, shows that
// it still answers, and gets the address.
func (c *Controller) swapBack(plan rollout.Plan) (back rollout.Plan) {
	old, fresh, out := c.count()
	missing := c.release.Policy.Fleet.Desired - len(c.members(c.idle, everyone))
	for _, step := range plan {
		grows := step.Action == rollout.Launch && missing > 0 && len(back) == 0
		if !grows && step.Action != rollout.Trial && step.Action != rollout.Swap {
			continue
		}
		step.Old, step.New, step.Out, step.Batch = old, fresh, out, 0
		switch step.Action {
		case rollout.Launch:
			step.Instances = missing
			out += missing
			step.Out = out
		case rollout.Swap:
			step.Old, step.New, step.Out = out, fresh, 0
		}
		step.IfFails = "the new version goes on serving"
		back = append(back, step)
	}
	return back
}
