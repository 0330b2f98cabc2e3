package deployedstate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

func TestLiveEnvironment(t *testing.T) {
	t.Parallel()
	keep(t, []promise{
		{
			name: "believes that there is no environment only after several looks",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: runs(environments(), environments(), environments(environment("Ready", "v42"))),
			},
			holds: func(t *testing.T, got result) { keeps(t, got) },
		},
		{
			name: "names neither version nor platform for an environment that exists",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: runs(environments(environment("Ready", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				keeps(t, got)
				assert.Equal(t, []string{"DescribeEnvironments", "DescribeApplicationVersions"}, got.names())
				assert.Equal(t, map[string]any{
					"ApplicationName": "shop", "EnvironmentNames": []any{"shop-live"},
					"IncludeDeleted": false,
				}, got.input(t, "DescribeEnvironments"))
				assert.Empty(t, got.Pauses)
			},
		},
		{
			// CloudFormation may ask again, with the properties of before, or take the answer of before.
			name: "names neither in an update, nor in its rollback",
			given: scenario{
				Events: []event{update(map[string]any{deployedstate.PropertySettings: "new"}), update(nil)}, RemainingMs: longEnough,
				AWS: runs(environments(environment("Ready", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				assert.Len(t, got.Answers, 2)
				for _, answer := range got.Answers {
					assert.Equal(t, map[string]any{
						deployedstate.AttributePlatformArn: deployedstate.Keep, deployedstate.AttributeVersionLabel: deployedstate.Keep,
					}, answer["Data"])
				}
			},
		},
		{
			name: "names neither when the resource is new to its stack",
			given: scenario{
				Events: []event{request("Create", nil)}, RemainingMs: longEnough,
				AWS: runs(environments(environment("Ready", "v42"))),
			},
			holds: func(t *testing.T, got result) { keeps(t, got) },
		},
		{
			name: "waits for a release under way",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: runs(
					environments(environment("Updating", "v42")),
					environments(environment("Aborting", "v43")),
					environments(environment("Ready", "v43")),
				),
			},
			holds: func(t *testing.T, got result) {
				keeps(t, got)
				assert.Equal(t, []int{15_000, 15_000}, got.Pauses)
			},
		},
		{
			// The nested stack would roll itself back at once, and be refused again.
			name: "fails before anything is changed when the release outlasts the function",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: runs(environments(environment("Updating", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				failed("shop-live is Updating", "nothing was changed", "wait until shop-live is Ready and deploy again")(t, got)
				assert.Len(t, got.Pauses, 56, "14 minutes of 15")
				assert.Contains(t, strings.Join(got.Log, "\n"), "waited long enough")
				assert.Equal(t, map[string]any{"StackName": "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1"},
					got.input(t, "DescribeStacks"))
			},
		},
		{
			name: "lets a rollback go on while a release is under way",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: account(map[string][]reply{
					"DescribeEnvironments": {environments(environment("Updating", "v42"))},
					"DescribeStacks":       {stackIs("UPDATE_ROLLBACK_IN_PROGRESS")},
				}),
			},
			holds: keeps,
		},
		{
			name: "lets an update go on whose direction is not known",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: account(map[string][]reply{
					"DescribeEnvironments": {environments(environment("Updating", "v42"))},
					"DescribeStacks":       {{Error: "AccessDenied", Message: "no"}},
				}),
			},
			holds: keeps,
		},
		{
			name: "waits no longer than the template wants",
			given: scenario{
				Events:      []event{update(map[string]any{deployedstate.PropertyWaitSeconds: "45"})},
				RemainingMs: longEnough, AWS: runs(environments(environment("Updating", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				failed("shop-live is Updating")(t, got)
				assert.Len(t, got.Pauses, 3)
			},
		},
		{
			// CloudFormation would not create it again: it was terminated by hand, and can be restored.
			name: "names neither when the environment is gone",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: runs(environments(environment("Terminating", "v42"), environment("Terminated", "v41"))),
			},
			holds: keeps,
		},
		{
			name: "starts an environment under a new name with what the old one runs",
			given: scenario{
				Events:      []event{update(map[string]any{deployedstate.PropertyEnvironmentName: "shop-2"})},
				RemainingMs: longEnough, AWS: runs(environments(environment("Ready", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				copies(t, got, "shop-2", "v42")
				names := got.input(t, "DescribeEnvironments")["EnvironmentNames"]
				assert.Equal(t, []any{"shop-2", "shop-live"}, names)
			},
		},
		{
			name: "carries nothing over from another application",
			given: scenario{
				Events: []event{update(map[string]any{
					deployedstate.PropertyApplicationName: "blog",
					deployedstate.PropertyEnvironmentName: "blog-live",
				})},
				RemainingMs: longEnough, AWS: runs(environments(environment("Ready", "v42"))),
			},
			holds: bootstraps,
		},
	})
}
