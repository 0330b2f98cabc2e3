package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Validate reports everything that is wrong with the policy as [Problems], or nil. A policy that
// leaves no instance in service is wrong unless AllowDowntime gives a reason.
func (p Policy) Validate() error {
	p = p.WithDefaults()
	problems := p.broken(ranges)
	// The other rules reckon with the numbers, so these have to make sense first.
	if len(problems) == 0 {
		problems = p.broken(timing)
		problems = append(problems, p.broken(limit)...)
		problems = append(problems, p.broken(consent)...)
		if !p.AllowDowntime {
			problems = append(problems, p.broken(downtime)...)
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// Warnings are the rules of downtime that AllowDowntime sets aside, to be shown at every synth.
func (p Policy) Warnings() Problems {
	p = p.WithDefaults()
	if !p.AllowDowntime {
		return nil
	}
	return p.broken(downtime)
}

// rule looks at a complete policy and returns what is wrong in its words, or an empty message.
type rule struct {
	id, field string
	check     func(Policy) (message, fix string)
}

func (p Policy) broken(rules []rule) Problems {
	var problems Problems
	for _, r := range rules {
		if message, fix := r.check(p); message != "" {
			problems = append(problems, Problem{r.id, r.field, message, fix})
		}
	}
	return problems
}

// ranges are the limits that Beanstalk documents for single options.
var ranges = []rule{
	{"rollout/unknown-method", "Method", func(p Policy) (string, string) {
		if p.Method.known() {
			return "", ""
		}
		return fmt.Sprintf("unknown method %q", string(p.Method)), "use one of " + join(slices.DeleteFunc(Methods(), func(m Method) bool { return m == BlueGreen }))
	}},
	{"rollout/method-not-available", "Method", func(p Policy) (string, string) {
		if p.Method != BlueGreen {
			return "", ""
		}
		return "BlueGreen is not available yet", "use Immutable, which also leaves the old instances untouched until the new ones are healthy"
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
	{"rollout/batch-range", "BatchSize", func(p Policy) (string, string) {
		if !p.Method.batches() || p.BatchSize >= 1 && p.BatchSize <= max(p.Fleet.Max, 1) {
			return "", ""
		}
		return fmt.Sprintf("batch %d is outside 1 to the maximum of %d instances", p.BatchSize, p.Fleet.Max), "use batch 1"
	}},
	{"rollout/traffic-range", "TrafficPercent", number("traffic share", func(p Policy) int { return p.TrafficPercent }, 1, 100)},
	{"rollout/evaluation-range", "Evaluation", duration("evaluation", func(p Policy) time.Duration { return p.Evaluation },
		3*time.Minute, 600*time.Minute, time.Minute)},
	{"rollout/health-path", "Health.Path", func(p Policy) (string, string) {
		if strings.HasPrefix(p.Health.Path, "/") && !strings.ContainsAny(p.Health.Path, " \t\r\n#") && len(p.Health.Path) <= 1024 {
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

// timing are the relations between the timers: each alone is in range, together they lose requests
// or releases.
var timing = []rule{
	{"rollout/health-timeout", "Health.Timeout", func(p Policy) (string, string) {
		if p.Health.Interval > p.Health.Timeout {
			return "", ""
		}
		return fmt.Sprintf("a health check may take %s but the next begins after %s", secs(p.Health.Timeout), secs(p.Health.Interval)),
			fmt.Sprintf("use an interval of %s", secs(p.Health.Timeout+5*time.Second))
	}},
	{"rollout/drain-cuts-requests", "Drain", func(p Policy) (string, string) {
		if p.Drain >= p.IdleTimeout {
			return "", ""
		}
		return fmt.Sprintf("a deregistration delay of %s cuts requests that the load balancer lets wait for %s", secs(p.Drain), secs(p.IdleTimeout)),
			fmt.Sprintf("use a deregistration delay of %s or an idle timeout of %s", secs(p.IdleTimeout), secs(p.Drain))
	}},
	{"rollout/drain-exceeds-command-timeout", "CommandTimeout", func(p Policy) (string, string) {
		if p.Drain < p.CommandTimeout {
			return "", ""
		}
		return fmt.Sprintf("draining for %s takes the whole command timeout of %s", secs(p.Drain), secs(p.CommandTimeout)),
			fmt.Sprintf("use a deregistration delay of %s", secs(min(p.IdleTimeout, p.CommandTimeout/2)))
	}},
	{"rollout/health-window-exceeds-command-timeout", "CommandTimeout", func(p Policy) (string, string) {
		window := p.Health.Interval*time.Duration(p.Health.Healthy) + Assumptions.Confirm
		if window < p.CommandTimeout {
			return "", ""
		}
		return fmt.Sprintf("an instance needs %s to be seen healthy (%d checks every %s and Beanstalk's %s), the command timeout is %s",
				secs(window), p.Health.Healthy, secs(p.Health.Interval), secs(Assumptions.Confirm), secs(p.CommandTimeout)),
			fmt.Sprintf("use a command timeout of %s", secs(min(time.Hour, window+Assumptions.Launch)))
	}},
}

// actionLimit is how long a deploy action of CodePipeline may take (User Guide, "Quotas in AWS
// CodePipeline"). A release that takes longer is broken off half done.
const actionLimit = time.Hour

// limit holds the longest release, that of the largest fleet, to actionLimit. The fields that can
// shorten it differ by method.
var limit = []rule{
	{"rollout/exceeds-action-limit", "BatchSize", func(p Policy) (string, string) {
		if !p.Method.batches() {
			return "", ""
		}
		return p.tooLong(func() string {
			q := p
			for q.BatchSize++; q.BatchSize < p.Fleet.Min; q.BatchSize++ {
				if q.longest() <= actionLimit {
					return fmt.Sprintf("use batch %d or Immutable", q.BatchSize)
				}
			}
			return "use Immutable, or a smaller maximum"
		})
	}},
	{"rollout/exceeds-action-limit", "Evaluation", func(p Policy) (string, string) {
		if p.Method != TrafficSplitting {
			return "", ""
		}
		return p.tooLong(func() string {
			return "use an evaluation of " + minutes((p.Evaluation - (p.longest() - actionLimit)).Truncate(time.Minute))
		})
	}},
	{"rollout/exceeds-action-limit", "Drain", func(p Policy) (string, string) {
		if p.Method != Immutable {
			return "", ""
		}
		return p.tooLong(func() string { return fmt.Sprintf("use a deregistration delay of %s", secs(p.IdleTimeout)) })
	}},
}

// longest is the duration of a release when the fleet is at its largest.
func (p Policy) longest() time.Duration {
	p.Fleet.Desired = p.Fleet.Max
	return p.Plan().Duration()
}

func (p Policy) tooLong(fix func() string) (string, string) {
	d := p.longest()
	if d <= actionLimit {
		return "", ""
	}
	return fmt.Sprintf("a release of %d instances takes about %s, and the pipeline waits for %s", p.Fleet.Max, minutes(d), minutes(actionLimit)), fix()
}

// consent are the rules about AllowDowntime itself.
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
}

// downtime are the rules that AllowDowntime sets aside.
var downtime = []rule{
	{"rollout/all-at-once", "Method", func(p Policy) (string, string) {
		if p.Method != AllAtOnce {
			return "", ""
		}
		return fmt.Sprintf("AllAtOnce leaves 0 of %d instances in service", p.Fleet.Min),
			"use Rolling, or set allowDowntime to true and say why in downtimeReason"
	}},
	{"rollout/batch-takes-all", "BatchSize", func(p Policy) (string, string) {
		if p.Method != Rolling || p.BatchSize < p.Fleet.Min {
			return "", ""
		}
		fix := fmt.Sprintf("use batch %d, minimum %d, or RollingWithAdditionalBatch", p.Fleet.Min-1, p.BatchSize+1)
		if p.Fleet.Min == 1 {
			fix = fmt.Sprintf("use minimum %d or RollingWithAdditionalBatch", p.BatchSize+1)
		}
		return fmt.Sprintf("Rolling with batch %d of minimum %d leaves 0 instances in service", p.BatchSize, p.Fleet.Min), fix
	}},
	{"rollout/configuration-update-takes-all", "Fleet.Max", func(p Policy) (string, string) {
		if p.ConfigurationFloor() > 0 {
			return "", ""
		}
		return fmt.Sprintf("a change of settings with maximum %d leaves 0 instances in service, for there is no room for a replacement", p.Fleet.Max),
			"use maximum 2 or Immutable"
	}},
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
