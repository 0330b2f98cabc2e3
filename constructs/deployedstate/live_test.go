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
			holds: func(t *testing.T, got result) { reports(t, got, older, "v42") },
		},
		{
			name: "keeps what a live environment runs",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: runs(environments(environment("Ready", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				reports(t, got, older, "v42")
				assert.Equal(t, []string{"DescribeEnvironments"}, got.names())
				assert.Equal(t, map[string]any{
					"ApplicationName": "shop", "EnvironmentNames": []any{"shop-live"},
					"IncludeDeleted": false,
				}, got.input(t, "DescribeEnvironments"))
				assert.Empty(t, got.Pauses)
			},
		},
		{
			name: "keeps what a live environment runs when the resource is new to its stack",
			given: scenario{
				Events: []event{request("Create", nil)}, RemainingMs: longEnough,
				AWS: runs(environments(environment("Ready", "v42"))),
			},
			holds: func(t *testing.T, got result) { reports(t, got, older, "v42") },
		},
		{
			name: "waits for a release under way and reports its outcome",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: runs(
					environments(environment("Updating", "v42")),
					environments(environment("Aborting", "v43")),
					environments(environment("Ready", "v43")),
				),
			},
			holds: func(t *testing.T, got result) {
				reports(t, got, older, "v43")
				assert.Equal(t, []int{15_000, 15_000}, got.Pauses)
			},
		},
		{
			name: "reports what is live when the release outlasts the function",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: runs(environments(environment("Updating", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				reports(t, got, older, "v42")
				assert.Len(t, got.Pauses, 56, "14 minutes of 15")
				assert.Contains(t, strings.Join(got.Log, "\n"), "waited long enough")
			},
		},
		{
			name: "waits no longer than the template wants",
			given: scenario{
				Events:      []event{update(map[string]any{deployedstate.PropertyWaitSeconds: "45"})},
				RemainingMs: longEnough, AWS: runs(environments(environment("Updating", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				reports(t, got, older, "v42")
				assert.Len(t, got.Pauses, 3)
			},
		},
		{
			name: "starts again when the environment is gone",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: runs(environments(environment("Terminating", "v42"), environment("Terminated", "v41"))),
			},
			holds: bootstraps,
		},
		{
			name: "puts the bootstrap version over a sample application, on the platform it has",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough,
				AWS: runs(environments(environment("Launching", "")), environments(environment("Ready", ""))),
			},
			holds: func(t *testing.T, got result) {
				assert.Equal(t, older, data(t, got)[deployedstate.AttributePlatformArn])
				assert.Regexp(t, `^bootstrap-[0-9a-f]{12}$`, data(t, got)[deployedstate.AttributeVersionLabel])
				assert.NotContains(t, got.names(), "ListPlatformVersions")
			},
		},
		{
			name: "starts an environment under a new name with what the old one runs",
			given: scenario{
				Events:      []event{update(map[string]any{deployedstate.PropertyEnvironmentName: "shop-2"})},
				RemainingMs: longEnough, AWS: runs(environments(environment("Ready", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				reports(t, got, older, "v42")
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
