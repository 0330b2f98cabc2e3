package report

import (
	"cmp"
	"fmt"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

// Run is one rehearsed release: what was planned, and what was seen.
type Run struct {
	Policy rollout.Policy
	Plan   rollout.Plan
	// Source says where the policy comes from.
	Source string
	// Speed is the factor by which every timer was shortened.
	Speed float64
	// From and To name the versions, as their answers do.
	From, To string
	// Fault is what is wrong with the release; nil where nothing is.
	Fault *Fault

	// Migrated is when a migration began that the new version needs. Default: there was none.
	Migrated time.Time
	// Began is when the release began, Took how long it took.
	Began time.Time
	Took  time.Duration
	// Succeeded tells whether the release went through, Reason why not.
	Succeeded bool
	Reason    string
	// Steps are those of the plan that were reached.
	Steps []Measured
	// Events are the changes of the fleet, in order.
	Events []Event
	// Left is how many instances of each version serve at the end, before any way back.
	Left map[string]int
	// Floor is the lowest number of instances in service.
	Floor int
	// WayBack is how the previous version came back; nil where it did not, or did not have to.
	WayBack *WayBack
	// Results is what the requests came to.
	Results *load.Results
	// Causes are why requests failed, as far as the load balancer knows.
	Causes map[Cause]Seen
}

// WayBack is the return to the previous version after a release that failed.
type WayBack struct {
	// How says in a few words what brings it back, Planned how long that is estimated to take, not
	// compressed.
	How     string
	Planned time.Duration
	Began   time.Time
	Took    time.Duration
	// Succeeded tells whether the previous version is back, Reason why not.
	Succeeded bool
	Reason    string
	// Steps are those that were taken. Only what was seen of them is shown: some plans of a way back
	// call the version that comes back the new one.
	Steps []Measured
	// Left is how many instances of each version serve in the end.
	Left map[string]int
}

// Measured is a step of the plan as it was seen.
type Measured struct {
	Step          rollout.Step
	Old, New, Out int
	Began         time.Time
	Took          time.Duration
}

// asPlanned tells whether the instances in service were those of the plan.
func (m Measured) asPlanned() bool { return m.Old == m.Step.Old && m.New == m.Step.New }

// Event is a change of the fleet.
type Event struct {
	At time.Time
	// Step counts from 0; it is -1 before and after the release.
	Step          int
	Action        rollout.Action
	Text          string
	Old, New, Out int
	// WayBack tells that the previous version is on its way back.
	WayBack bool
}

// Fault is a way in which a release is bad, and what is expected of a release with it.
type Fault struct {
	// Name is what the command line calls it.
	Name string
	// Effect is what users see of it, Prevention the rule or setting that keeps it from them.
	Effect, Prevention string
	// Succeeds tells whether the release is expected to go through, Loses whether requests are
	// expected to fail.
	Succeeds, Loses bool
	// Left is how many instances of each version are expected to serve at the end, before any way
	// back. Default: nothing is expected.
	Left map[string]int
	// Stays tells that the previous version is not expected to serve again even when it is back.
	Stays bool
}

// requests and failed are those of the load, which may be missing.
func (r Run) requests() int {
	if r.Results == nil {
		return 0
	}
	return r.Results.Requests()
}

func (r Run) failed() int {
	if r.Results == nil {
		return 0
	}
	return r.Results.Failed()
}

// planned is the duration of the plan at the speed of the run.
func (r Run) planned() time.Duration { return r.compressed(r.Plan.Duration()) }

func (r Run) compressed(d time.Duration) time.Duration {
	return time.Duration(float64(d) / cmp.Or(r.Speed, 1))
}

// deployed is how long the release took without its bake.
func (r Run) deployed() time.Duration {
	took := r.Took
	for _, s := range r.Steps {
		if s.Step.Action == rollout.Bake {
			took -= s.Took
		}
	}
	return took
}

// bake is how long the plan lets a release bake.
func (r Run) bake() (d time.Duration) {
	for _, s := range r.Plan {
		if s.Action == rollout.Bake {
			d += s.Duration
		}
	}
	return d
}

// stepAt is the index of the step at a time: -1 before the first, and where the release is over.
func (r Run) stepAt(t time.Time) int {
	if t.After(r.Began.Add(r.Took)) {
		return -1
	}
	at := -1
	for i, s := range r.Steps {
		if !s.Began.After(t) {
			at = i
		}
	}
	return at
}

// phase says what happened at a time.
func (r Run) phase(t time.Time) string {
	if i := r.stepAt(t); i >= 0 {
		return stepName(i, r.Steps[i].Step)
	}
	if back := r.WayBack; back != nil && !t.Before(back.Began) && !t.After(back.Began.Add(back.Took)) {
		return "on the way back"
	}
	switch {
	case t.After(r.Began):
		return "after the release"
	case !r.Migrated.IsZero() && t.After(r.Migrated):
		return "after the migration"
	}
	return "before the release"
}

// stepName is a step as the tables number it.
func stepName(i int, s rollout.Step) string {
	if s.Batch > 0 {
		return fmt.Sprintf("step %d, %s batch %d", i+1, s.Action, s.Batch)
	}
	return fmt.Sprintf("step %d, %s", i+1, s.Action)
}

// fleet is how many instances serve when the release begins.
func (r Run) fleet() int { return r.Policy.WithDefaults().Fleet.Desired }
