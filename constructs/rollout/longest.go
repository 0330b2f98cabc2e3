package rollout

import (
	"fmt"
	"time"
)

// actionLimit is how long a deploy action of CodePipeline may take (User Guide, "Quotas in AWS
// CodePipeline"). A release that takes longer is broken off half done.
const actionLimit = time.Hour

// ReleaseLimit is after how long the program that releases by BlueGreen gives up. It keeps a quarter
// of that for the swap, for watching it, and for the way back.
func (p Policy) ReleaseLimit() time.Duration {
	p = p.WithDefaults()
	return max(80*time.Minute, 4*(Assumptions.Watch+p.ProbeTail()+10*time.Minute))
}

// preparation is how long BlueGreen may take until it swaps.
func (p Policy) preparation() time.Duration { return p.ReleaseLimit() * 3 / 4 }

// patience is how long the pipeline waits for what [Policy.longest] estimates.
func (p Policy) patience() time.Duration {
	if p.Method == BlueGreen {
		return p.preparation()
	}
	return actionLimit
}

// longest is the duration of a deployment, or with BlueGreen of what comes before the swap, when
// the fleet is at its largest.
func (p Policy) longest() time.Duration {
	p.Fleet.Desired = p.Fleet.Max
	if p.Method == BlueGreen {
		return p.deployment().before(Swap)
	}
	return p.deployment().Duration()
}

func (p Policy) inTime() bool { return p.longest() <= p.patience() }

// limit holds the longest deployment, that of the largest fleet, to what waits for it. The fields
// that can shorten it differ by method.
var limit = []rule{
	{"rollout/exceeds-action-limit", "BatchSize", func(p Policy) (string, string) {
		if !p.Method.batches() || p.inTime() {
			return "", ""
		}
		return p.tooLong(), p.use(p.largerBatch(), to(Immutable), p.smallerMaximum(Policy.inTime))
	}},
	{"rollout/exceeds-action-limit", "Evaluation", func(p Policy) (string, string) {
		if p.Method != TrafficSplitting || p.inTime() {
			return "", ""
		}
		return p.tooLong(), p.use(p.shorterEvaluation(), p.shorterDrain())
	}},
	{"rollout/exceeds-action-limit", "Drain", func(p Policy) (string, string) {
		if p.Method != Immutable || p.inTime() {
			return "", ""
		}
		return p.tooLong(), p.use(p.shorterDrain())
	}},
	{"rollout/exceeds-action-limit", "Fleet.Max", func(p Policy) (string, string) {
		if p.Method != BlueGreen || p.inTime() {
			return "", ""
		}
		return fmt.Sprintf("BlueGreen needs about %s to prepare %d idle instances, %d at a time, and has %s until it must swap",
				minutes(p.longest()), p.Fleet.Max, p.idleBatch(), minutes(p.preparation())),
			p.use(p.shorterDrain(), p.smallerMaximum(Policy.inTime), to(Immutable))
	}},
}

func (p Policy) tooLong() string {
	return fmt.Sprintf("a release of %d instances takes about %s, and the pipeline waits for %s",
		p.Fleet.Max, minutes(p.longest()), minutes(actionLimit))
}

func (p Policy) idleBatch() int {
	_, size := p.deploymentPolicy()
	return size
}

// largerBatch is the smallest batch above the present one that is in time, if there is one.
func (p Policy) largerBatch() remedy {
	for n := p.BatchSize + 1; n < p.Fleet.Min; n++ {
		q := p
		if q.BatchSize = n; q.inTime() {
			return remedy{fmt.Sprintf("batch %d", n), func(p *Policy) { p.BatchSize = n }}
		}
	}
	return remedy{}
}

// shorterEvaluation is the longest evaluation that is in time, if there is one.
func (p Policy) shorterEvaluation() remedy {
	rest := (p.Evaluation - (p.longest() - p.patience())).Truncate(time.Minute)
	if rest < 3*time.Minute {
		return remedy{}
	}
	return remedy{"an evaluation of " + minutes(rest), func(p *Policy) { p.Evaluation = rest }}
}

// shorterDrain is the shortest deregistration delay that cuts no request, and where that is what it
// is already, a shorter wait for requests too.
func (p Policy) shorterDrain() remedy {
	if p.Drain > p.IdleTimeout {
		return remedy{fmt.Sprintf("a deregistration delay of %s", secs(p.IdleTimeout)), func(p *Policy) { p.Drain = p.IdleTimeout }}
	}
	if p.Drain <= time.Minute {
		return remedy{}
	}
	return remedy{"a deregistration delay and an idle timeout of 60 s", func(p *Policy) { p.Drain, p.IdleTimeout = time.Minute, time.Minute }}
}
