package rollout

import (
	"fmt"
	"strings"
)

// consent are the rules about switches that relax safety: each needs a reason.
var consent = []rule{
	{"rollout/downtime-without-reason", "DowntimeReason", func(p Policy) (string, string) {
		if !p.AllowDowntime || strings.TrimSpace(p.DowntimeReason) != "" {
			return "", ""
		}
		return "downtime is allowed without a reason", "say why in downtimeReason, or remove allowDowntime"
	}},
	{"rollout/reason-without-downtime", "AllowDowntime", func(p Policy) (string, string) {
		if p.AllowDowntime || p.DowntimeReason == "" {
			return "", ""
		}
		return "a reason for downtime is given but downtime is not allowed", "set allowDowntime to true, or remove downtimeReason"
	}},
	{"rollout/ignore-health-check-without-reason", "IgnoreHealthCheckReason", func(p Policy) (string, string) {
		if !p.IgnoreHealthCheck || strings.TrimSpace(p.IgnoreHealthCheckReason) != "" {
			return "", ""
		}
		return "health checks are ignored without a reason", "say why in ignoreHealthCheckReason, or remove ignoreHealthCheck"
	}},
	{"rollout/reason-without-ignore-health-check", "IgnoreHealthCheck", func(p Policy) (string, string) {
		if p.IgnoreHealthCheck || p.IgnoreHealthCheckReason == "" {
			return "", ""
		}
		return "a reason to ignore health checks is given but they are not ignored", "set ignoreHealthCheck to true, or remove ignoreHealthCheckReason"
	}},
}

// downtime are the rules that AllowDowntime sets aside.
var downtime = []rule{
	{"rollout/all-at-once", "Method", func(p Policy) (string, string) {
		if p.Method != AllAtOnce {
			return "", ""
		}
		return fmt.Sprintf("AllAtOnce leaves 0 of %d instances in service", p.Fleet.Min),
			"use " + string(p.cheapest()) + ", or set allowDowntime to true and say why in downtimeReason"
	}},
	{"rollout/batch-takes-all", "BatchSize", func(p Policy) (string, string) {
		if p.Method != Rolling || p.BatchSize < p.Fleet.Min {
			return "", ""
		}
		return fmt.Sprintf("Rolling with batch %d of minimum %d leaves 0 instances in service", p.BatchSize, p.Fleet.Min),
			p.use(p.smallerBatch(), p.largerMinimum(), to(RollingWithAdditionalBatch))
	}},
	{"rollout/configuration-update-takes-all", "Fleet.Max", func(p Policy) (string, string) {
		if p.ConfigurationFloor() > 0 {
			return "", ""
		}
		return fmt.Sprintf("a change of settings with maximum %d leaves 0 instances in service, for there is no room for a replacement", p.Fleet.Max),
			p.use(p.roomToReplace(), remedy{"configuration updates Immutable", func(p *Policy) { p.ConfigurationUpdates = Immutable }})
	}},
}

// cheapest is the first method without downtime that suits the policy, those that need the fewest
// instances first.
func (p Policy) cheapest() Method {
	for _, m := range []Method{Rolling, RollingWithAdditionalBatch, Immutable} {
		q := p
		to(m).do(&q)
		if q.sound() {
			return m
		}
	}
	return Rolling
}

// blind are the rules that IgnoreHealthCheck sets aside.
var blind = []rule{
	{"rollout/ignore-health-check", "IgnoreHealthCheck", func(p Policy) (string, string) {
		if !p.IgnoreHealthCheck {
			return "", ""
		}
		return "a release goes on to the next instances, and counts as deployed, when those before are not healthy", "remove ignoreHealthCheck"
	}},
}
