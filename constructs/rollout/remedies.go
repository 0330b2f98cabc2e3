package rollout

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// remedy is a change that may mend a policy, in words and in deed. One without words is none.
type remedy struct {
	say string
	do  func(*Policy)
}

// use offers the remedies that leave nothing else wrong, or all where none does because there are
// other problems too.
func (p Policy) use(remedies ...remedy) string {
	remedies = slices.DeleteFunc(remedies, func(r remedy) bool { return r.say == "" })
	sound := slices.DeleteFunc(slices.Clone(remedies), func(r remedy) bool {
		q := p
		r.do(&q)
		return !q.sound()
	})
	if len(sound) > 0 {
		remedies = sound
	}
	words := make([]string, len(remedies))
	for i, r := range remedies {
		words[i] = r.say
	}
	if n := len(words); n > 2 {
		return "use " + strings.Join(words[:n-1], ", ") + ", or " + words[n-1]
	}
	return "use " + strings.Join(words, " or ")
}

// sound tells whether a policy whose values are in range breaks none of the rules that weigh them
// against each other.
func (p Policy) sound() bool {
	return p.Floor() > 0 && p.ConfigurationFloor() > 0 && p.Fleet.Max > p.MinInService && p.BatchSize <= p.Fleet.Max &&
		!(p.Method.replaces() && p.ConfigurationUpdates == Rolling) && !(p.ShrinkIdle && p.Method != BlueGreen) &&
		!p.triggersScaling() && p.inTime() && p.connectionsFit()
}

// to is a change of the method. What has the method's default goes with it.
func to(m Method) remedy {
	return remedy{string(m), func(p *Policy) {
		if p.ConfigurationUpdates == p.Method.twin() {
			p.ConfigurationUpdates = m.twin()
		}
		p.Method = m
	}}
}

// resize changes the fleet. What has the fleet's default goes with it.
func (p *Policy) resize(least, most int) {
	standard := p.MinInService == p.Fleet.spare()
	p.Fleet.Min, p.Fleet.Max, p.Fleet.Desired = least, most, min(max(p.Fleet.Desired, least), most)
	if standard {
		p.MinInService = p.Fleet.spare()
	}
}

// smallerBatch is the largest batch below the present one that leaves instances in service and
// does not make them scale.
func (p Policy) smallerBatch() remedy {
	for n := min(p.BatchSize, p.Fleet.Min) - 1; n >= 1; n-- {
		q := p
		if q.BatchSize = n; !q.triggersScaling() {
			return remedy{fmt.Sprintf("batch %d", n), func(p *Policy) { p.BatchSize = n }}
		}
	}
	return remedy{}
}

// largerMinimum is the smallest minimum that keeps instances in service, and from scaling, while a
// batch is out.
func (p Policy) largerMinimum() remedy {
	n := p.BatchSize + 1
	if gap := p.Fleet.ScaleOut - p.Fleet.ScaleIn; gap > 0 {
		n = max(n, p.Fleet.ScaleOut*p.BatchSize/gap+1)
	}
	say := fmt.Sprintf("minimum %d", n)
	if n > p.Fleet.Max {
		say = fmt.Sprintf("minimum and maximum %d", n)
	}
	return remedy{say, func(p *Policy) { p.resize(n, max(n, p.Fleet.Max)) }}
}

// roomToReplace is the smallest maximum that lets a replacement start before an instance goes.
func (p Policy) roomToReplace() remedy {
	n := max(p.MinInService, 1) + 1
	return remedy{fmt.Sprintf("maximum %d", n), func(p *Policy) { p.resize(p.Fleet.Min, n) }}
}

// smallerMaximum is the largest maximum below the present one that fits, if there is one.
func (p Policy) smallerMaximum(fits func(Policy) bool) remedy {
	n := p.Fleet.Min - 1 + sort.Search(p.Fleet.Max-p.Fleet.Min+1, func(i int) bool {
		q := p
		q.resize(p.Fleet.Min, p.Fleet.Min+i)
		return !fits(q)
	})
	if n < p.Fleet.Min {
		return remedy{}
	}
	return remedy{fmt.Sprintf("maximum %d", n), func(p *Policy) { p.resize(p.Fleet.Min, n) }}
}
