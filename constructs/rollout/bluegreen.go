package rollout

// blueGreen follows two environments, of which one serves and the other is idle. The idle one has
// a fleet of its own all the time, of the same size or shrunk to one instance.
func (b *builder) blueGreen() {
	fleet := b.old
	const left = "the idle environment is bad; users never met it"
	b.out = fleet
	if fleet > b.policy.idle() {
		b.step(Launch, 0, fleet-b.policy.idle(), Assumptions.Launch, left)
		b.confirmIdle(0, fleet-b.policy.idle(), left)
	}
	b.deployIdle(fleet, left)
	b.step(Trial, 0, fleet, Assumptions.Trial, left)

	// Resolvers still know the old address, so both fleets serve.
	const back = "users met the new version; the addresses are swapped back"
	b.out, b.new = 0, fleet
	b.step(Swap, 0, fleet, Assumptions.Swap, back)
	b.old, b.out = 0, fleet
	b.step(Watch, 0, fleet, Assumptions.Watch, back)
	if surplus := fleet - b.policy.idle(); surplus > 0 {
		b.out -= surplus
		b.step(Terminate, 0, surplus, 0, "the idle environment keeps its size")
	}
}

// deployIdle brings the new version onto the idle fleet, in the batches of its own policy. None of
// its instances serves users.
func (b *builder) deployIdle(fleet int, ifFails string) {
	method, size := b.policy.deploymentPolicy()
	if method == RollingWithAdditionalBatch {
		b.out += size
		b.step(Launch, 0, size, Assumptions.Launch, ifFails)
		b.confirmIdle(0, size, ifFails)
	}
	for done, batch := 0, 1; done < fleet; batch++ {
		n, alike := b.batches(fleet-done, size)
		first := len(b.plan)
		b.step(Drain, batch, n, b.policy.Drain, ifFails)
		b.step(Deploy, batch, n, Assumptions.Deploy, ifFails)
		b.confirmIdle(batch, n, ifFails)
		b.times(first, alike)
		done += n * alike
	}
	if method == RollingWithAdditionalBatch {
		b.step(Drain, 0, size, b.policy.Drain, ifFails)
		b.out -= size
		b.step(Terminate, 0, size, 0, ifFails)
	}
}

func (b *builder) confirmIdle(batch, n int, ifFails string) {
	b.step(Register, batch, n, b.policy.Health.Interval, ifFails)
	b.step(Confirm, batch, n, Assumptions.Confirm, ifFails)
}

// idle is the number of instances that run between releases beside those that serve.
func (p Policy) idle() int {
	switch {
	case p.Method != BlueGreen:
		return 0
	case p.ShrinkIdle:
		return 1
	}
	return p.Fleet.Desired
}
