package constructstest

import (
	"fmt"
	"slices"
	"strings"
)

// Policies are statements that apply together to whoever has them, as IAM evaluates them: an explicit
// deny wins, and what nothing allows is denied (IAM User Guide, "Policy evaluation logic").
type Policies []PolicyStatement

// PolicyStatement is a statement of a policy whose values are all known.
type PolicyStatement struct {
	Sid                    string
	Deny                   bool
	Actions, NotActions    []string
	Resources, NotResource []string
	// Conditions are by operator and key.
	Conditions map[string]map[string][]string
}

// Context is what is known of a request beside its action and resource, by condition key.
type Context map[string]string

// Allows tells whether the statements allow action on resource. The error is about a statement that
// cannot be evaluated: the answer would be a guess.
func (p Policies) Allows(action, resource string, context Context) (bool, error) {
	allowed := false
	for _, s := range p {
		applies, err := s.applies(action, resource, context)
		switch {
		case err != nil:
			return false, fmt.Errorf("statement %q: %w", s.Sid, err)
		case applies && s.Deny:
			return false, nil
		case applies:
			allowed = true
		}
	}
	return allowed, nil
}

func (s PolicyStatement) applies(action, resource string, context Context) (bool, error) {
	if !chosen(s.Actions, s.NotActions, strings.ToLower(action), strings.ToLower) ||
		!chosen(s.Resources, s.NotResource, resource, strings.Clone) {
		return false, nil
	}
	holds := true
	for operator, keys := range s.Conditions { // each is evaluated, so that none that is unknown is overlooked
		for key, values := range keys {
			one, err := condition(operator, key, values, context)
			if err != nil {
				return false, err
			}
			holds = holds && one
		}
	}
	return holds, nil
}

// chosen tells whether value is one of some patterns, or none of the others where these are given.
func chosen(in, notIn []string, value string, fold func(string) string) bool {
	matches := func(pattern string) bool { return matchesPattern(fold(pattern), value) }
	if len(notIn) > 0 {
		return !slices.ContainsFunc(notIn, matches)
	}
	return slices.ContainsFunc(in, matches)
}

// condition evaluates one key of one operator (IAM User Guide, "IAM JSON policy elements: Condition
// operators"). No request here has a key with several values, so ForAnyValue differs from no such
// prefix only where the key is missing.
func condition(operator, key string, values []string, context Context) (bool, error) {
	value, found := lookUp(context, key)
	if operator == "Null" {
		if len(values) != 1 || values[0] != "true" && values[0] != "false" {
			return false, fmt.Errorf("Null of %s with %v", key, values)
		}
		return found == (values[0] == "false"), nil
	}
	name, anyValue := strings.CutPrefix(operator, "ForAnyValue:")
	name, ifExists := strings.CutSuffix(name, "IfExists")
	name, negated := negation(name)
	matches, known := operators[name]
	switch {
	case !known:
		return false, fmt.Errorf("the operator %s is not known here", operator)
	case !found:
		return ifExists || negated && !anyValue, nil
	}
	return slices.ContainsFunc(values, func(v string) bool { return matches(v, value) }) != negated, nil
}

// operators compare a value of a policy with one of a request. ArnEquals and ArnLike are the same.
var operators = map[string]func(policy, request string) bool{
	"StringEquals": func(policy, request string) bool { return policy == request },
	"StringLike":   matchesPattern,
	"ArnEquals":    matchesARN,
	"ArnLike":      matchesARN,
	"Bool":         strings.EqualFold,
}

// negation turns StringNotLike into StringLike.
func negation(operator string) (name string, negated bool) {
	for _, kind := range []string{"String", "Arn"} {
		if rest, found := strings.CutPrefix(operator, kind+"Not"); found {
			return kind + rest, true
		}
	}
	return operator, false
}

func lookUp(context Context, key string) (value string, found bool) {
	for name, value := range context {
		if strings.EqualFold(name, key) {
			return value, true
		}
	}
	return "", false
}

// matchesARN compares the six parts of an ARN one by one.
func matchesARN(pattern, value string) bool {
	patterns, values := strings.SplitN(pattern, ":", 6), strings.SplitN(value, ":", 6)
	return len(patterns) == 6 && slices.EqualFunc(patterns, values, matchesPattern)
}

// matchesPattern knows * for any characters and ? for one.
func matchesPattern(pattern, value string) bool {
	for i, c := range pattern {
		switch {
		case c == '*':
			rest := pattern[i+1:]
			for from := range len(value) - i + 1 {
				if matchesPattern(rest, value[i+from:]) {
					return true
				}
			}
			return false
		case i >= len(value) || c != '?' && value[i] != pattern[i]:
			return false
		}
	}
	return len(pattern) == len(value)
}
