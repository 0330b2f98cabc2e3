package rollout

import (
	"fmt"
	"time"
)

// actionLimit is how long a deploy action of CodePipeline may take (User Guide, "Quotas in AWS
// CodePipeline"). A release that takes longer is broken off half done.
const actionLimit = time.Hour

// Preparation is how long BlueGreen may take until it swaps.
const Preparation = time.Hour

// twoSwaps is how long the swap of BlueGreen and the swap that rolls back may take, with waiting for both
// environments to be Ready.
const twoSwaps = 15 * time.Minute

// ReleaseLimit is after how long the program that releases by BlueGreen gives up.
func (p Policy) ReleaseLimit() time.Duration {
	return Preparation + Assumptions.Watch + p.WithDefaults().Bake + twoSwaps
}

// patience is how long the pipeline waits for what [Policy.longest] estimates.
func (p Policy) patience() time.Duration {
	if p.Method == BlueGreen {
		return Preparation
	}
	return actionLimit
}

// longest is the duration of a deployment, or with BlueGreen of what comes before the swap, when
// the fleet is at its largest.
func (p Policy) longest() time.Duration {
	p.Fleet.Desired = p.Fleet.Max
	if p.Method == BlueGreen {
		return p.brief(true).before(Swap)
	}
	return p.brief(true).Duration()
}

func (p Policy) inTime() bool { return p.longest() <= p.patience() }

// limit holds the longest deployment, that of the largest fleet, to what waits for it. The fields
// that can shorten it differ by method.
var limit = []rule{
	{"rollout/exceeds-action-limit", "BatchSize", func(p Policy) (string, cure) {
		if !p.Method.batches() || p.inTime() {
			return "", nil
		}
		return p.tooLong(), func(t trial) []Way {
			return append([]Way{t.largerBatch(), t.to(Immutable), t.smallerMaximum(Policy.inTime)}, t.shorterDrain()...)
		}
	}},
	{"rollout/exceeds-action-limit", "Evaluation", func(p Policy) (string, cure) {
		if p.Method != TrafficSplitting || p.inTime() {
			return "", nil
		}
		return p.tooLong(), func(t trial) []Way { return append([]Way{t.shorterEvaluation()}, t.shorterDrain()...) }
	}},
	{"rollout/exceeds-action-limit", "Drain", func(p Policy) (string, cure) {
		if p.Method != Immutable || p.inTime() {
			return "", nil
		}
		return p.tooLong(), func(t trial) []Way { return t.firstTaken(t.shorterDrain()...) }
	}},
	{"rollout/exceeds-action-limit", "Fleet.Max", func(p Policy) (string, cure) {
		if p.Method != BlueGreen || p.inTime() {
			return "", nil
		}
		return fmt.Sprintf("BlueGreen needs about %s to prepare %d idle instances, %d at a time, and has %s until it must swap",
				minutes(p.longest()), p.Fleet.Max, p.idleBatch(), minutes(Preparation)), func(t trial) []Way {
				return append(t.firstTaken(t.shorterDrain()...), t.smallerMaximum(Policy.inTime), t.to(Immutable))
			}
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

// largerBatch is the smallest batch that is in time, if that leaves instances in service.
func (t trial) largerBatch() Way {
	n := t.quickest()
	if n <= t.BatchSize || n > t.Fleet.Max || t.Method == Rolling && n >= t.Fleet.Min {
		return nil
	}
	return set("BatchSize", n)
}

// shorterEvaluation is the longest evaluation that is in time, if there is one.
func (t trial) shorterEvaluation() Way {
	rest := (t.Evaluation - (t.longest() - t.patience())).Truncate(time.Minute)
	if rest < 3*time.Minute {
		return set("Evaluation", 3*time.Minute)
	}
	return set("Evaluation", rest)
}
