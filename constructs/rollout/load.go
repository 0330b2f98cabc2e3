package rollout

import (
	"fmt"
	"sort"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// load are the rules about what the instances carry, and what carries them.
var load = []rule{
	{"rollout/scaling-order", "Fleet.ScaleIn", func(p Policy) (string, cure) {
		if p.Fleet.ScaleIn < p.Fleet.ScaleOut {
			return "", nil
		}
		return fmt.Sprintf("instances are removed below %d %% of CPU and added above %d %%, so the fleet never rests", p.Fleet.ScaleIn, p.Fleet.ScaleOut),
			func(t trial) []Way {
				return t.firstTaken(t.lowerScaleIn(), t.higherScaleOut(), set("Fleet.ScaleIn", 25).and(set("Fleet.ScaleOut", 70)))
			}
	}},
	{"rollout/release-triggers-scaling", "BatchSize", func(p Policy) (string, cure) {
		if !p.triggersScaling() || p.Fleet.ScaleIn >= p.Fleet.ScaleOut {
			return "", nil
		}
		rest := p.Fleet.Min - p.BatchSize
		return fmt.Sprintf("while a batch of %d is out of service the other %d of %d instances carry its load, so %d %% of CPU becomes %d %%, "+
				"and above %d %% instances are added: every release makes the fleet scale",
				p.BatchSize, rest, p.Fleet.Min, p.Fleet.ScaleIn, min(100, p.Fleet.ScaleIn*p.Fleet.Min/rest), p.Fleet.ScaleOut),
			func(t trial) []Way {
				return []Way{t.smallerBatch(), t.lowerScaleIn(), t.to(RollingWithAdditionalBatch)}
			}
	}},
	{"rollout/database-connections", "Connections.PerInstance", func(p Policy) (string, cure) {
		if p.connectionsFit() {
			return "", nil
		}
		n, c := p.busiest(), p.Connections
		message := fmt.Sprintf("a release of %s runs up to %d, which open %d × %d = %d database connections, and the database accepts %d",
			instances(p.Fleet.Max), n, n, c.PerInstance, n*c.PerInstance, c.Limit)
		return message, func(t trial) []Way {
			var fewer, database Way
			if c.Limit >= n {
				fewer = set("Connections.PerInstance", c.Limit/n)
			}
			if n*c.PerInstance <= limits.MostDatabaseConnections {
				database = set("Connections.Limit", n*c.PerInstance)
			}
			ways := []Way{fewer, t.smallerMaximum(Policy.connectionsFit), t.to(Rolling), database}
			if fewer == nil && database == nil {
				ways = append(ways, t.largestDatabase())
			}
			return ways
		}
	}},
}

// largestDatabase makes do with what the largest database accepts, where neither a larger one nor
// fewer connections are enough: by fewer connections than the starter opens, or fewer instances.
func (t trial) largestDatabase() Way {
	const most, usual = limits.MostDatabaseConnections, 5
	n := t.busiest()
	if n <= most {
		each := min(t.Connections.PerInstance, usual, most/n)
		return set("Connections.PerInstance", each).and(set("Connections.Limit", n*each))
	}
	w := set("Connections.PerInstance", 1).and(set("Connections.Limit", most))
	p := w.Apply(t.Policy)
	size := sort.Search(p.Fleet.Max, func(i int) bool {
		p.Fleet.Min, p.Fleet.Max = i+1, i+1
		return !p.connectionsFit()
	})
	return w.and(t.resize(size, size))
}

// triggersScaling tells whether a fleet at the load at which nothing is removed any more reaches
// that at which instances are added, because a batch is out of service.
func (p Policy) triggersScaling() bool {
	f := p.Fleet
	return p.Method == Rolling && f.Max > f.Min && f.Min > p.BatchSize && f.ScaleIn*f.Min >= f.ScaleOut*(f.Min-p.BatchSize)
}

// lowerScaleIn is the highest threshold at which releases do not make the fleet scale, if there is
// one.
func (t trial) lowerScaleIn() Way {
	p := t.Policy
	for n := min(p.Fleet.ScaleIn, p.Fleet.ScaleOut) - 1; n >= 1; n-- {
		if p.Fleet.ScaleIn = n; !p.triggersScaling() {
			return set("Fleet.ScaleIn", n)
		}
	}
	return nil
}

// higherScaleOut is the lowest threshold at which releases do not make the fleet scale, if there is
// one.
func (t trial) higherScaleOut() Way {
	p := t.Policy
	for n := p.Fleet.ScaleIn + 1; n <= 100; n++ {
		if p.Fleet.ScaleOut = n; !p.triggersScaling() {
			return set("Fleet.ScaleOut", n)
		}
	}
	return nil
}

// busiest is the most instances that run at any moment of a release of the largest fleet.
func (p Policy) busiest() int {
	p.Fleet.Desired = p.Fleet.Max
	return p.brief(false).running()
}

func (p Policy) connectionsFit() bool {
	c := p.Connections
	return c.PerInstance == 0 || c.Limit <= 0 || c.PerInstance*p.busiest() <= c.Limit
}
