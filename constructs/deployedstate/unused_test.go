package deployedstate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A stack that is rolled back to its first template names the version that its environment was
// created with. That version must not be there to be deployed.
func TestVersionOfTheCreationIsDeletedOnceAnotherRuns(t *testing.T) {
	t.Parallel()
	const own, other = "bootstrap-shop-live-0123456789ab", "bootstrap-shop-live-again-0123456789ab"
	versions := []reply{
		{Output: map[string]any{"ApplicationVersions": labels("v42", own), "NextToken": "more"}},
		{Output: map[string]any{"ApplicationVersions": labels(other, "bootstrap-shop-live-0123456789ab2", "bootstrap-shop-live-manual")}},
	}
	described := func(environment map[string]any, changes map[string][]reply) scenario {
		replies := runs(environments(environment))
		replies["DescribeApplicationVersions"] = versions
		for call, reply := range changes {
			replies[call] = reply
		}
		return scenario{Events: []event{update(nil)}, RemainingMs: longEnough, AWS: replies}
	}
	ill := environment("Ready", "v42")
	ill["Health"] = "Red"
	stays := func(t *testing.T, got result) {
		keeps(t, got)
		assert.NotContains(t, got.names(), "DeleteApplicationVersion")
	}
	keep(t, []promise{
		{
			name:  "and no version of anything else",
			given: described(environment("Ready", "v42"), nil),
			holds: func(t *testing.T, got result) {
				keeps(t, got)
				assert.Equal(t, []string{
					"DescribeEnvironments", "DescribeApplicationVersions", "DeleteApplicationVersion", "DescribeApplicationVersions",
				}, got.names())
				assert.Equal(t, map[string]any{
					"ApplicationName": "shop", "VersionLabel": own, "DeleteSourceBundle": false,
				}, got.input(t, "DeleteApplicationVersion"))
			},
		},
		{name: "but not while it runs", given: described(environment("Ready", own), nil), holds: stays},
		{
			name:  "however ill the environment is, for a rollback is then most likely",
			given: described(ill, nil),
			holds: func(t *testing.T, got result) {
				keeps(t, got)
				assert.Equal(t, own, got.input(t, "DeleteApplicationVersion")["VersionLabel"])
			},
		},
		{
			name: "and the update goes on where that is refused",
			given: described(environment("Ready", "v42"), map[string][]reply{
				"DeleteApplicationVersion": {{Error: "InsufficientPrivilegesException", Message: "no"}},
			}),
			holds: keeps,
		},
	})
}

func labels(all ...string) []any {
	versions := make([]any, len(all))
	for i, label := range all {
		versions[i] = map[string]any{"VersionLabel": label}
	}
	return versions
}
