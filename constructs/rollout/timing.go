package rollout

import (
	"fmt"
	"time"
)

// timing are the relations between the timers: each alone is in range, together they lose requests
// or releases.
var timing = []rule{
	{"rollout/health-timeout", "Health.Timeout", func(p Policy) (string, cure) {
		if p.Health.Interval > p.Health.Timeout {
			return "", nil
		}
		return fmt.Sprintf("a health check may take %s but the next begins after %s", secs(p.Health.Timeout), secs(p.Health.Interval)),
			func(t trial) []Way {
				return t.firstTaken(set("Health.Interval", p.Health.Timeout+5*time.Second), set("Health.Interval", p.Health.Timeout+time.Second),
					set("Health.Timeout", p.Health.Interval-time.Second))
			}
	}},
	{"rollout/drain-cuts-requests", "Drain", func(p Policy) (string, cure) {
		if p.Drain >= p.IdleTimeout {
			return "", nil
		}
		return fmt.Sprintf("a deregistration delay of %s cuts requests that the load balancer lets wait for %s", secs(p.Drain), secs(p.IdleTimeout)),
			only(set("Drain", p.IdleTimeout), set("IdleTimeout", p.Drain))
	}},
	{"rollout/idle-timeout-cuts-requests", "IdleTimeout", func(p Policy) (string, cure) {
		if p.IdleTimeout > p.Health.Timeout {
			return "", nil
		}
		return fmt.Sprintf("the load balancer lets a health check take %s, but gives a request up after %s without an answer",
				secs(p.Health.Timeout), secs(p.IdleTimeout)), func(t trial) []Way {
				usual := set("IdleTimeout", time.Minute)
				if t.Drain < time.Minute {
					usual = usual.and(set("Drain", time.Minute))
				}
				return append(t.firstTaken(usual, set("IdleTimeout", p.Health.Timeout+time.Second)), set("Health.Timeout", p.IdleTimeout-time.Second))
			}
	}},
	{"rollout/drain-exceeds-command-timeout", "CommandTimeout", func(p Policy) (string, cure) {
		if p.Drain < p.CommandTimeout {
			return "", nil
		}
		return fmt.Sprintf("draining for %s takes the whole command timeout of %s", secs(p.Drain), secs(p.CommandTimeout)), enoughTime
	}},
	{"rollout/health-window-exceeds-command-timeout", "CommandTimeout", func(p Policy) (string, cure) {
		window := p.healthWindow()
		if window < p.CommandTimeout {
			return "", nil
		}
		return fmt.Sprintf("an instance needs %s to be seen healthy (%d checks every %s and Beanstalk's %s), the command timeout is %s",
			secs(window), p.Health.Healthy, secs(p.Health.Interval), secs(Assumptions.Confirm), secs(p.CommandTimeout)), enoughTime
	}},
	{"rollout/batch-exceeds-command-timeout", "CommandTimeout", func(p Policy) (string, cure) {
		longest := p.longestBatch()
		if longest <= p.CommandTimeout || p.Drain >= p.CommandTimeout || p.healthWindow() >= p.CommandTimeout {
			return "", nil
		}
		return fmt.Sprintf("a batch takes about %s with %s, and Beanstalk gives it up after the command timeout of %s",
			secs(longest), p.Method, secs(p.CommandTimeout)), enoughTime
	}},
}

func (p Policy) healthWindow() time.Duration {
	return p.Health.Interval*time.Duration(p.Health.Healthy) + Assumptions.Confirm
}

// longestBatch is the time of the batch that takes longest: what follows each other in the plan, is
// about the same batch, and is up to Beanstalk.
func (p Policy) longestBatch() time.Duration {
	var longest, sum time.Duration
	p.Fleet.Desired = p.Fleet.Min
	for _, s := range p.brief(false) {
		switch s.Action {
		case Launch, Drain:
			sum = 0 // a batch begins
		case Deploy, Register, Confirm:
		default:
			continue
		}
		sum += s.Duration
		longest = max(longest, sum)
	}
	return longest
}

// enoughTime gives a batch more time, or takes less: by draining no longer than requests may take,
// or by letting them take less.
func enoughTime(t trial) []Way {
	need := max(t.longestBatch(), t.Drain+time.Second, t.healthWindow()+time.Second)
	need = (need + time.Minute - 1).Truncate(time.Minute)
	var ways []Way
	if need <= time.Hour {
		ways = append(ways, set("CommandTimeout", need))
	}
	if rest := t.CommandTimeout - (t.longestBatch() - t.Drain); rest < t.Drain && rest >= t.IdleTimeout {
		ways = append(ways, set("Drain", rest))
	} else {
		ways = append(ways, t.shorterDrain()...)
	}
	return append(ways, set("Health.Interval", 10*time.Second).and(set("Health.Healthy", 3)))
}
