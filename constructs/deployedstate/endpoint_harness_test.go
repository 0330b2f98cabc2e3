package deployedstate_test

import (
	"maps"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

const (
	firstHost   = "awseb-shop-live-1234567890.eu-west-1.elb.amazonaws.com"
	standbyHost = "awseb-shop-green-987654321.eu-west-1.elb.amazonaws.com"

	balancing = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:"
)

// endpoint returns an event for the endpoint of both environments, with some properties changed.
func endpoint(kind string, changes map[string]any) event {
	properties := map[string]any{
		deployedstate.PropertyApplicationName:  "shop",
		deployedstate.PropertyEnvironmentNames: []any{"shop-live", "shop-green"},
		deployedstate.PropertyEndpointURLs:     []any{firstHost, standbyHost},
		deployedstate.PropertySettings:         []any{"3f786850"},
	}
	maps.Copy(properties, changes)
	return event{
		"RequestType": kind, "RequestId": "request-1", "LogicalResourceId": "Endpoint",
		"StackId":            "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1",
		"ResourceType":       deployedstate.ResourceTypeEndpoint,
		"ResourceProperties": properties,
	}
}

func firstOnly() map[string]any {
	return map[string]any{
		deployedstate.PropertyEnvironmentNames: []any{"shop-live"},
		deployedstate.PropertyEndpointURLs:     []any{firstHost},
	}
}

// shrinks returns the event of a template that takes the standby away.
func shrinks() event {
	e := endpoint("Update", firstOnly())
	e["OldResourceProperties"] = endpoint("Update", nil)["ResourceProperties"]
	return e
}

// asks returns the scenario of one event, with environments that are described so one after the
// other.
func asks(e event, described ...reply) scenario {
	return scenario{Events: []event{e}, RemainingMs: longEnough, AWS: balanced(described...)}
}

func withReplies(s scenario, call string, replies ...reply) scenario {
	s.AWS[call] = replies
	return s
}

// balanced returns the replies of an account with a load balancer for each environment, among others.
func balanced(described ...reply) map[string][]reply {
	return account(map[string][]reply{
		"DescribeEnvironments": described,
		"DescribeLoadBalancers": {loadBalancers("", "blog/1", "blog.elb.amazonaws.com",
			"green/6d0ecf831eec9f09", standbyHost, "live/50dc6c495c0c9188", firstHost)},
		"DescribeTargetGroups": {
			targetGroups("", "live/73e2d6bc24d8a067"), targetGroups("", "green/943f017f100becff"),
			targetGroups("", "live/73e2d6bc24d8a067"), targetGroups("", "green/943f017f100becff"),
		},
	})
}

// loadBalancers returns a page of load balancers, given by name and address in turns.
func loadBalancers(next string, all ...string) reply {
	var list []any
	for i := 0; i < len(all); i += 2 {
		list = append(list, map[string]any{
			"LoadBalancerArn": balancing + "loadbalancer/app/" + all[i], "DNSName": all[i+1],
		})
	}
	return page("LoadBalancers", list, next)
}

func targetGroups(next string, names ...string) reply {
	var list []any
	for _, name := range names {
		list = append(list, map[string]any{"TargetGroupArn": balancing + "targetgroup/" + name})
	}
	return page("TargetGroups", list, next)
}

func page(name string, list []any, next string) reply {
	output := map[string]any{name: list}
	if next != "" {
		output["NextMarker"] = next
	}
	return reply{Output: output}
}
