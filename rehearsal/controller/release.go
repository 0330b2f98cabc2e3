//go:build unix

package controller

import (
	"cmp"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
)

// Grace is how long the ECS agent waits between SIGTERM and SIGKILL (Amazon ECS Developer Guide, "Amazon
// ECS container agent configuration", ECS_CONTAINER_STOP_TIMEOUT).
const Grace = 30 * time.Second

// Release is a new version on its way to a fleet.
type Release struct {
	// Policy decides everything. Required to be valid, except that it may have downtime.
	Policy rollout.Policy
	// From is the version that serves, To the one that takes over. Required.
	From, To fleet.Version
	// Speed divides every duration that a release waits for, of the policy and of
	// [rollout.Assumptions]. Default: 1.
	Speed float64
	// Grace is how long an instance may take to stop after SIGTERM before it is killed. It is not
	// divided, since the application does not know of Speed. Default: [Grace].
	Grace time.Duration
	// ProbePath is asked for, beside the readiness path, before BlueGreen swaps. Default: /.
	ProbePath string
	// Hurt tells whether users have met too many errors. It is asked again and again while BlueGreen
	// watches and while the release bakes; then the previous version comes back. Default: never.
	Hurt func() bool
	// Heal lets the pipeline deploy the previous version again after a failed deployment, with the
	// same method. Default: false, so that one can see what is left.
	Heal bool
}

func (r Release) withDefaults() Release {
	r.Policy = r.Policy.WithDefaults()
	r.Speed = cmp.Or(r.Speed, 1)
	r.Grace = cmp.Or(r.Grace, Grace)
	r.ProbePath = cmp.Or(r.ProbePath, "/")
	if r.Hurt == nil {
		r.Hurt = func() bool { return false }
	}
	return r
}

// Balancer is the load balancer that the policy asks for, with its durations divided by Speed. Those that
// limit how long the application may take to answer are not, for it takes as long as ever.
func (r Release) Balancer() balancer.Config {
	r = r.withDefaults()
	health := r.Policy.Health
	return balancer.Config{
		Health: balancer.Health{
			Path:      health.Path,
			Interval:  r.scaled(health.Interval),
			Timeout:   health.Timeout,
			Healthy:   health.Healthy,
			Unhealthy: health.Unhealthy,
		},
		Drain:       r.scaled(r.Policy.Drain),
		Cut:         r.Policy.Drain,
		IdleTimeout: r.Policy.IdleTimeout,
	}
}

// scaled is a duration as it passes in the rehearsal.
func (r Release) scaled(d time.Duration) time.Duration { return time.Duration(float64(d) / r.Speed) }

// Event is something that happened, with the instances at that moment: Old and New are those in
// service on From and on To, Out are those that run, start or stop without serving users.
type Event struct {
	At time.Time
	// Step counts from 0 in the plan; it is -1 before and after.
	Step   int
	Action rollout.Action
	// Text says what happened. It is empty where only the numbers have changed.
	Text          string
	Old, New, Out int
	// WayBack tells that the previous version is on its way back. Step then counts in that plan.
	WayBack bool
}

// Measured is a step of the plan and what was seen of it. The numbers are those at the moment from
// which the step counts: when its instances have been taken out, registered or removed. Old is always
// From and New always To, so on the way back they compare crosswise.
type Measured struct {
	Step          rollout.Step
	Old, New, Out int
	// Least is the smallest number of instances in service seen during the step.
	Least int
	Began time.Time
	Took  time.Duration
}

// Outcome is how a release, or its way back, went.
type Outcome struct {
	// Succeeded is false where a step failed or users were hurt. Reason then says why.
	Succeeded bool
	Reason    string
	// Failed is the index of the step that failed, or -1.
	Failed int
	Took   time.Duration
	Steps  []Measured
	// Left is how many instances of each version are in service, by the names of the versions, after
	// the release and before any way back.
	Left map[string]int
	// Floor is the smallest number of instances in service seen during the release.
	Floor int
	// WayBack is how the previous version came back, or nil where it did not have to or was not asked
	// to.
	WayBack *Outcome
}
