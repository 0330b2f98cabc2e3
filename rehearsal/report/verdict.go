package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

// Verdict is whether a release did what its method promises.
type Verdict struct {
	// AsPromised tells whether what was seen is what the method promises, downtime included; with a
	// fault, whether it is what is expected of it.
	AsPromised bool
	// Passed tells whether that is good: as promised, and with a good version also without downtime.
	Passed bool
	// Text says so in a sentence, Reasons why it is not as promised.
	Text    string
	Reasons []string
}

// Judge compares what was seen with what was planned.
func Judge(r Run) Verdict {
	v := Verdict{Reasons: slices.Concat(r.unmeasured(), r.refusals(), r.deviations())}
	v.AsPromised = len(v.Reasons) == 0
	v.Passed = v.AsPromised && (r.Fault != nil || r.Plan.Floor() > 0)
	v.Text = r.sentence(v.AsPromised)
	return v
}

// unmeasured are the reasons why nothing can be said.
func (r Run) unmeasured() (reasons []string) {
	if r.requests() == 0 {
		return []string{"no request was sent, so nothing was measured"}
	}
	if r.Results.FellBehind() {
		reasons = append(reasons, fmt.Sprintf("the load left up to %s late: this machine was too busy for its rate",
			short(r.Results.Behind())))
	}
	return reasons
}

// refusals are answers of 4xx, which may mean what they say or that something else was asked for than
// meant: those that only the new version gives, and those that say that nothing was measured.
func (r Run) refusals() (reasons []string) {
	if r.Results == nil {
		return nil
	}
	type tally struct{ answers, refused, status int }
	seen := map[load.Kind]map[string]tally{}
	for s := range r.Results.Samples() {
		if s.Failure != "" {
			continue
		}
		if seen[s.Kind] == nil {
			seen[s.Kind] = map[string]tally{}
		}
		t := seen[s.Kind][s.Version]
		if t.answers++; s.Status >= 400 {
			t.refused, t.status = t.refused+1, s.Status
		}
		seen[s.Kind][s.Version] = t
	}
	for _, kind := range load.Kinds() {
		was, is := seen[kind][r.From], seen[kind][r.To]
		switch {
		case was.answers == 0:
		case was.refused == was.answers:
			reasons = append(reasons, fmt.Sprintf("%s answered %d to every %s request: ask for a path that it has and that strangers may see",
				r.From, was.status, kind))
		case was.refused == 0 && is.refused > 0 && r.Fault == nil:
			reasons = append(reasons, fmt.Sprintf("%s answered %d to %s %s requests, and %s to none",
				r.To, is.status, outOf(is.refused, is.answers), kind, r.From))
		}
	}
	return reasons
}

// deviations are the differences between what was seen and what is promised.
func (r Run) deviations() (reasons []string) {
	add := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	succeeds, loses, left := true, r.Plan.Floor() == 0, map[string]int{r.To: r.Plan[len(r.Plan)-1].New}
	if r.Fault != nil {
		succeeds, loses, left = r.Fault.Succeeds, r.Fault.Loses, r.Fault.Left
	}
	switch {
	case succeeds && !r.Succeeded:
		add("the release failed: %s", r.Reason)
	case !succeeds && r.Succeeded:
		add("the bad release went through")
	}
	switch {
	case r.failed() > 0 && !loses:
		add("%s requests failed (%s), %s", outOf(r.failed(), r.requests()), failures(r.Results.ByFailure()), r.worstPhase())
	case r.failed() == 0 && loses && r.Fault != nil:
		add("no request failed, though some are expected to")
	}
	if r.Fault == nil { // A plan knows only good versions.
		reasons = append(reasons, r.missing()...)
	}
	// A release that failed unexpectedly has said enough.
	if left != nil && (r.Succeeded || r.Fault != nil) && !maps.Equal(present(left), present(r.Left)) {
		add("%s at the end, expected was %s", r.instances(r.Left), r.instances(left))
	}
	if back := r.WayBack; back != nil && !back.Succeeded && (r.Fault == nil || !r.Fault.Stays) {
		add("the previous version did not come back: %s", back.Reason)
	}
	return reasons
}

