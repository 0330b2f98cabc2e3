package rollout

import "slices"

// Validate reports everything that is wrong with the policy as [Problems], or nil. A policy that
// leaves no instance in service is wrong unless AllowDowntime gives a reason.
func (p Policy) Validate() error {
	p = p.WithDefaults()
	problems := p.broken(ranges)
	// The other rules reckon with the numbers, so these have to make sense first.
	if len(problems) == 0 {
		problems = p.broken(slices.Concat(timing, limit, updates, traffic, load, consent))
		if !p.AllowDowntime {
			problems = append(problems, p.broken(downtime)...)
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// Warnings are the rules that the policy breaks with a reason, to be shown at every synth, each
// with its reason.
func (p Policy) Warnings() Problems {
	p = p.WithDefaults()
	var warnings Problems
	if p.AllowDowntime {
		warnings = p.broken(downtime)
	}
	for i := range warnings {
		warnings[i].Reason = p.DowntimeReason
	}
	for _, warning := range p.broken(blind) {
		warning.Reason = p.IgnoreHealthCheckReason
		warnings = append(warnings, warning)
	}
	return warnings
}

// rule looks at a complete policy and returns what is wrong in its words, or an empty message.
type rule struct {
	id, field string
	check     func(Policy) (message, fix string)
}

func (p Policy) broken(rules []rule) Problems {
	var problems Problems
	for _, r := range rules {
		if message, fix := r.check(p); message != "" {
			problems = append(problems, Problem{Rule: r.id, Field: r.field, Message: message, Fix: fix})
		}
	}
	return problems
}
