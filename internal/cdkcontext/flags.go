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

// mostNamed is how many missing flags are named one by one. Where more are missing, nobody has edited
// them one by one.
const mostNamed = 5

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
	var missing, changed config.Problems
	for _, flag := range slices.Sorted(maps.Keys(want)) {
		value := compact(want[flag])
		switch {
		case got[flag] == nil:
			missing = append(missing, config.Problem{Path: flag, Message: fmt.Sprintf("missing, which changes the templates; add %q: %s", flag, value)})
		case compact(got[flag]) != value:
			changed = append(changed, config.Problem{Path: flag,
				Message: fmt.Sprintf("another value than %s; use %[1]s, with which the templates are tested", value)})
		}
	}
	if len(missing) > mostNamed {
		missing = config.Problems{{Path: "context", Message: fmt.Sprintf("%d of CDK's %d feature flags are missing, keys that begin with @aws-cdk; "+
			"put the configuration beside them as `git show HEAD:cdk.json` has it", len(missing), len(want))}}
	}
	c.problems = append(slices.Clone(c.problems), slices.Concat(missing, changed)...)
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
