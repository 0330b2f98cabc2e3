package rollout

import "fmt"

// updates are the rules about changes of settings that replace instances.
var updates = []rule{
	{"rollout/immutable-without-its-twin", "ConfigurationUpdates", func(p Policy) (string, string) {
		if !p.Method.replaces() || p.ConfigurationUpdates != Rolling {
			return "", ""
		}
		_, batch := p.configurationUpdate()
		return fmt.Sprintf("releases with %s keep the old instances until the new ones are healthy, but with configuration updates Rolling "+
				"a change of the instance type takes %s out at a time, and at least %d of %d serve",
				p.Method, instances(batch), p.MinInService, p.Fleet.Min),
			"use configuration updates Immutable"
	}},
	{"rollout/min-in-service-cannot-be-kept", "MinInService", func(p Policy) (string, string) {
		if p.MinInService <= max(0, p.Fleet.Max-1) {
			return "", ""
		}
		fewer := remedy{fmt.Sprintf("%s in service", instances(p.Fleet.Max-1)), func(p *Policy) { p.MinInService = p.Fleet.Max - 1 }}
		if p.Fleet.Max == 1 {
			fewer = remedy{}
		}
		return fmt.Sprintf("%s cannot stay in service while one is replaced, for there are never more than %d", instances(p.MinInService), p.Fleet.Max),
			p.use(fewer, p.roomToReplace())
	}},
}

// traffic are the rules about settings that belong to some methods only.
var traffic = []rule{
	{"rollout/shrink-idle-without-blue-green", "ShrinkIdle", func(p Policy) (string, string) {
		if !p.ShrinkIdle || p.Method == BlueGreen {
			return "", ""
		}
		return fmt.Sprintf("the idle environment is to shrink, and %s has none", p.Method), "remove shrinkIdle, or use BlueGreen"
	}},
	{"rollout/sticky-traffic-splitting", "StickySessions", func(p Policy) (string, string) {
		if !p.StickySessions || p.Method != TrafficSplitting {
			return "", ""
		}
		return fmt.Sprintf("sticky sessions put users on trial instead of %d %% of the requests, and keep them there for %s",
			p.TrafficPercent, minutes(p.Evaluation)), "use no sticky sessions or Immutable"
	}},
}

func instances(n int) string {
	if n == 1 {
		return "1 instance"
	}
	return fmt.Sprintf("%d instances", n)
}
