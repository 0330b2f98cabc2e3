package rollout

import "sort"

// cure offers the ways out of a rule that the policy on trial breaks, the smallest change first.
// None has to be safe: each is tried before it is offered.
type cure func(trial) []Way

// trial is a policy that breaks a rule, and the means to try what mends it.
type trial struct {
	Policy        // with defaults
	given  Policy // without: what is not given follows a change
	field  string // that of the rule
	takes  func(Way) bool
}

// on puts a policy on trial for what was found in it. A way is taken if the policy with it does not
// break the rule, nor any that it did not break before.
func (p Policy) on(f finding) trial {
	before := map[string]bool{}
	for _, other := range p.WithDefaults().findings() {
		before[other.rule.id] = true
	}
	return trial{p.WithDefaults(), p, f.rule.field, func(w Way) bool { return len(p.newly(w, f.rule.id, before)) == 0 }}
}

// newly is what the policy breaks with a way out of a rule: that rule, and those not broken before.
func (p Policy) newly(w Way, id string, before map[string]bool) []finding {
	var found []finding
	for _, f := range w.Apply(p).WithDefaults().findings() {
		if f.rule.id == id || !before[f.rule.id] {
			found = append(found, f)
		}
	}
	return found
}

// waysOut are the ways out of what was found in a policy that mend it and break nothing else. Where
// no cure alone does, cures are joined with those of what they break; where that does not help
// either, all are returned, with the rules that the first of them breaks.
func (p Policy) waysOut(f finding) (ways []Way, conflicts []string) {
	before := map[string]bool{}
	for _, other := range p.WithDefaults().findings() {
		before[other.rule.id] = true
	}
	var cures []Way
	t := p.on(f)
	for _, way := range f.cures(t) {
		if len(way) == 0 {
			continue
		}
		cures = append(cures, way)
		if t.takes(way) {
			ways = append(ways, way)
		}
	}
	for _, way := range cures {
		if len(ways) > 0 {
			return ways, nil
		}
		if joined := p.join(way, f.rule.id, before); joined != nil {
			ways = append(ways, joined)
		}
	}
	if len(ways) > 0 || len(cures) == 0 {
		return ways, nil
	}
	for _, other := range p.newly(cures[0], f.rule.id, before) {
		conflicts = append(conflicts, other.rule.id)
	}
	return cures[:1], conflicts
}

// join adds cures to a way until it breaks nothing any more, or gives up.
func (p Policy) join(w Way, id string, before map[string]bool) Way {
	for range 12 {
		found := p.newly(w, id, before)
		if len(found) == 0 {
			return w
		}
		mended := w.Apply(p)
		t := mended.on(found[0])
		var next Way
		for _, way := range found[0].cures(t) {
			if len(way) > 0 && (next == nil || t.takes(way)) {
				next = way
				if t.takes(way) {
					break
				}
			}
		}
		w = w.and(next)
	}
	return nil
}

// nearest is the value closest to the bound that is taken, or that and the default where none is.
func (t trial) nearest(bound, normal int, way func(int) Way) []Way {
	if t.takes(way(bound)) {
		return []Way{way(bound)}
	}
	if !t.takes(way(normal)) {
		return []Way{way(bound), way(normal)}
	}
	step := 1
	if bound < normal {
		step = -1
	}
	n := sort.Search(step*(bound-normal), func(i int) bool { return !t.takes(way(normal + step*(i+1))) })
	return []Way{way(normal + step*n)}
}

// to is a change of the method. Where it is not enough, it sets what the present method does not
// care for and the other does.
func (t trial) to(m Method) Way {
	plain := set("Method", m)
	if m == t.Method {
		return nil
	}
	if t.takes(plain) {
		return plain
	}
	full := plain
	if given := t.given.ConfigurationUpdates; given != "" && given != m.matchingUpdates() {
		full = full.and(set("ConfigurationUpdates", m.matchingUpdates()))
	}
	if m != BlueGreen && t.ShrinkIdle {
		full = full.and(set("ShrinkIdle", false))
	}
	if m == TrafficSplitting && t.StickySessions {
		full = full.and(set("StickySessions", false))
	}
	if t.AllowDowntime {
		full = full.and(t.noDowntime())
	}
	if !m.batches() {
		return full
	}
	q := full.Apply(t.given).WithDefaults()
	for _, n := range []int{q.BatchSize, 1, q.quickest()} {
		way := full
		if n != q.BatchSize {
			way = full.and(set("BatchSize", n))
		}
		if t.takes(way) {
			return way
		}
	}
	return full
}
