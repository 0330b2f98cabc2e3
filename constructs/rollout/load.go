package rollout

import (
	"fmt"
	"slices"
	"sort"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// load are the rules about what the instances carry, and what carries them.
var load = []rule{
	{"rollout/scaling-order", "Fleet.ScaleIn", func(p Policy) (string, cure) {
		f := p.Fleet
		if !f.flaps() {
			return "", nil
		}
		message := fmt.Sprintf("instances are removed below %d %% of CPU and added above %d %%, so the fleet never rests", f.ScaleIn, f.ScaleOut)
		if f.ScaleIn < f.ScaleOut {
			message = fmt.Sprintf("%d %% of CPU on %s becomes %d %% with one more, and below %d %% it is removed again: the fleet never rests",
				f.ScaleOut, instances(f.Min), f.ScaleOut*f.Min/(f.Min+1), f.ScaleIn)
		}
		return message, func(t trial) []Way {
			return t.firstTaken(t.lowerScaleIn(), t.higherScaleOut(), set("Fleet.ScaleIn", 25).and(set("Fleet.ScaleOut", 70)))
		}
	}},
	{"rollout/batch-overloads-the-rest", "BatchSize", func(p Policy) (string, cure) {
		if !p.batchOverloads() || p.Fleet.flaps() {
			return "", nil
		}
		rest := p.Fleet.Min - p.BatchSize
		return fmt.Sprintf("while a batch of %d is out of service the other %d of %d instances carry its load, so %s",
				p.BatchSize, rest, p.Fleet.Min, p.Fleet.overload(rest)),
			func(t trial) []Way {
				if t.Fleet.fixed() {
					return []Way{t.smallerBatch(), t.largerMinimum(), t.to(RollingWithAdditionalBatch)}
				}
				return []Way{t.smallerBatch(), t.lowerScaleIn(), t.to(RollingWithAdditionalBatch)}
			}
	}},
	{"rollout/configuration-update-overloads-the-rest", "MinInService", func(p Policy) (string, cure) {
		if !p.updateOverloads() || p.Fleet.flaps() {
			return "", nil
		}
		return fmt.Sprintf("a change of settings may leave %d of %d instances in service, which carry the load of all, so %s",
				p.MinInService, p.Fleet.Min, p.Fleet.overload(p.MinInService)),
			func(t trial) []Way { return []Way{t.moreInService(), t.to(Immutable)} }
	}},
	{"rollout/database-connections", "Connections.PerInstance", func(p Policy) (string, cure) {
		if p.connectionsFit() {
			return "", nil
		}
		n, c := p.busiest(), p.Connections
		message := fmt.Sprintf("%s, which open %d × %d = %d database connections, and the database accepts %d (%d less %d that are reserved)",
			p.doubled(), n, c.PerInstance, n*c.PerInstance, max(0, c.usable()), c.Limit, limits.ReservedConnections)
		return message, func(t trial) []Way {
			var fewer, database Way
			if c.usable() >= n {
				fewer = set("Connections.PerInstance", c.usable()/n)
			}
			if need := n*c.PerInstance + limits.ReservedConnections; need <= limits.MostDatabaseConnections {
				database = set("Connections.Limit", need)
			}
			ways := []Way{fewer, t.smallerMaximum(Policy.connectionsFit), t.oneEnvironment(), database}
			if fewer == nil && database == nil {
				ways = append(ways, t.largestDatabase())
			}
			return ways
		}
	}},
	{"rollout/subnet-addresses", "Fleet.Max", func(p Policy) (string, cure) {
		if p.addressesFit() {
			return "", nil
		}
		s := p.Subnets
		message := fmt.Sprintf("%s, up to %d in each of %d zones, and a subnet has room for %d: of its %d addresses AWS reserves %d",
			p.doubled(), p.perZone(), p.Fleet.Zones, max(0, p.room()), s.Addresses, limits.ReservedAddresses)
		if n := p.balancers(); n > 0 {
			message += fmt.Sprintf(", and load balancers need %d", n*limits.BalancerAddresses)
		}
		return message, func(t trial) []Way {
			ways := slices.DeleteFunc([]Way{t.smallerMaximum(Policy.addressesFit), t.largerSubnets(), t.thirdZone()},
				func(w Way) bool { return w == nil })
			if len(ways) == 0 {
				ways = []Way{t.smallerFleet()}
			}
			return ways
		}
	}},
}

// largestDatabase makes do with what the largest database accepts, where neither a larger one nor
// fewer connections are enough: by fewer connections than the starter opens, or fewer instances.
func (t trial) largestDatabase() Way {
	const largest, usual = limits.MostDatabaseConnections, 5
	const most = largest - limits.ReservedConnections
	n := t.busiest()
	if n <= most {
		each := min(t.Connections.PerInstance, usual, most/n)
		return set("Connections.PerInstance", each).and(set("Connections.Limit", n*each+limits.ReservedConnections))
	}
	w := set("Connections.PerInstance", 1).and(set("Connections.Limit", largest))
	return w.and(t.fleetOf(w.Apply(t.Policy).largest(Policy.connectionsFit)))
}

// smallerFleet is the largest fleet that fits into the subnets, if there is one.
func (t trial) smallerFleet() Way {
	n := t.largest(Policy.addressesFit)
	if n < 1 {
		return nil
	}
	return t.fleetOf(n)
}

// largest is the largest number of instances, minimum and maximum alike, that fits.
func (p Policy) largest(fits func(Policy) bool) int {
	return sort.Search(p.Fleet.Max, func(i int) bool {
		p.Fleet.Min, p.Fleet.Max = i+1, i+1
		return !fits(p)
	})
}

// fleetOf is a fleet of at most n instances.
func (t trial) fleetOf(n int) Way { return t.resize(min(n, t.Fleet.Min), n) }

// largerSubnets is the size of subnets that is enough, if there is one.
func (t trial) largerSubnets() Way {
	need := t.perZone() + limits.ReservedAddresses + t.balancers()*limits.BalancerAddresses
	size := max(t.Subnets.Addresses, 1)
	for size < need {
		size *= 2
	}
	if size > limits.MostSubnetAddresses {
		return nil
	}
	return set("Subnets.Addresses", size)
}

// thirdZone is as many zones as there can be, if that is enough.
func (t trial) thirdZone() Way {
	way := set("Fleet.Zones", limits.MaxZones)
	if t.Fleet.Zones >= limits.MaxZones || !t.takes(way) {
		return nil
	}
	return way
}

// oneEnvironment does without the second environment, if there is one.
func (t trial) oneEnvironment() Way {
	if t.Method != BlueGreen {
		return nil
	}
	return t.to(Immutable)
}

// fixed tells whether the fleet never scales.
func (f Fleet) fixed() bool { return f.Min == f.Max }

// flaps tells whether an instance that is added because of ScaleOut takes the load below ScaleIn, so
// that it is removed again. That is likeliest in the smallest fleet.
func (f Fleet) flaps() bool {
	if f.fixed() {
		return f.ScaleIn >= f.ScaleOut
	}
	return f.ScaleIn*(f.Min+1) >= f.ScaleOut*f.Min
}

// overloads tells whether rest instances are too few for the load of the smallest fleet. From ScaleIn
// on that has no instance to spare, or one would be removed, and at ScaleOut it needs one more. So a
// fleet at ScaleIn, which is the least that it is made for, must stay below ScaleOut on the rest.
// Where the fleet scales, it would grow in every release; where it does not, nothing relieves the rest.
func (f Fleet) overloads(rest int) bool { return rest > 0 && f.ScaleIn*f.Min >= f.ScaleOut*rest }

// overload is what becomes of the load on rest instances.
func (f Fleet) overload(rest int) string {
	message := fmt.Sprintf("%d %% of CPU becomes %d %%, ", f.ScaleIn, min(100, f.ScaleIn*f.Min/rest))
	if f.fixed() {
		return message + fmt.Sprintf("above the %d %% at which instances are missing, and a fleet of fixed size gets no more", f.ScaleOut)
	}
	return message + fmt.Sprintf("and above %d %% instances are added: the fleet scales every time", f.ScaleOut)
}

func (p Policy) batchOverloads() bool {
	return p.Method == Rolling && p.Fleet.overloads(p.Fleet.Min-p.BatchSize)
}

func (p Policy) updateOverloads() bool {
	return !p.immutableUpdates() && p.Fleet.overloads(p.MinInService)
}

// restless tells whether the thresholds make the fleet scale although its load is the same.
func (p Policy) restless() bool {
	return p.Fleet.flaps() || p.batchOverloads() || p.updateOverloads()
}

// lowerScaleIn is the highest threshold at which the fleet rests, if there is one.
func (t trial) lowerScaleIn() Way {
	p := t.Policy
	for n := min(p.Fleet.ScaleIn, p.Fleet.ScaleOut) - 1; n >= 1; n-- {
		if p.Fleet.ScaleIn = n; !p.restless() {
			return set("Fleet.ScaleIn", n)
		}
	}
	return nil
}

// higherScaleOut is the lowest threshold at which the fleet rests, if there is one.
func (t trial) higherScaleOut() Way {
	p := t.Policy
	for n := p.Fleet.ScaleIn + 1; n <= 99; n++ {
		if p.Fleet.ScaleOut = n; !p.restless() {
			return set("Fleet.ScaleOut", n)
		}
	}
	return nil
}

// moreInService is the smallest number of instances in service that carries the load, with the maximum
// that this takes.
func (t trial) moreInService() Way {
	n := t.Fleet.ScaleIn*t.Fleet.Min/t.Fleet.ScaleOut + 1
	var w Way
	if t.given.MinInService != 0 || n < t.Fleet.Max {
		w = set("MinInService", n)
	}
	if n < t.Fleet.Max {
		return w
	}
	return w.and(t.resize(t.Fleet.Min, n+1))
}

// busiest is the most instances that run at any moment: those that a managed platform update doubles,
// which is immutable whatever the method is (Developer Guide, "Managed platform updates"). No release
// runs more. BlueGreen's second environment is updated in the same hour.
func (p Policy) busiest() int { return 2 * (p.Fleet.Max + p.resting()) }

// resting is the number of instances of the idle environment when no release needs it: nobody sends it
// requests, so it scales in to the least that it may have.
func (p Policy) resting() int {
	switch {
	case p.Method != BlueGreen:
		return 0
	case p.ShrinkIdle:
		return 1
	}
	return p.Fleet.Min
}

// doubled says where the most instances run.
func (p Policy) doubled() string {
	if n := p.resting(); n > 0 {
		return fmt.Sprintf("a managed platform update doubles %d live and %d idle instances to %d", p.Fleet.Max, n, p.busiest())
	}
	return fmt.Sprintf("a managed platform update doubles %s to %d", instances(p.Fleet.Max), p.busiest())
}

// usable is how many connections an application can open.
func (c Connections) usable() int { return c.Limit - limits.ReservedConnections }

func (p Policy) connectionsFit() bool {
	c := p.Connections
	return c.PerInstance == 0 || c.Limit <= 0 || c.PerInstance*p.busiest() <= c.usable()
}

// perZone is the most instances of one zone. Auto Scaling spreads each group evenly, and the odd instance
// of every group may be in the same zone.
func (p Policy) perZone() int {
	spread := func(n int) int { return (n + p.Fleet.Zones - 1) / p.Fleet.Zones }
	return 2 * (spread(p.Fleet.Max) + spread(p.resting()))
}

// balancers is the number of load balancers in the subnets of the instances.
func (p Policy) balancers() int {
	switch {
	case !p.Subnets.Shared:
		return 0
	case p.Method == BlueGreen:
		return 2
	}
	return 1
}

// room is how many instances a subnet has addresses for.
func (p Policy) room() int {
	return p.Subnets.Addresses - limits.ReservedAddresses - p.balancers()*limits.BalancerAddresses
}

func (p Policy) addressesFit() bool { return p.Subnets.Addresses == 0 || p.perZone() <= p.room() }
