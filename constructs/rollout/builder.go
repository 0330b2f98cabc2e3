package rollout

import (
	"fmt"
	"slices"
	"time"
)

// Plan computes the release of a fleet of Fleet.Desired instances.
func (p Policy) Plan() Plan {
	p = p.WithDefaults()
	plan := p.deployment()
	end := len(plan)
	// BlueGreen shrinks the old fleet after the bake: a rollback in it is a swap.
	if p.Method == BlueGreen && plan[end-1].Action == Terminate {
		end--
		p.ShrinkIdle = false
	}
	last := plan[end-1]
	return slices.Insert(plan, end, Step{
		Action: Bake, Instances: last.New, New: last.New, Out: last.Out, Duration: p.Bake,
		IfFails: fmt.Sprintf("alarms put the previous version back, which takes about %s", clock(p.WayBack().Takes)),
	})
}

// deployment is the plan without its bake.
func (p Policy) deployment() Plan { return p.build(builder{policy: p, old: p.Fleet.Desired}) }

// brief is the deployment with all batches of the same size as one step each: with the same numbers
// of instances at any moment, and if timed with the same duration, however large the fleet is.
func (p Policy) brief(timed bool) Plan {
	return p.build(builder{policy: p, old: p.Fleet.Desired, brief: true, timed: timed})
}

func (p Policy) build(b builder) Plan {
	switch p.Method {
	case AllAtOnce:
		b.allAtOnce()
	case RollingWithAdditionalBatch:
		b.additionalBatch()
	case Immutable:
		b.immutable()
	case TrafficSplitting:
		b.trafficSplitting()
	case BlueGreen:
		b.blueGreen()
	default:
		b.rolling("")
	}
	return b.plan
}

// builder follows the instances of a release from step to step.
type builder struct {
	policy        Policy
	old, new, out int
	plan          Plan
	// brief joins batches of the same size, and timed makes them take as long as all of them.
	brief, timed bool
}

// batches tells how many batches of a size begin now, and how long all together take.
func (b *builder) batches(rest, size int) (n, alike int) {
	if n = min(size, rest); b.brief {
		return n, rest / n
	}
	return n, 1
}

// times is the duration of steps that stand for several.
func (b *builder) times(first, alike int) {
	for i := first; b.timed && i < len(b.plan); i++ {
		b.plan[i].Duration *= time.Duration(alike)
	}
}

func (b *builder) step(action Action, batch, instances int, d time.Duration, ifFails string) {
	b.plan = append(b.plan, Step{action, batch, instances, b.old, b.new, b.out, d, ifFails})
}

// serve takes n instances through the load balancer's first check and Beanstalk's confirmation.
func (b *builder) serve(batch, n int, ifFails string) {
	b.step(Register, batch, n, b.policy.Health.Interval, ifFails)
	b.out, b.new = b.out-n, b.new+n
	b.step(Confirm, batch, n, Assumptions.Confirm, ifFails)
}

func (b *builder) allAtOnce() {
	n := b.old
	const left = "every instance is out of service or on the bad version: downtime until the pipeline has deployed the previous version again"
	b.old, b.out = 0, n
	b.step(Deploy, 0, n, Assumptions.Deploy, left)
	b.serve(0, n, left)
}

func (b *builder) rolling(extra string) {
	fleet := b.old
	for done, batch := 0, 1; done < fleet; batch++ {
		n, alike := b.batches(fleet-done, max(1, b.policy.BatchSize))
		left, first := "", len(b.plan)
		if !b.brief {
			left = fmt.Sprintf("batch %d is out of service, %d of %d on the new version, %d on the old%s; the pipeline deploys the previous version again",
				batch, done, fleet, fleet-done-n, extra)
		}
		b.old, b.out = b.old-n, b.out+n
		b.step(Drain, batch, n, b.policy.Drain, left)
		b.step(Deploy, batch, n, Assumptions.Deploy, left)
		b.serve(batch, n, left)
		b.times(first, alike)
		more := n * (alike - 1)
		b.old, b.new, done = b.old-more, b.new+more, done+n+more
	}
}

func (b *builder) additionalBatch() {
	n := min(b.policy.BatchSize, b.old)
	const first = "the additional batch is out of service; all old instances serve"
	b.out += n
	b.step(Launch, 0, n, Assumptions.Launch, first)
	b.serve(0, n, first)
	b.rolling(", the additional batch on the new one")
	b.retire(Drain, n, &b.new, "the additional batch goes on serving the new version")
}

// retire takes n instances of one version off the load balancer and removes them.
func (b *builder) retire(action Action, n int, version *int, ifFails string) {
	*version, b.out = *version-n, b.out+n
	b.step(action, 0, n, b.policy.Drain, ifFails)
	b.out -= n
	b.step(Terminate, 0, n, 0, ifFails)
}

func (b *builder) immutable() {
	fleet := b.old
	const left = "the new instances are terminated; all old instances serve"
	b.out = 1
	b.step(Launch, 1, 1, Assumptions.Launch, left)
	b.serve(1, 1, left)
	if rest := fleet - 1; rest > 0 {
		b.out = rest
		b.step(Launch, 2, rest, Assumptions.Launch, left)
		b.serve(2, rest, left)
	}
	b.retire(Drain, fleet, &b.old, "both versions serve until Beanstalk has removed the old instances")
}

func (b *builder) trafficSplitting() {
	fleet := b.old
	const left = "the new instances are terminated; all old instances serve"
	trial := fmt.Sprintf("%d %% of the requests met the new version; they go back to the old instances and the new ones are terminated",
		b.policy.TrafficPercent)
	b.out = fleet
	b.step(Launch, 0, fleet, Assumptions.Launch, left)
	b.serve(0, fleet, trial)
	b.step(Evaluate, 0, fleet, b.policy.Evaluation, trial)
	b.retire(Shift, fleet, &b.old, "all requests are on the new version; old instances remain until removed")
}
