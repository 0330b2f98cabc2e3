package rollout

import (
	"fmt"
	"slices"
	"strings"
)

// Method is a way to bring a new version onto a fleet. All but [BlueGreen] are values of
// Beanstalk's option DeploymentPolicy.
type Method string

// The deployment methods, fastest first.
const (
	// AllAtOnce updates every instance at the same time. No instance serves meanwhile.
	AllAtOnce Method = "AllAtOnce"
	// Rolling takes one batch after the other out of the load balancer and updates it in place.
	Rolling Method = "Rolling"
	// RollingWithAdditionalBatch launches one more batch first, so that capacity never drops.
	RollingWithAdditionalBatch Method = "RollingWithAdditionalBatch"
	// Immutable launches a second fleet beside the first and removes the first when it is healthy.
	Immutable Method = "Immutable"
	// TrafficSplitting is Immutable with a share of the traffic on trial first.
	TrafficSplitting Method = "TrafficSplitting"
	// BlueGreen deploys to a second environment, which is always there, and swaps the addresses of
	// the two.
	BlueGreen Method = "BlueGreen"
)

// Methods lists every method, fastest first.
func Methods() []Method {
	return []Method{AllAtOnce, Rolling, RollingWithAdditionalBatch, Immutable, TrafficSplitting, BlueGreen}
}

// batches tells whether the method works through the fleet in batches of BatchSize.
func (m Method) batches() bool { return m == Rolling || m == RollingWithAdditionalBatch }

// matchingUpdates is the configuration-update type that matches the method. Beanstalk refuses an update of options
// and version together if one of RollingUpdateType and DeploymentPolicy is Immutable and the other is
// not (its event: "To enable immutable config and application deployments together, you must set both"),
// and CloudFormation may send both.
func (m Method) matchingUpdates() Method {
	if m == Immutable {
		return Immutable
	}
	return Rolling
}

// traits are what AWS documents of a method and a plan cannot show.
type traits struct{ speed, rollback, failure string }

// documented is, per method, the content of AWS's comparison of deployment policies
// (Elastic Beanstalk Developer Guide, "Deploying applications to Elastic Beanstalk environments").
var documented = map[Method]traits{
	AllAtOnce: {"1", "redeploy", "downtime"},
	Rolling: {"2, by batch size", "redeploy",
		"one batch out of service, earlier batches on the new version"},
	RollingWithAdditionalBatch: {"3, by batch size", "redeploy",
		"minimal if the first batch fails, else like Rolling"},
	Immutable: {"4", "redeploy (new instances are terminated)", "minimal"},
	TrafficSplitting: {"4, plus evaluation time", "traffic back to the old fleet",
		"the share of traffic that was on the new version"},
	BlueGreen: {"5", "swap URL", "minimal"},
}

// MethodTable renders the comparison of all methods as a Markdown table. Whether a method has
// downtime, and where it deploys to, is read off its plan for a fleet of two.
func MethodTable() string {
	var b strings.Builder
	b.WriteString("| method | deploy time (1 fastest) | zero downtime | rollback | code deployed to | a failed deployment leaves |\n")
	b.WriteString("|---|---|---|---|---|---|\n")
	for _, m := range Methods() {
		plan := Policy{Method: m}.Plan()
		zero := "no"
		if plan.Floor() > 0 {
			zero = "yes"
		}
		t := documented[m]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", m, t.speed, zero, t.rollback, plan.target(), t.failure)
	}
	return b.String()
}

// known tells whether m is one of [Methods].
func (m Method) known() bool { return slices.Contains(Methods(), m) }
