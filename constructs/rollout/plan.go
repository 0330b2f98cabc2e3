package rollout

import (
	"fmt"
	"time"
)

// Action is what happens in a [Step].
type Action string

// The actions a plan is made of.
const (
	Launch    Action = "launch"    // new instances start; they serve nothing yet
	Drain     Action = "drain"     // instances get no new requests and finish those they have
	Deploy    Action = "deploy"    // the new version replaces the old one in place
	Register  Action = "register"  // the load balancer waits for the first passed health check
	Confirm   Action = "confirm"   // instances serve while Beanstalk watches their health
	Evaluate  Action = "evaluate"  // a share of the requests is on trial
	Shift     Action = "shift"     // all requests go to the new instances
	Swap      Action = "swap"      // the two environments change addresses
	Terminate Action = "terminate" // instances that serve nothing any more go away
)

// Step is one stretch of a release during which the numbers do not change.
type Step struct {
	Action Action
	// Batch counts from 1; 0 where the step is not about a batch.
	Batch int
	// Instances is how many instances the action is about.
	Instances int
	// Old and New are the instances in service on each version; Out are those that run, start or
	// stop without serving.
	Old, New, Out int
	// Duration is an estimate, see [Assumptions].
	Duration time.Duration
	// IfFails is what is left when the release fails in this step.
	IfFails string
}

// InService is the number of instances that answer requests during the step.
func (s Step) InService() int { return s.Old + s.New }

// Plan is a release from its first step to its last.
type Plan []Step

// Floor is the smallest number of instances in service at any step.
func (p Plan) Floor() int {
	floor := p[0].InService()
	for _, s := range p {
		floor = min(floor, s.InService())
	}
	return floor
}

// Duration is the estimated length of the release.
func (p Plan) Duration() time.Duration {
	var sum time.Duration
	for _, s := range p {
		sum += s.Duration
	}
	return sum
}

// target says which instances get the new version.
func (p Plan) target() string {
	var launches, inPlace, swaps bool
	for _, s := range p {
		launches = launches || s.Action == Launch
		inPlace = inPlace || s.Action == Deploy
		swaps = swaps || s.Action == Swap
	}
	switch {
	case swaps:
		return "new environment"
	case launches && inPlace:
		return "new and existing"
	case launches:
		return "new instances"
	default:
		return "existing instances"
	}
}

// Assumptions are the durations that AWS does not set and a plan has to assume.
var Assumptions = struct {
	// Launch is the time from launching an instance to its container running: boot, Beanstalk's
	// bootstrap and the pull of the image.
	Launch time.Duration
	// Deploy is the time to pull an image and exchange the container on a running instance.
	Deploy time.Duration
	// Confirm is documented: enhanced health wants 12 consecutive good checks, ten seconds apart
	// (Developer Guide, "Deployment policies and settings").
	Confirm time.Duration
	// Swap is the lifetime of a resolved address in DNS caches.
	Swap time.Duration
}{Launch: 4 * time.Minute, Deploy: time.Minute, Confirm: 2 * time.Minute, Swap: time.Minute}

// Plan computes the release of a fleet of Fleet.Desired instances.
func (p Policy) Plan() Plan {
	p = p.WithDefaults()
	b := builder{policy: p, old: p.Fleet.Desired}
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
	const left = "every instance is out of service or on the bad version: downtime until a good version is deployed"
	b.old, b.out = 0, n
	b.step(Deploy, 0, n, Assumptions.Deploy, left)
	b.serve(0, n, left)
}

func (b *builder) rolling(extra string) {
	fleet := b.old
	for done, batch := 0, 1; done < fleet; batch++ {
		n := min(b.policy.BatchSize, fleet-done)
		left := fmt.Sprintf("batch %d is out of service, %d of %d on the new version, %d on the old%s; deploy a good version to heal",
			batch, done, fleet, fleet-done-n, extra)
		b.old, b.out = b.old-n, b.out+n
		b.step(Drain, batch, n, b.policy.Drain, left)
		b.step(Deploy, batch, n, Assumptions.Deploy, left)
		b.serve(batch, n, left)
		done += n
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

func (b *builder) blueGreen() {
	fleet := b.old
	const left = "the idle environment is bad; users never met it"
	b.out = fleet
	b.step(Launch, 0, fleet, Assumptions.Launch, left)
	b.step(Confirm, 0, fleet, Assumptions.Confirm, left)
	const back = "swap back to return to the old version"
	b.out, b.new = 0, fleet
	b.step(Swap, 0, fleet, Assumptions.Swap, back)
	b.old, b.out = 0, fleet
	b.step(Drain, 0, fleet, 0, back)
}
