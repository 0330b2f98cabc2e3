package rollout

import "slices"

// Validate reports everything that is wrong with the policy as [Problems], or nil. A policy that
// leaves no instance in service is wrong unless AllowDowntime gives a reason.
func (p Policy) Validate() error {
	found := p.WithDefaults().findings()
	if len(found) == 0 {
		return nil
	}
	problems := make(Problems, len(found))
	for i, f := range found {
		problems[i] = Problem{Rule: f.rule.id, Field: f.rule.field, Message: f.message}
		problems[i].Ways, problems[i].Conflicts = p.waysOut(f)
		problems[i].Fix = problems[i].Advice(Change.Words)
	}
	return problems
}

// InRange tells whether every number of the policy is one that Beanstalk knows, so that its plan has
// an end, whatever else may be wrong with it.
func (p Policy) InRange() bool { return len(p.WithDefaults().broken(ranges)) == 0 }

// Warnings are what to show at every synth: the rules that the policy breaks with a reason, each with
// its reason, and what an application has to be made for.
func (p Policy) Warnings() Problems {
	p = p.WithDefaults()
	var warnings Problems
	warn := func(rules []rule, reason string) {
		for _, f := range p.broken(rules) {
			warnings = append(warnings, Problem{Rule: f.rule.id, Field: f.rule.field, Message: f.message, Reason: reason})
		}
	}
	if p.AllowDowntime {
		warn(downtime, p.DowntimeReason)
	}
	warn(blind, p.IgnoreHealthCheckReason)
	warn(unusual, "")
	return warnings
}

// rule looks at a complete policy and returns what is wrong in its words, or an empty message, and
// the cures that may mend it.
type rule struct {
	id, field string
	check     func(Policy) (message string, cures cure)
}

// finding is a rule that a policy breaks.
type finding struct {
	rule    rule
	message string
	cures   cure
}

// weighed are the rules that weigh the numbers against each other.
var weighed = slices.Concat(timing, limit, updates, traffic, load, consent)

// findings are all rules that a complete policy breaks.
func (p Policy) findings() []finding {
	found := p.broken(ranges)
	// The other rules reckon with the numbers, so these have to make sense first.
	if len(found) == 0 {
		found = p.broken(weighed)
		if !p.AllowDowntime {
			found = append(found, p.broken(downtime)...)
		}
	}
	return found
}

func (p Policy) broken(rules []rule) []finding {
	var found []finding
	for _, r := range rules {
		if message, cures := r.check(p); message != "" {
			found = append(found, finding{r, message, cures})
		}
	}
	return found
}
