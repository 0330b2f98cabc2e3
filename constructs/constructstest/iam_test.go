package constructstest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPoliciesAreEvaluatedAsByIAM(t *testing.T) {
	const role, other = "arn:aws:iam::111122223333:role/web", "arn:aws:iam::111122223333:role/other"
	everything := PolicyStatement{Actions: []string{"*"}, Resources: []string{"*"}}
	deny := func(s PolicyStatement) PolicyStatement {
		s.Deny = true
		if s.Actions == nil && s.NotActions == nil {
			s.Actions = []string{"*"}
		}
		if s.Resources == nil && s.NotResource == nil {
			s.Resources = []string{"*"}
		}
		return s
	}
	when := func(operator, key string, values ...string) PolicyStatement {
		return deny(PolicyStatement{Conditions: map[string]map[string][]string{operator: {key: values}}})
	}
	for _, c := range []struct {
		name    string
		deny    PolicyStatement
		action  string
		context Context
		want    bool
	}{
		{"an explicit deny wins", deny(PolicyStatement{Actions: []string{"iam:PassRole"}}), "iam:PassRole", nil, false},
		{"a deny is for its actions only", deny(PolicyStatement{Actions: []string{"iam:Create*"}}), "iam:PassRole", nil, true},
		{"actions have no case", deny(PolicyStatement{Actions: []string{"IAM:passrole"}}), "iam:PassRole", nil, false},
		{"? is one character", deny(PolicyStatement{Resources: []string{"arn:aws:iam::111122223333:role/we?"}}), "iam:PassRole", nil, false},
		{"? is not two characters", deny(PolicyStatement{Resources: []string{"arn:aws:iam::111122223333:role/w?"}}), "iam:PassRole", nil, true},
		{"* is also a colon and a slash", deny(PolicyStatement{Resources: []string{"arn:*/w*b"}}), "iam:PassRole", nil, false},
		{"NotAction spares its actions", deny(PolicyStatement{NotActions: []string{"iam:*"}}), "iam:PassRole", nil, true},
		{"NotResource spares its resources", deny(PolicyStatement{NotResource: []string{other, role}}), "iam:PassRole", nil, true},
		{"NotResource is all others", deny(PolicyStatement{NotResource: []string{other}}), "iam:PassRole", nil, false},
		{"one of several values is enough", when("StringEquals", "aws:x", "a", "b"), "iam:PassRole", Context{"AWS:X": "b"}, false},
		{"a missing key does not equal", when("StringEquals", "aws:x", "a"), "iam:PassRole", nil, true},
		{"a missing key does not equal either where negated", when("StringNotEquals", "aws:x", "a"), "iam:PassRole", nil, false},
		{"IfExists holds without the key", when("StringEqualsIfExists", "aws:x", "a"), "iam:PassRole", nil, false},
		{"a negated operator is for none of its values", when("StringNotLike", "aws:x", "a*", "b*"), "iam:PassRole", Context{"aws:x": "bc"}, true},
		{"Null false asks for the key", when("Null", "aws:x", "false"), "iam:PassRole", nil, true},
		{"Null false holds with the key", when("Null", "aws:x", "false"), "iam:PassRole", Context{"aws:x": "a"}, false},
		{"ForAnyValue asks for the key", when("ForAnyValue:StringNotEquals", "aws:x", "a"), "iam:PassRole", nil, true},
		{"an ARN is compared part by part", when("ArnLike", "aws:x", "arn:*:ecs:*:cluster/a"), "iam:PassRole", Context{"aws:x": "arn:aws:ecs:eu-west-1:111122223333:cluster/a"}, true},
		{"each part of an ARN has its wildcards", when("ArnLike", "aws:x", "arn:*:ecs:*:*:cluster/?"), "iam:PassRole", Context{"aws:x": "arn:aws:ecs:eu-west-1:111122223333:cluster/a"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Policies{everything, c.deny}.Allows(c.action, role, c.context)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
	t.Run("conditions hold together", func(t *testing.T) {
		both := deny(PolicyStatement{Conditions: map[string]map[string][]string{"Null": {"aws:x": {"false"}}, "StringNotEquals": {"aws:x": {"a"}}}})
		for value, want := range map[string]bool{"a": true, "b": false} {
			got, err := Policies{everything, both}.Allows("iam:PassRole", role, Context{"aws:x": value})
			require.NoError(t, err)
			assert.Equal(t, want, got, value)
		}
	})
	t.Run("what nothing allows is denied", func(t *testing.T) {
		got, err := Policies{}.Allows("iam:PassRole", role, nil)
		require.NoError(t, err)
		assert.False(t, got)
	})
	t.Run("an operator that is not known is an error, whatever else is known", func(t *testing.T) {
		for _, operator := range []string{"NumericEquals", "ForAllValues:StringEquals", "StringEqual"} {
			_, err := Policies{everything, when(operator, "aws:x", "1")}.Allows("iam:PassRole", role, Context{"aws:x": "1"})
			assert.ErrorContains(t, err, operator)
		}
	})
}