// missing says where fewer instances served, or less was done, than the plan has it.
func (r Run) missing() (reasons []string) {
	add := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	for i, s := range r.Steps {
		if !s.asPlanned() {
			add("in %s, %q served, planned was %q", stepName(i, s.Step),
				chart(s.Old, s.New, s.Out), chart(s.Step.Old, s.Step.New, s.Step.Out))
		}
	}
	if r.Floor < r.Plan.Floor() && len(reasons) == 0 {
		add("for a while only %d of %d instances served, planned were at least %d", r.Floor, r.fleet(), r.Plan.Floor())
	}
	if r.Succeeded && len(r.Steps) < len(r.Plan) {
		add("only %d of %d steps were taken", len(r.Steps), len(r.Plan))
	}
	return reasons
}

// present leaves out versions without an instance.
func present(left map[string]int) map[string]int {
	left = maps.Clone(left)
	maps.DeleteFunc(left, func(_ string, n int) bool { return n == 0 })
	return left
}

// worstPhase says when most requests failed.
func (r Run) worstPhase() string {
	counts, worst := map[string]int{}, ""
	for _, f := range r.Results.Failures(r.failed()) {
		phase := r.phase(f.Ended())
		if counts[phase]++; counts[phase] > counts[worst] {
			worst = phase
		}
	}
	if counts[worst] == r.failed() {
		return "all of them in " + inPhase(worst)
	}
	return "most of them in " + inPhase(worst)
}

func inPhase(phase string) string {
	switch phase {
	case "before the release", "after the migration", "after the release":
		return "the time " + phase
	case "on the way back":
		return "the time of the way back"
	}
	return phase
}

// sentence says what happened.
func (r Run) sentence(asPromised bool) string {
	method, requests := r.Policy.WithDefaults().Method, r.lost()
	serve := fmt.Sprintf("at least %d of %d instances served", r.Floor, r.fleet())
	if r.Floor == 0 {
		serve = "for a while no instance served"
	}
	switch {
	case r.requests() == 0:
		return fmt.Sprintf("%s: nothing was measured.", method)
	case r.Fault != nil && asPromised:
		return fmt.Sprintf("%s with the fault %q did what is expected: %s, %s and %s; %s.",
			method, r.Fault.Name, r.ending(), requests, serve, r.rest())
	case r.Fault != nil:
		return fmt.Sprintf("%s with the fault %q did not do what is expected: %s, %s and %s; %s.",
			method, r.Fault.Name, r.ending(), requests, serve, r.rest())
	case asPromised && r.Plan.Floor() == 0:
		return fmt.Sprintf("%s did what it promises, and that is downtime: %s and %s.", method, requests, serve)
	case asPromised:
		return fmt.Sprintf("%s kept its promise: %s and %s.", method, requests, serve)
	}
	return fmt.Sprintf("%s did not do what it promises: %s and %s.", method, requests, serve)
}

// lost says how many requests failed.
func (r Run) lost() string {
	if r.failed() == 0 {
		return fmt.Sprintf("none of %s requests failed", number(r.requests()))
	}
	return fmt.Sprintf("%s requests failed", outOf(r.failed(), r.requests()))
}

// ending says how the release ended.
func (r Run) ending() string {
	switch {
	case r.Succeeded:
		return "the release went through"
	case len(r.Steps) == 0:
		return "the release failed before its first step"
	}
	last := len(r.Steps) - 1
	return "the release failed in " + stepName(last, r.Steps[last].Step)
}

// rest says what the release left.
func (r Run) rest() string {
	if r.WayBack != nil {
		return r.instances(r.Left) + " were left"
	}
	return r.instances(r.Left) + " at the end"
}
