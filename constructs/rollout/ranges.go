package rollout

import (
	"fmt"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// ranges are the limits that Beanstalk documents for single options.
var ranges = []rule{
	{"rollout/unknown-method", "Method", func(p Policy) (string, cure) {
		if p.Method.known() {
			return "", nil
		}
		return "unknown method " + limits.Quote(string(p.Method)), func(t trial) []Way {
			var ways []Way
			for _, m := range Methods() {
				if m != AllAtOnce || p.AllowDowntime {
					ways = append(ways, set("Method", m))
				}
			}
			return ways
		}
	}},
	{"rollout/unknown-configuration-update", "ConfigurationUpdates", func(p Policy) (string, cure) {
		if p.ConfigurationUpdates == Rolling || p.ConfigurationUpdates == Immutable {
			return "", nil
		}
		return "unknown way to update the configuration " + limits.Quote(string(p.ConfigurationUpdates)), func(trial) []Way {
			return []Way{{{"ConfigurationUpdates", Rolling, true}}, {{"ConfigurationUpdates", Immutable, true}}}
		}
	}},
	{"rollout/minimum-range", "Fleet.Min", number("minimum", func(p Policy) int { return p.Fleet.Min }, 1, 10000)},
	{"rollout/maximum-range", "Fleet.Max", number("maximum", func(p Policy) int { return p.Fleet.Max }, 1, 10000)},
	{"rollout/fleet-order", "Fleet.Max", func(p Policy) (string, cure) {
		if p.Fleet.Min <= p.Fleet.Max || p.Fleet.Max < 1 {
			return "", nil
		}
		return fmt.Sprintf("minimum %d is above maximum %d", p.Fleet.Min, p.Fleet.Max), func(t trial) []Way {
			return t.firstTaken(t.resize(p.Fleet.Min, p.Fleet.Min), t.resize(p.Fleet.Max, p.Fleet.Max))
		}
	}},
	{"rollout/desired-range", "Fleet.Desired", func(p Policy) (string, cure) {
		if p.Fleet.Min < 1 || p.Fleet.Min > p.Fleet.Max || p.Fleet.Desired >= p.Fleet.Min && p.Fleet.Desired <= p.Fleet.Max {
			return "", nil
		}
		return fmt.Sprintf("desired %d is outside %d to %d", p.Fleet.Desired, p.Fleet.Min, p.Fleet.Max),
			only(set("Fleet.Desired", min(max(p.Fleet.Desired, p.Fleet.Min), p.Fleet.Max)))
	}},
	{"rollout/single-zone", "Fleet.Zones", func(p Policy) (string, cure) {
		if p.Fleet.Zones >= 2 || p.Fleet.Min < 1 {
			return "", nil
		}
		return fmt.Sprintf("all %d instances are in one zone and go down with it", p.Fleet.Min), only(set("Fleet.Zones", 2))
	}},
	{"rollout/min-in-service-range", "MinInService", func(p Policy) (string, cure) {
		if p.MinInService == 0 { // of a fleet of one instance
			return "", nil
		}
		return number("instances in service", func(p Policy) int { return p.MinInService }, 1, 9999)(p)
	}},
	{"rollout/scale-out-range", "Fleet.ScaleOut", number("scale-out", func(p Policy) int { return p.Fleet.ScaleOut }, 1, 99)},
	{"rollout/scale-in-range", "Fleet.ScaleIn", number("scale-in", func(p Policy) int { return p.Fleet.ScaleIn }, 1, 98)},
	{"rollout/connections-range", "Connections.PerInstance", number("connections per instance",
		func(p Policy) int { return p.Connections.PerInstance }, 0, 5000)},
	{"rollout/batch-range", "BatchSize", func(p Policy) (string, cure) {
		if !p.Method.batches() || p.BatchSize >= 1 && p.BatchSize <= max(p.Fleet.Max, 1) {
			return "", nil
		}
		return fmt.Sprintf("batch %d is outside 1 to the maximum of %d instances", p.BatchSize, p.Fleet.Max), func(t trial) []Way {
			return t.firstTaken(set("BatchSize", 1), set("BatchSize", p.quickest()))
		}
	}},
	{"rollout/traffic-range", "TrafficPercent", number("traffic share", func(p Policy) int { return p.TrafficPercent }, 1, 100)},
	{"rollout/evaluation-range", "Evaluation", duration("evaluation", func(p Policy) time.Duration { return p.Evaluation },
		3*time.Minute, 600*time.Minute, time.Minute)},
	{"rollout/bake-range", "Bake", duration("bake", func(p Policy) time.Duration { return p.Bake },
		5*time.Minute, 60*time.Minute, time.Minute)},
	{"rollout/probe-range", "ProbeMaxFailures", number("tolerated failures", func(p Policy) int { return p.ProbeMaxFailures }, 0, 1000)},
	{"rollout/health-path", "Health.Path", func(p Policy) (string, cure) {
		if limits.Path(p.Health.Path) == nil {
			return "", nil
		}
		return fmt.Sprintf("health check path %s is not a path on the application", limits.Quote(p.Health.Path)), only(set("Health.Path", "/readyz"))
	}},
	{"rollout/health-interval-range", "Health.Interval", duration("health check interval",
		func(p Policy) time.Duration { return p.Health.Interval }, 5*time.Second, 300*time.Second, time.Second)},
	{"rollout/health-timeout-range", "Health.Timeout", duration("health check timeout",
		func(p Policy) time.Duration { return p.Health.Timeout }, time.Second, time.Minute, time.Second)},
	{"rollout/healthy-range", "Health.Healthy", number("healthy threshold", func(p Policy) int { return p.Health.Healthy }, 2, 10)},
	{"rollout/unhealthy-range", "Health.Unhealthy", number("unhealthy threshold", func(p Policy) int { return p.Health.Unhealthy }, 2, 10)},
	{"rollout/drain-range", "Drain", duration("deregistration delay",
		func(p Policy) time.Duration { return p.Drain }, time.Second, time.Hour, time.Second)},
	{"rollout/idle-timeout-range", "IdleTimeout", duration("idle timeout",
		func(p Policy) time.Duration { return p.IdleTimeout }, time.Second, time.Hour, time.Second)},
	{"rollout/command-timeout-range", "CommandTimeout", duration("command timeout",
		func(p Policy) time.Duration { return p.CommandTimeout }, time.Second, time.Hour, time.Second)},
}

// only are cures that do not depend on what is tried.
func only(ways ...Way) cure { return func(trial) []Way { return ways } }

func number(name string, get func(Policy) int, low, high int) func(Policy) (string, cure) {
	return func(p Policy) (string, cure) {
		n := get(p)
		if n >= low && n <= high {
			return "", nil
		}
		return fmt.Sprintf("%s %d is outside %d to %d", name, n, low, high), func(t trial) []Way {
			return t.nearest(min(max(n, low), high), get(t.unset()), func(n int) Way { return Way{{t.field, n, true}} })
		}
	}
}

func duration(name string, get func(Policy) time.Duration, low, high, unit time.Duration) func(Policy) (string, cure) {
	show, plural := secs, "seconds"
	if unit == time.Minute {
		show, plural = minutes, "minutes"
	}
	return func(p Policy) (string, cure) {
		d := get(p)
		cures := func(t trial) []Way {
			bound := min(max(d.Truncate(unit), low), high)
			return t.nearest(int(bound/unit), int(get(t.unset())/unit), func(n int) Way { return Way{{t.field, time.Duration(n) * unit, true}} })
		}
		shown := d.String()
		switch {
		case d%unit == 0:
			shown = show(d)
		case d%time.Second == 0:
			shown = secs(d)
		}
		switch {
		case d < low || d > high:
			return fmt.Sprintf("%s %s is outside %s to %s", name, shown, show(low), show(high)), cures
		case d%unit != 0:
			return fmt.Sprintf("%s %s is not in whole %s", name, shown, plural), cures
		}
		return "", nil
	}
}

// unset is the policy with the field of the rule at its default.
func (t trial) unset() Policy {
	p := t.given
	field(&p, t.field).SetZero()
	return p.WithDefaults()
}

func secs(d time.Duration) string { return seconds(d) + " s" }
