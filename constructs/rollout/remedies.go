package rollout

import (
	"sort"
	"time"
)

// resize changes the fleet, in which no more and no fewer instances may be desired.
func (t trial) resize(least, most int) Way {
	var w Way
	if least != t.Fleet.Min {
		w = w.and(set("Fleet.Min", least))
	}
	if most != t.Fleet.Max {
		w = w.and(set("Fleet.Max", most))
	}
	if d := t.given.Fleet.Desired; d != 0 && (d < least || d > most) {
		w = w.and(set("Fleet.Desired", min(max(d, least), most)))
	}
	return w
}

// smallerBatch is the largest batch below the present one that leaves instances in service and
// does not overload them.
func (t trial) smallerBatch() Way {
	p := t.Policy
	most := min(p.BatchSize, p.Fleet.Min) - 1
	n := sort.Search(most, func(i int) bool {
		p.BatchSize = i + 1
		return p.batchOverloads()
	})
	if n < 1 {
		return nil
	}
	return set("BatchSize", n)
}

// quickest is the smallest batch with which the policy is in time, or the largest of all.
func (p Policy) quickest() int {
	return 1 + sort.Search(p.Fleet.Max-1, func(i int) bool {
		p.BatchSize = i + 1
		return p.inTime()
	})
}

// largerMinimum is the smallest minimum that keeps enough instances in service while a batch is out: with the maximum as it is, or no larger than it has to be.
func (t trial) largerMinimum() Way {
	n := t.BatchSize + 1
	if gap := t.Fleet.ScaleOut - t.Fleet.ScaleIn; gap > 0 {
		n = max(n, t.Fleet.ScaleOut*t.BatchSize/gap+1)
	}
	if n > 10000 {
		return nil
	}
	if way := t.resize(n, t.Fleet.Max); t.given.Fleet.Max == 0 && t.takes(way) {
		return way
	}
	return t.resize(n, max(n, t.Fleet.Max))
}

// roomToReplace is the smallest maximum that lets a replacement start before an instance goes.
func (t trial) roomToReplace() Way {
	n := max(t.MinInService, 1) + 1
	if n > 10000 {
		return nil
	}
	return t.resize(t.Fleet.Min, n)
}

// smallerMaximum is the largest maximum below the present one that fits, if there is one.
func (t trial) smallerMaximum(fits func(Policy) bool) Way {
	p := t.Policy
	n := p.Fleet.Min - 1 + sort.Search(p.Fleet.Max-p.Fleet.Min+1, func(i int) bool {
		p.Fleet.Max = t.Fleet.Min + i
		return !fits(p)
	})
	if n < p.Fleet.Min {
		return nil
	}
	return t.resize(t.Fleet.Min, n)
}

// shorterDrain is the shortest deregistration delay that cuts no request, and where that is what it
// is already, a shorter wait for requests too.
func (t trial) shorterDrain() []Way {
	var ways []Way
	if t.Drain > t.IdleTimeout {
		ways = append(ways, set("Drain", t.IdleTimeout))
	}
	if t.Drain > time.Minute && t.IdleTimeout > time.Minute {
		ways = append(ways, set("Drain", time.Minute).and(set("IdleTimeout", time.Minute)))
	}
	return ways
}

// firstTaken is the first of several ways that is taken, else the first.
func (t trial) firstTaken(ways ...Way) []Way {
	for _, way := range ways {
		if len(way) > 0 && t.takes(way) {
			return []Way{way}
		}
	}
	return ways
}
