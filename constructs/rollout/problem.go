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
	// Fix is the smallest change that satisfies the rule.
	Fix string
	// Reason is why the user accepts it all the same; only [Policy.Warnings] have one.
	Reason string
}

// Error is the rule, the message and the fix in one line.
func (p Problem) Error() string { return p.Rule + ": " + p.Message + "; " + p.Fix }

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
