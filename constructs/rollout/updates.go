package rollout

import "fmt"

// updates are the rules about changes of settings that replace instances.
var updates = []rule{
	{"rollout/matching-configuration-updates", "ConfigurationUpdates", func(p Policy) (string, cure) {
		match := p.Method.matchingUpdates()
		if p.ConfigurationUpdates == match {
			return "", nil
		}
		if match == Immutable {
			_, batch := p.configurationUpdate()
			return fmt.Sprintf("releases with Immutable keep the old instances until the new ones are healthy, but configuration updates Rolling "+
					"replace %s at a time, and at least %s serve", instances(batch), p.of(min(p.MinInService, max(0, p.Fleet.Max-1)))),
				func(t trial) []Way {
					return t.firstTaken(set("ConfigurationUpdates", match), t.to(RollingWithAdditionalBatch), t.to(Rolling))
				}
		}
		return fmt.Sprintf("configuration updates Immutable match the method Immutable only: with %s, Beanstalk refuses to update settings and version together",
			p.Method), func(t trial) []Way { return t.firstTaken(set("ConfigurationUpdates", match), t.to(Immutable)) }
	}},
	{"rollout/min-in-service-cannot-be-kept", "MinInService", func(p Policy) (string, cure) {
		if p.MinInService <= max(0, p.Fleet.Max-1) {
			return "", nil
		}
		return fmt.Sprintf("%s cannot stay in service while one is replaced, for there are never more than %d", instances(p.MinInService), p.Fleet.Max),
			func(t trial) []Way { return []Way{set("MinInService", p.Fleet.Max-1), t.roomToReplace()} }
	}},
}

// traffic are the rules about settings that belong to some methods only.
var traffic = []rule{
	{"rollout/shrink-idle-without-blue-green", "ShrinkIdle", func(p Policy) (string, cure) {
		if !p.ShrinkIdle || p.Method == BlueGreen {
			return "", nil
		}
		return fmt.Sprintf("the idle environment is to shrink, and %s has none", p.Method),
			func(t trial) []Way { return []Way{set("ShrinkIdle", false), t.to(BlueGreen)} }
	}},
	{"rollout/sticky-traffic-splitting", "StickySessions", func(p Policy) (string, cure) {
		if !p.StickySessions || p.Method != TrafficSplitting {
			return "", nil
		}
		return fmt.Sprintf("sticky sessions put users on trial instead of %d %% of the requests, and keep them there for %s",
				p.TrafficPercent, minutes(p.Evaluation)),
			func(t trial) []Way { return []Way{set("StickySessions", false), t.to(Immutable)} }
	}},
}

// of says how many instances of the smallest fleet serve; where they are more than it has, others are
// started first.
func (p Policy) of(n int) string {
	if n > p.Fleet.Min {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d of %d", n, p.Fleet.Min)
}

func instances(n int) string {
	if n == 1 {
		return "1 instance"
	}
	return fmt.Sprintf("%d instances", n)
}
