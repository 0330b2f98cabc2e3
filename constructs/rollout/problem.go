package rollout

import "strings"

// Problem is one reason why a policy is refused.
type Problem struct {
	// Rule is the stable identifier of the rule, such as "rollout/batch-takes-all".
	Rule string
	// Field is the field of [Policy] that the smallest fix changes, such as "Health.Interval".
	Field string
	// Message says what is wrong, with the policy's own numbers.
	Message string
	// Fix is what Ways say, in the words of this package.
	Fix string
	// Ways are the changes of which each satisfies the rule and breaks no other, the smallest first.
	Ways []Way
	// Conflicts are the rules that Ways break all the same, where no way was found that breaks none.
	Conflicts []string
	// Reason is why the user accepts it all the same; only [Policy.Warnings] have one, and of them
	// those that would be refused without.
	Reason string
}

// Error is the rule, the message and the fix in one line.
func (p Problem) Error() string { return p.Rule + ": " + p.Message + "; " + p.Fix }

// Advice says the ways out, each change in the words of the caller.
func (p Problem) Advice(words func(Change) string) string {
	var groups []string
	var things []string
	flush := func() {
		switch n := len(things); {
		case n > 2:
			groups = append(groups, "use "+strings.Join(things[:n-1], ", ")+", or "+things[n-1])
		case n > 0:
			groups = append(groups, "use "+strings.Join(things, " or "))
		}
		things = nil
	}
	for _, way := range p.Ways {
		text, thing := way.say(words)
		if thing {
			things = append(things, text)
			continue
		}
		flush()
		groups = append(groups, text)
	}
	flush()
	advice := strings.Join(groups, ", or ")
	if len(p.Conflicts) > 0 {
		advice += ", but that alone conflicts with " + strings.Join(p.Conflicts, " and ")
	}
	return advice
}

// Problems is everything that is wrong with a policy. It is never empty where it is an error.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}
