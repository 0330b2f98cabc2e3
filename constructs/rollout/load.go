package rollout

import "fmt"

// load are the rules about what the instances carry, and what carries them.
var load = []rule{
	{"rollout/scaling-order", "Fleet.ScaleIn", func(p Policy) (string, string) {
		if p.Fleet.ScaleIn < p.Fleet.ScaleOut {
			return "", ""
		}
		return fmt.Sprintf("instances are removed below %d %% of CPU and added above %d %%, so the fleet never rests", p.Fleet.ScaleIn, p.Fleet.ScaleOut),
			p.use(p.orderedScaling())
	}},
	{"rollout/release-triggers-scaling", "BatchSize", func(p Policy) (string, string) {
		if !p.triggersScaling() || p.Fleet.ScaleIn >= p.Fleet.ScaleOut {
			return "", ""
		}
		rest := p.Fleet.Min - p.BatchSize
		return fmt.Sprintf("while a batch of %d is out of service the other %d of %d instances carry its load, so %d %% of CPU becomes %d %%, "+
				"and above %d %% instances are added: every release makes the fleet scale",
				p.BatchSize, rest, p.Fleet.Min, p.Fleet.ScaleIn, min(100, p.Fleet.ScaleIn*p.Fleet.Min/rest), p.Fleet.ScaleOut),
			p.use(p.smallerBatch(), p.lowerScaleIn(), to(RollingWithAdditionalBatch))
	}},
	{"rollout/database-connections", "Connections.PerInstance", func(p Policy) (string, string) {
		if p.connectionsFit() {
			return "", ""
		}
		n, c := p.busiest(), p.Connections
		message := fmt.Sprintf("a release of %s runs up to %d, which open %d × %d = %d database connections, and the database accepts %d",
			instances(p.Fleet.Max), n, n, c.PerInstance, n*c.PerInstance, c.Limit)
		fewer := remedy{fmt.Sprintf("%d connections per instance", c.Limit/n), func(p *Policy) { p.Connections.PerInstance = c.Limit / n }}
		if c.Limit < n {
			fewer = remedy{}
		}
		rolling := to(Rolling)
		if p.Method == Rolling {
			rolling = remedy{}
		}
		return message, p.use(fewer, p.smallerMaximum(Policy.connectionsFit), rolling,
			remedy{fmt.Sprintf("a database that accepts %d", n*c.PerInstance), func(p *Policy) { p.Connections.Limit = n * c.PerInstance }})
	}},
}

// triggersScaling tells whether a fleet at the load at which nothing is removed any more reaches
// that at which instances are added, because a batch is out of service.
func (p Policy) triggersScaling() bool {
	f := p.Fleet
	return p.Method == Rolling && f.Max > f.Min && f.Min > p.BatchSize && f.ScaleIn*f.Min >= f.ScaleOut*(f.Min-p.BatchSize)
}

// lowerScaleIn is the highest threshold at which releases do not make the fleet scale, if there is
// one.
func (p Policy) lowerScaleIn() remedy {
	for n := min(p.Fleet.ScaleIn, p.Fleet.ScaleOut) - 1; n >= 1; n-- {
		q := p
		if q.Fleet.ScaleIn = n; !q.triggersScaling() {
			return remedy{fmt.Sprintf("scale-in %d %%", n), func(p *Policy) { p.Fleet.ScaleIn = n }}
		}
	}
	return remedy{}
}

// orderedScaling changes one threshold where that is enough, or goes back to the defaults.
func (p Policy) orderedScaling() remedy {
	for _, r := range []remedy{p.lowerScaleIn(), p.higherScaleOut()} {
		if r.say != "" {
			return r
		}
	}
	return remedy{"scale-in 25 % and scale-out 70 %", func(p *Policy) { p.Fleet.ScaleIn, p.Fleet.ScaleOut = 25, 70 }}
}

// higherScaleOut is the lowest threshold at which releases do not make the fleet scale, if there is
// one.
func (p Policy) higherScaleOut() remedy {
	for n := p.Fleet.ScaleIn + 1; n <= 100; n++ {
		q := p
		if q.Fleet.ScaleOut = n; !q.triggersScaling() {
			return remedy{fmt.Sprintf("scale-out %d %%", n), func(p *Policy) { p.Fleet.ScaleOut = n }}
		}
	}
	return remedy{}
}

// busiest is the most instances that run at any moment of a release of the largest fleet.
func (p Policy) busiest() int {
	p.Fleet.Desired = p.Fleet.Max
	return p.deployment().running()
}

func (p Policy) connectionsFit() bool {
	c := p.Connections
	return c.PerInstance == 0 || c.Limit <= 0 || c.PerInstance*p.busiest() <= c.Limit
}
