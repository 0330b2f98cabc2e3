package deployedstate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

func TestStandbyStartsFromTheFirst(t *testing.T) {
	t.Parallel()
	create := request("Create", map[string]any{
		deployedstate.PropertyEnvironmentName: "shop-green",
		deployedstate.PropertyStartFrom:       "shop-live",
	})
	unreadable := reply{Error: "InvalidParameterValue", Message: "Unable to download from S3 location"}
	keep(t, []promise{
		{
			name: "with its version and its platform",
			given: scenario{
				Events: []event{create}, RemainingMs: longEnough,
				AWS: runs(environments(first("Ready", "v42", stable))),
			},
			holds: func(t *testing.T, got result) {
				copies(t, got, "shop-green", "v42")
				names := got.input(t, "DescribeEnvironments")["EnvironmentNames"]
				assert.Equal(t, []any{"shop-green", "shop-live"}, names)
				assert.Empty(t, got.Pauses)
			},
		},
		{
			name: "after the release that is under way there",
			given: scenario{
				Events: []event{create}, RemainingMs: longEnough,
				AWS: runs(
					environments(first("Updating", "v42", stable)),
					environments(first("Ready", "v43", stable)),
				),
			},
			holds: func(t *testing.T, got result) { copies(t, got, "shop-green", "v43") },
		},
		{
			name: "but keeps what it runs itself once it exists",
			given: scenario{
				Events: []event{create}, RemainingMs: longEnough,
				AWS: runs(environments(first("Ready", "v42", idle), standby("Ready", "v43", stable))),
			},
			holds: keeps,
		},
		{
			name:  "or with the placeholder when both are created at once",
			given: scenario{Events: []event{create}, RemainingMs: longEnough, AWS: account(nil)},
			holds: func(t *testing.T, got result) {
				bootstraps(t, got)
				assert.Len(t, got.Pauses, 3, "it looks several times")
			},
		},
		{
			name: "without a wait for its launch when both are created at once",
			given: scenario{
				Events: []event{create}, RemainingMs: longEnough,
				AWS: runs(environments(), environments(first("Launching", "bootstrap-0", stable))),
			},
			holds: func(t *testing.T, got result) {
				copies(t, got, "shop-green", "bootstrap-0")
				assert.Len(t, got.Pauses, 1)
			},
		},
		{
			name: "after a wait for its launch when it has no version yet",
			given: scenario{
				Events: []event{create}, RemainingMs: longEnough,
				AWS: runs(
					environments(first("Launching", "", stable)), environments(first("Ready", "v1", stable)),
				),
			},
			holds: func(t *testing.T, got result) { copies(t, got, "shop-green", "v1") },
		},
		{
			name: "from the copy that its instances use when the bundle cannot be read",
			given: scenario{
				Events: []event{create}, RemainingMs: longEnough,
				AWS: account(map[string][]reply{
					"DescribeEnvironments":     {environments(first("Ready", "v42", stable))},
					"CreateApplicationVersion": {unreadable, {}},
				}),
			},
			holds: func(t *testing.T, got result) {
				require.Len(t, got.Calls, 5)
				assert.Equal(t, map[string]any{
					"S3Bucket": bucket, "S3Key": "resources/environments/e-1/_runtime/_versions/shop/v42",
				}, got.Calls[4].Input["SourceBundle"])
				assert.Equal(t, got.Calls[4].Input["VersionLabel"], data(t, got)[deployedstate.AttributeVersionLabel])
			},
		},
		{
			name: "or with the version itself when neither can be read",
			given: scenario{
				Events: []event{create}, RemainingMs: longEnough,
				AWS: account(map[string][]reply{
					"DescribeEnvironments":     {environments(first("Ready", "v42", stable))},
					"CreateApplicationVersion": {unreadable},
				}),
			},
			holds: func(t *testing.T, got result) {
				assert.Equal(t, "v42", data(t, got)[deployedstate.AttributeVersionLabel])
			},
		},
		{
			name: "but never under the label that the first was created with",
			given: scenario{
				Events: []event{create}, RemainingMs: longEnough,
				AWS: account(map[string][]reply{
					"DescribeEnvironments":     {environments(first("Launching", "bootstrap-shop-live-0123456789ab", stable))},
					"CreateApplicationVersion": {unreadable, unreadable, {}},
				}),
			},
			holds: func(t *testing.T, got result) {
				assert.Regexp(t, "^bootstrap-shop-green-", data(t, got)[deployedstate.AttributeVersionLabel])
			},
		},
		{
			name: "or with the placeholder when the first is on its way out",
			given: scenario{
				Events: []event{create}, RemainingMs: longEnough,
				AWS: runs(environments(first("Terminating", "v42", stable))),
			},
			holds: bootstraps,
		},
		{
			name: "though a standby under a new name starts with what the old one runs",
			given: scenario{
				Events: []event{update(map[string]any{
					deployedstate.PropertyEnvironmentName: "shop-blue",
					deployedstate.PropertyStartFrom:       "shop-first",
				})},
				RemainingMs: longEnough, AWS: runs(environments(environment("Ready", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				copies(t, got, "shop-blue", "v42")
				names := got.input(t, "DescribeEnvironments")["EnvironmentNames"]
				assert.Equal(t, []any{"shop-blue", "shop-live", "shop-first"}, names)
			},
		},
		{
			name: "unless it is told to start from itself",
			given: scenario{
				Events: []event{request("Create", map[string]any{
					deployedstate.PropertyStartFrom: "shop-live",
				})},
				RemainingMs: longEnough,
				AWS: runs(
					environments(environment("Launching", "v41")), environments(environment("Ready", "v42")),
				),
			},
			holds: func(t *testing.T, got result) {
				keeps(t, got)
				names := got.input(t, "DescribeEnvironments")["EnvironmentNames"]
				assert.Equal(t, []any{"shop-live"}, names)
			},
		},
	})
}
