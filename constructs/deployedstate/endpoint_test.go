package deployedstate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

func TestEndpoint(t *testing.T) {
	t.Parallel()
	idleFirst := first("Ready", "v42", stable)
	one, two := endpoint("Create", firstOnly()), endpoint("Create", nil)
	quiet := environments(idleFirst, standby("Ready", "v41", idle))
	swapped := environments(first("Ready", "v42", idle), standby("Ready", "v43", stable))

	keep(t, []promise{
		{
			name:  "of one environment",
			given: asks(one, environments(idleFirst)),
			holds: func(t *testing.T, got result) {
				assert.Equal(t, map[string]any{
					"CNAME": stable, "LoadBalancer0": "app/live/50dc6c495c0c9188",
					"TargetGroup0": "targetgroup/live/73e2d6bc24d8a067",
				}, data(t, got))
				assert.Equal(t, "shop-live at "+stable, got.answer(t)["Reason"])
				assert.Equal(t, []string{"DescribeEnvironments", "DescribeLoadBalancers", "DescribeTargetGroups"}, got.names())
				assert.Equal(t, map[string]any{
					"ApplicationName": "shop", "EnvironmentNames": []any{"shop-live"}, "IncludeDeleted": false,
				}, got.input(t, "DescribeEnvironments"))
				assert.Equal(t, map[string]any{"LoadBalancerArn": balancing + "loadbalancer/app/live/50dc6c495c0c9188"},
					got.input(t, "DescribeTargetGroups"))
			},
		},
		{
			name: "of two environments, the same before and after a swap",
			given: scenario{
				Events: []event{two, endpoint("Update", nil)}, RemainingMs: longEnough, AWS: balanced(quiet, swapped),
			},
			holds: func(t *testing.T, got result) {
				require.Len(t, got.Answers, 2)
				for _, answer := range got.Answers {
					assert.Equal(t, map[string]any{
						deployedstate.AttributeCNAME:           stable,
						deployedstate.AttributeLoadBalancer(0): "app/live/50dc6c495c0c9188",
						deployedstate.AttributeTargetGroup(0):  "targetgroup/live/73e2d6bc24d8a067",
						deployedstate.AttributeLoadBalancer(1): "app/green/6d0ecf831eec9f09",
						deployedstate.AttributeTargetGroup(1):  "targetgroup/green/943f017f100becff",
					}, answer["Data"])
				}
			},
		},
		{
			name:  "of one that was two, when the first is live",
			given: asks(shrinks(), quiet),
			holds: hasCNAME(stable, 0),
		},
		{
			name:  "of one that was two, not when a release has made the standby live meanwhile",
			given: asks(shrinks(), swapped),
			holds: failed("takes away the environment shop-green, which is live with version v43", "nothing was changed"),
		},
		{
			name:  "of two environments with addresses of the older form",
			given: asks(two, environments(first("Ready", "v42", oldIdle), standby("Ready", "v43", oldStable))),
			holds: hasCNAME(oldStable, 0),
		},
		{
			name:  "of the first that is left has the address it has",
			given: asks(endpoint("Update", firstOnly()), environments(idleFirst)),
			holds: hasCNAME(stable, 0),
		},
		{
			name: "is found whatever the letters of the load balancers' addresses, and for IPv6",
			given: asks(endpoint("Create", map[string]any{deployedstate.PropertyEndpointURLs: []any{
				strings.ToUpper(firstHost), "DualStack." + standbyHost,
			}}), quiet),
			holds: hasCNAME(stable, 0),
		},
		{
			name:  "waits until the environments are listed and a swap is over",
			given: asks(two, environments(), environments(first("Updating", "v42", idle), standby("Updating", "v43", idle)), swapped),
			holds: hasCNAME(stable, 2),
		},
		{
			name:  "looks again when the addresses make no sense",
			given: asks(two, environments(idleFirst, standby("Ready", "v43", stable)), swapped),
			holds: hasCNAME(stable, 1),
		},
		{
			name:  "reports what is known when a release outlasts the function",
			given: asks(two, environments(idleFirst, standby("Updating", "v41", idle))),
			holds: hasCNAME(stable, 56),
		},
		{
			name: "takes the first of several target groups by name, on whatever page it is",
			given: withReplies(asks(one, environments(idleFirst)), "DescribeTargetGroups",
				targetGroups("more", "live-2/1", "live-3/1"), targetGroups("", "live-1/2")),
			holds: func(t *testing.T, got result) {
				assert.Equal(t, "targetgroup/live-1/2", data(t, got)[deployedstate.AttributeTargetGroup(0)])
			},
		},
		{
			name: "is found on the second page of load balancers",
			given: withReplies(asks(one, environments(idleFirst)), "DescribeLoadBalancers",
				loadBalancers("more", "green/6d0ecf831eec9f09", standbyHost),
				loadBalancers("", "live/50dc6c495c0c9188", firstHost)),
			holds: func(t *testing.T, got result) {
				assert.Equal(t, "app/live/50dc6c495c0c9188", data(t, got)[deployedstate.AttributeLoadBalancer(0)])
				assert.Equal(t, []string{"DescribeEnvironments", "DescribeLoadBalancers", "DescribeLoadBalancers",
					"DescribeTargetGroups"}, got.names())
				assert.Equal(t, map[string]any{"Marker": "more"}, got.Calls[2].Input)
			},
		},
		{
			name:  "is as patient with throttling as everything else",
			given: asks(two, quiet),
			holds: func(t *testing.T, got result) {
				assert.Len(t, got.Calls, 4)
				for _, c := range got.Calls {
					assert.Equal(t, map[string]any{"maxAttempts": 8.0, "retryMode": "standard"}, c.Config, c.Call)
				}
			},
		},
		{
			name: "never changes its physical ID, which is not that of the other resource",
			given: scenario{
				Events: []event{one, endpoint("Update", firstOnly()), endpoint("Delete", nil)}, RemainingMs: longEnough,
				AWS: balanced(environments(idleFirst)),
			},
			holds: func(t *testing.T, got result) {
				require.Len(t, got.Answers, 3)
				for _, answer := range got.Answers {
					assert.Equal(t, "SUCCESS", answer["Status"], answer["Reason"])
					assert.Equal(t, "endpoint", answer["PhysicalResourceId"])
				}
			},
		},
		{
			name:  "undoes nothing on deletion",
			given: scenario{Events: []event{endpoint("Delete", nil)}, RemainingMs: longEnough},
			holds: succeedsWithoutCalls,
		},
	})
}

func TestAttributesCount(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "LoadBalancer1", deployedstate.AttributeLoadBalancer(1))
	assert.Equal(t, "TargetGroup1", deployedstate.AttributeTargetGroup(1))
}

func hasCNAME(want string, pauses int) func(*testing.T, result) {
	return func(t *testing.T, got result) {
		assert.Equal(t, want, data(t, got)[deployedstate.AttributeCNAME])
		assert.Len(t, got.Pauses, pauses)
	}
}
