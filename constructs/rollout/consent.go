package rollout

import (
	"fmt"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// aReason stands for what a person has to say.
const aReason = "what a person has to say"

// consent are the rules about switches that relax safety: each needs a reason, and something to
// relax.
var consent = []rule{
	{"rollout/nothing-to-allow", "AllowDowntime", func(p Policy) (string, cure) {
		if !p.AllowDowntime || len(p.broken(downtime)) > 0 {
			return "", nil
		}
		return fmt.Sprintf("there is no downtime to allow: %s leaves %d of %d instances in service", p.Method, p.Floor(), p.Fleet.Min),
			func(t trial) []Way { return []Way{t.noDowntime()} }
	}},
	{"rollout/downtime-without-reason", "DowntimeReason", func(p Policy) (string, cure) {
		if !p.AllowDowntime || isReason(p.DowntimeReason) || len(p.broken(downtime)) == 0 {
			return "", nil
		}
		return "downtime is allowed without a reason" + notOne(p.DowntimeReason), func(t trial) []Way {
			return []Way{set("DowntimeReason", aReason), t.noDowntime()}
		}
	}},
	{"rollout/reason-without-downtime", "AllowDowntime", func(p Policy) (string, cure) {
		if p.AllowDowntime || p.DowntimeReason == "" {
			return "", nil
		}
		return "a reason for downtime is given but downtime is not allowed", only(set("AllowDowntime", true), set("DowntimeReason", ""))
	}},
	{"rollout/ignore-health-check-without-reason", "IgnoreHealthCheckReason", func(p Policy) (string, cure) {
		if !p.IgnoreHealthCheck || isReason(p.IgnoreHealthCheckReason) {
			return "", nil
		}
		remove := set("IgnoreHealthCheck", false)
		if p.IgnoreHealthCheckReason != "" {
			remove = remove.and(set("IgnoreHealthCheckReason", ""))
		}
		return "health checks are ignored without a reason" + notOne(p.IgnoreHealthCheckReason), only(set("IgnoreHealthCheckReason", aReason), remove)
	}},
	{"rollout/reason-without-ignore-health-check", "IgnoreHealthCheck", func(p Policy) (string, cure) {
		if p.IgnoreHealthCheck || p.IgnoreHealthCheckReason == "" {
			return "", nil
		}
		return "a reason to ignore health checks is given but they are not ignored",
			only(set("IgnoreHealthCheck", true), set("IgnoreHealthCheckReason", ""))
	}},
}

func isReason(text string) bool { return text != "" && limits.Reason(text, "") == nil }

// notOne adds the text that is not a reason.
func notOne(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return fmt.Sprintf(" (%s is a refusal or explains nothing; use two words or more)", limits.Quote(text))
}

// noDowntime takes the consent to downtime back.
func (t trial) noDowntime() Way {
	w := set("AllowDowntime", false)
	if t.DowntimeReason != "" {
		w = w.and(set("DowntimeReason", ""))
	}
	return w
}

// downtime are the rules that AllowDowntime sets aside.
var downtime = []rule{
	{"rollout/all-at-once", "Method", func(p Policy) (string, cure) {
		if p.Method != AllAtOnce {
			return "", nil
		}
		return fmt.Sprintf("AllAtOnce leaves 0 of %d instances in service", p.Fleet.Min), func(t trial) []Way {
			// Those that need the fewest instances first.
			other := t.firstTaken(t.to(Rolling), t.to(RollingWithAdditionalBatch), t.to(Immutable))
			return append(other, set("AllowDowntime", true).and(set("DowntimeReason", aReason)))
		}
	}},
	{"rollout/batch-takes-all", "BatchSize", func(p Policy) (string, cure) {
		if p.Method != Rolling || p.BatchSize < p.Fleet.Min {
			return "", nil
		}
		return fmt.Sprintf("Rolling with batch %d of minimum %d leaves 0 instances in service", p.BatchSize, p.Fleet.Min),
			func(t trial) []Way {
				return []Way{t.smallerBatch(), t.largerMinimum(), t.to(RollingWithAdditionalBatch)}
			}
	}},
	{"rollout/configuration-update-takes-all", "Fleet.Max", func(p Policy) (string, cure) {
		if p.ConfigurationFloor() > 0 {
			return "", nil
		}
		return fmt.Sprintf("a change of settings with maximum %d leaves 0 instances in service, for there is no room for a replacement", p.Fleet.Max),
			func(t trial) []Way { return []Way{t.roomToReplace(), t.to(Immutable)} }
	}},
}

const ignored = "a release goes on to the next instances, and counts as deployed, when those before are not healthy"

// blind are the rules that IgnoreHealthCheck sets aside.
var blind = []rule{
	{"rollout/ignore-health-check", "IgnoreHealthCheck", func(p Policy) (string, cure) {
		if !p.IgnoreHealthCheck {
			return "", nil
		}
		return ignored, nil
	}},
}
