package cdkcontext

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

// shipped are CDK's feature flags as the project's cdk.json has them. That file itself belongs to
// the user, so it cannot be what it is compared with; a test holds the two together.
//
//go:embed flags.json
var shipped []byte

// CheckFlags returns the context with every feature flag that is missing, or has another value than
// the one the templates are tested with, among its problems.
//
// Other keys of CDK, such as @aws-cdk/core:bootstrapQualifier, are the user's to set.
func (c Context) CheckFlags() Context {
	want, got := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := json.Unmarshal(shipped, &want); err != nil {
		panic(err) // it is a file of this package
	}
	if len(bytes.TrimSpace(c.JSON)) > 0 && json.Unmarshal(c.JSON, &got) != nil {
		return c // what is wrong with it is reported when the configuration is read
	}
	var problems config.Problems
	missing := 0
	for _, flag := range slices.Sorted(maps.Keys(want)) {
		value := compact(want[flag])
		message := fmt.Sprintf("another value than %s; use %[1]s, with which the templates are tested", value)
		if got[flag] == nil {
			missing++
			message = fmt.Sprintf("missing, which changes the templates; add %q: %s", flag, value)
		}
		if got[flag] == nil || compact(got[flag]) != value {
			problems = append(problems, config.Problem{Path: flag, Message: message})
		}
	}
	if missing == len(want) {
		problems = config.Problems{{Path: "context", Message: "CDK's feature flags are missing, all keys that begin with @aws-cdk; " +
			"put the configuration beside them as `git show HEAD:cdk.json` has it"}}
	}
	c.problems = append(slices.Clone(c.problems), problems...)
	return c
}

// compact is a JSON value in one notation.
func compact(value json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return string(value)
	}
	return b.String()
}
