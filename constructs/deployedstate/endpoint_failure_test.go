package deployedstate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

func TestEndpointFailuresSayWhatFailedAndItsCure(t *testing.T) {
	t.Parallel()
	one, two := endpoint("Create", firstOnly()), endpoint("Create", nil)
	alone := environments(first("Ready", "v42", stable))
	wrong := func(changes map[string]any) scenario { return asks(endpoint("Create", changes), alone) }
	keep(t, []promise{
		{
			name:  "an environment is missing",
			given: asks(two, alone),
			holds: func(t *testing.T, got result) {
				failed("application shop has no environment shop-green, or the function may not see it", "restore it")(t, got)
				assert.Len(t, got.Pauses, 3, "it looks several times")
			},
		},
		{
			name:  "the only environment has no address",
			given: asks(one, environments(environment("Ready", "v42"))),
			holds: failed("the address of shop cannot be told: shop-live has the CNAME (none)", "deploy again"),
		},
		{
			name:  "two environments with addresses that make no sense",
			given: asks(two, environments(first("Ready", "v42", stable), standby("Ready", "v43", stable))),
			holds: failed("shop-live has the CNAME "+stable+", shop-green has the CNAME "+stable+", of which one has to "+
				"begin with shop-green", "aws elasticbeanstalk describe-environments --application-name shop"),
		},
		{
			name: "no load balancer has the address",
			given: asks(endpoint("Create", map[string]any{
				deployedstate.PropertyEnvironmentNames: []any{"shop-live"},
				deployedstate.PropertyEndpointURLs:     []any{"203.0.113.7"},
			}), alone),
			holds: failed("no Application Load Balancer of this account and region has the address 203.0.113.7",
				"the endpoint of environment shop-live", "aws elasticbeanstalk describe-environment-resources "+
					"--environment-name shop-live"),
		},
		{
			name:  "a load balancer has no target group",
			given: withReplies(asks(one, alone), "DescribeTargetGroups", reply{}),
			holds: failed("load balancer "+balancing+"loadbalancer/app/live/50dc6c495c0c9188 of environment shop-live has no "+
				"target group", "rebuild-environment --environment-name shop-live"),
		},
		{
			name: "throttled",
			given: withReplies(asks(one, alone), "DescribeLoadBalancers", reply{
				Error: "Throttling", Message: "Rate exceeded",
			}),
			holds: failed("DescribeLoadBalancers on this account and region failed with Throttling: Rate exceeded",
				"wait a few minutes and deploy again"),
		},
		{
			name: "not allowed to list target groups",
			given: withReplies(asks(one, alone), "DescribeTargetGroups", reply{
				Error: "AccessDenied", Message: "User: arn:aws:sts::1:assumed-role/r is not authorized",
			}),
			holds: failed("DescribeTargetGroups on load balancer "+balancing,
				"let the role of the function do elasticloadbalancing:DescribeTargetGroups"),
		},
		{
			name: "properties that cannot be used, all of them at once",
			given: wrong(map[string]any{
				deployedstate.PropertyApplicationName: "", deployedstate.PropertyEnvironmentNames: "shop-live",
				deployedstate.PropertyWaitSeconds: "soon",
			}),
			holds: failed("ApplicationName is missing; EnvironmentNames must list one or two names, got "+
				`"shop-live"; WaitSeconds must be a number of seconds, got "soon"`, "correct them in the template"),
		},
		{
			name:  "three environments",
			given: wrong(map[string]any{deployedstate.PropertyEnvironmentNames: []any{"a", "b", "c"}}),
			holds: failed(`EnvironmentNames must list one or two names, got ["a","b","c"]`),
		},
		{
			name:  "an endpoint is missing",
			given: wrong(map[string]any{deployedstate.PropertyEndpointURLs: []any{firstHost}}),
			holds: failed("EndpointURLs must list as many as EnvironmentNames (2), got"),
		},
		{
			name: "names of any length",
			given: wrong(map[string]any{
				deployedstate.PropertyEnvironmentNames: []any{"shop-live", strings.Repeat("long", 500)},
			}),
			holds: failed("has no environment longlong"),
		},
		{
			name: "an application of any length",
			given: asks(endpoint("Create", map[string]any{
				deployedstate.PropertyApplicationName: strings.Repeat("long", 500),
			}), environments(environment("Ready", "v42"), standby("Ready", "v41", idle))),
			holds: failed("the address of longlong", "look for a swap"),
		},
	})
}
