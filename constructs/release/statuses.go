package release

import "slices"

// balancerFailures are the causes that lie with the application and its instances (User Guide,
// "Troubleshoot your Application Load Balancers"). A client alone can cause 501, by an unknown
// Transfer-Encoding, and 505; 507 and 561 come from rules that Elastic Beanstalk does not make.
var balancerFailures = []int{500, 502, 503, 504}

// BalancerFailures are the 5xx statuses of an Application Load Balancer that count against a release.
// Each has a metric of its own, HTTPCode_ELB_500_Count and so on. Of what the application responds with,
// all 5xx statuses count: CloudWatch does not tell them apart.
func BalancerFailures() []int { return slices.Clone(balancerFailures) }

// CountsAgainst tells whether a response counts against a release, by its status and by whether the
// application sent it or the load balancer.
func CountsAgainst(status int, byApplication bool) bool {
	if byApplication {
		return status >= 500
	}
	return slices.Contains(balancerFailures, status)
}
