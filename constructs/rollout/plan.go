package rollout

import "time"

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
	Trial     Action = "trial"     // the idle environment has to answer at its own address
	Swap      Action = "swap"      // the two environments change addresses
	Watch     Action = "watch"     // the users' requests are watched; failures swap back
	Terminate Action = "terminate" // instances that serve nothing any more go away
	Bake      Action = "bake"      // alarms watch the release before it counts as good
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
	if len(p) == 0 {
		return 0
	}
	floor := p[0].InService()
	for _, s := range p {
		floor = min(floor, s.InService())
	}
	return floor
}

// Duration is the estimated length of the release, until it counts as good.
func (p Plan) Duration() time.Duration { return p.before("") }

// Deployment is the estimated length of the deploy action: the release without its bake.
func (p Plan) Deployment() time.Duration { return p.before(Bake) }

// before is the time until the first step of an action, or until the end if there is none.
func (p Plan) before(action Action) time.Duration {
	var sum time.Duration
	for _, s := range p {
		if s.Action == action {
			break
		}
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
	// Trial is how long the idle environment has to answer well before BlueGreen swaps: ten
	// requests, one a second.
	Trial time.Duration
	// Swap is the lifetime of a resolved address in DNS caches.
	Swap time.Duration
	// Watch is how long the users' requests are watched after BlueGreen has swapped, until no
	// resolver can know the old address any more.
	Watch time.Duration
}{
	Launch: 4 * time.Minute, Deploy: time.Minute, Confirm: 2 * time.Minute,
	Trial: 10 * time.Second, Swap: time.Minute, Watch: 150 * time.Second,
}
