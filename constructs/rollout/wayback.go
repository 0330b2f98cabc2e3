package rollout

import "time"

// WayBack is how the version before comes back after a bad release.
type WayBack struct {
	// How says in a few words what happens.
	How string
	// Takes is an estimate of how long that takes, with Fleet.Desired instances.
	Takes time.Duration
}

// WayBack computes the way back of the policy.
func (p Policy) WayBack() WayBack {
	p = p.WithDefaults()
	again := WayBack{"the pipeline deploys the previous version again", p.brief(true).Duration()}
	switch p.Method {
	case TrafficSplitting:
		again.How += "; during the evaluation its requests go back at once"
	case BlueGreen:
		swap := Assumptions.Trial + Assumptions.Swap
		if p.Fleet.Desired > p.idle() {
			grow := Assumptions.Launch + p.Health.Interval + Assumptions.Confirm
			return WayBack{"the idle environment grows again and the addresses are swapped back", grow + swap}
		}
		return WayBack{"the addresses of the two environments are swapped back", swap}
	}
	return again
}
