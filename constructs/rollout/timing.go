package rollout

import (
	"fmt"
	"time"
)

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
