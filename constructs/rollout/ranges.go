package rollout

import (
	"fmt"
	"strings"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// ranges are the limits that Beanstalk documents for single options.
var ranges = []rule{
	{"rollout/unknown-method", "Method", func(p Policy) (string, string) {
		if p.Method.known() {
			return "", ""
		}
		return fmt.Sprintf("unknown method %q", string(p.Method)), "use one of " + join(Methods())
	}},
	{"rollout/unknown-configuration-update", "ConfigurationUpdates", func(p Policy) (string, string) {
		if p.ConfigurationUpdates == Rolling || p.ConfigurationUpdates == Immutable {
			return "", ""
		}
		return fmt.Sprintf("unknown way to update the configuration %q", string(p.ConfigurationUpdates)), "use Rolling or Immutable"
	}},
	{"rollout/minimum-range", "Fleet.Min", number("minimum", func(p Policy) int { return p.Fleet.Min }, 1, 10000)},
	{"rollout/maximum-range", "Fleet.Max", number("maximum", func(p Policy) int { return p.Fleet.Max }, 1, 10000)},
	{"rollout/fleet-order", "Fleet.Max", func(p Policy) (string, string) {
		if p.Fleet.Min <= p.Fleet.Max {
			return "", ""
		}
		return fmt.Sprintf("minimum %d is above maximum %d", p.Fleet.Min, p.Fleet.Max), fmt.Sprintf("use maximum %d", p.Fleet.Min)
	}},
	{"rollout/desired-range", "Fleet.Desired", func(p Policy) (string, string) {
		if p.Fleet.Min > p.Fleet.Max || p.Fleet.Desired >= p.Fleet.Min && p.Fleet.Desired <= p.Fleet.Max {
			return "", ""
		}
		return fmt.Sprintf("desired %d is outside %d to %d", p.Fleet.Desired, p.Fleet.Min, p.Fleet.Max),
			fmt.Sprintf("use desired %d", min(max(p.Fleet.Desired, p.Fleet.Min), p.Fleet.Max))
	}},
	{"rollout/single-zone", "Fleet.Zones", func(p Policy) (string, string) {
		if p.Fleet.Zones >= 2 || p.Fleet.Min < 1 {
			return "", ""
		}
		return fmt.Sprintf("all %d instances are in one zone and go down with it", p.Fleet.Min), "use 2 zones"
	}},
	{"rollout/min-in-service-range", "MinInService", number("instances in service", func(p Policy) int { return p.MinInService }, 0, 9999)},
	{"rollout/scale-out-range", "Fleet.ScaleOut", number("scale-out", func(p Policy) int { return p.Fleet.ScaleOut }, 1, 100)},
	{"rollout/scale-in-range", "Fleet.ScaleIn", number("scale-in", func(p Policy) int { return p.Fleet.ScaleIn }, 1, 100)},
	{"rollout/connections-range", "Connections.PerInstance", func(p Policy) (string, string) {
		if p.Connections.PerInstance == 0 {
			return "", ""
		}
		return number("connections per instance", func(p Policy) int { return p.Connections.PerInstance }, 1, 5000)(p)
	}},
	{"rollout/batch-range", "BatchSize", func(p Policy) (string, string) {
		if !p.Method.batches() || p.BatchSize >= 1 && p.BatchSize <= max(p.Fleet.Max, 1) {
			return "", ""
		}
		return fmt.Sprintf("batch %d is outside 1 to the maximum of %d instances", p.BatchSize, p.Fleet.Max), "use batch 1"
	}},
	{"rollout/traffic-range", "TrafficPercent", number("traffic share", func(p Policy) int { return p.TrafficPercent }, 1, 100)},
	{"rollout/evaluation-range", "Evaluation", duration("evaluation", func(p Policy) time.Duration { return p.Evaluation },
		3*time.Minute, 600*time.Minute, time.Minute)},
	{"rollout/bake-range", "Bake", duration("bake", func(p Policy) time.Duration { return p.Bake },
		5*time.Minute, 60*time.Minute, time.Minute)},
	{"rollout/probe-range", "ProbeMaxFailures", number("tolerated failures", func(p Policy) int { return p.ProbeMaxFailures }, 0, 1000)},
	{"rollout/health-path", "Health.Path", func(p Policy) (string, string) {
		if limits.Path(p.Health.Path) == nil {
			return "", ""
		}
		return fmt.Sprintf("health check path %q is not a path on the application", p.Health.Path), `use a path that begins with "/", such as /readyz`
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

func number(name string, get func(Policy) int, low, high int) func(Policy) (string, string) {
	return func(p Policy) (string, string) {
		n := get(p)
		if n >= low && n <= high {
			return "", ""
		}
		return fmt.Sprintf("%s %d is outside %d to %d", name, n, low, high), fmt.Sprintf("use %d", min(max(n, low), high))
	}
}

func duration(name string, get func(Policy) time.Duration, low, high, unit time.Duration) func(Policy) (string, string) {
	show, plural := secs, "seconds"
	if unit == time.Minute {
		show, plural = minutes, "minutes"
	}
	return func(p Policy) (string, string) {
		d := get(p)
		switch {
		case d < low || d > high:
			return fmt.Sprintf("%s %v is outside %s to %s", name, d, show(low), show(high)), "use " + show(min(max(d, low), high))
		case d%unit != 0:
			return fmt.Sprintf("%s %v is not in whole %s", name, d, plural), "use " + show(d.Truncate(unit))
		}
		return "", ""
	}
}

func secs(d time.Duration) string { return seconds(d) + " s" }

func join(methods []Method) string {
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}
