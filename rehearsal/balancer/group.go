package balancer

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// Group is a target group. As an [http.Handler] it answers like a balancer that forwards to nothing
// else, which is how an environment is reached at its own address.
type Group struct {
	name     string
	balancer *Balancer
	targets  []*Target
	turn     int
}

// Name is the name given to [Balancer.NewGroup].
func (g *Group) Name() string { return g.name }

// Targets are the targets that are registered or still draining.
func (g *Group) Targets() []*Target {
	g.balancer.mu.Lock()
	defer g.balancer.mu.Unlock()
	return slices.Clone(g.targets)
}

// InService is the number of healthy targets.
func (g *Group) InService() int {
	g.balancer.mu.Lock()
	defer g.balancer.mu.Unlock()
	return g.count(Healthy)
}

func (g *Group) count(state State) (n int) {
	for _, t := range g.targets {
		if t.state == state {
			n++
		}
	}
	return n
}

// Register adds the target at addr, host and port. It gets requests after its first passed health
// check, or at once where no target is healthy.
func (g *Group) Register(addr, instance string) *Target {
	b := g.balancer
	t := newTarget(g, addr, instance)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx.Err() != nil {
		t.state = Unused
		t.stopChecks()
		return t
	}
	g.targets = append(g.targets, t)
	b.running.Go(t.check)
	return t
}

// Deregister takes a target out: it gets no new request, also not on connections that clients keep.
// The channel is closed when its last request has ended, at the latest when Drain has passed. Until
// then the target is draining, and afterwards unused.
//
// Without requests under way AWS is done at once too, and yet shows the target as draining for the whole
// delay. Source: Edit target group attributes for your Application Load Balancer, deregistration delay.
func (g *Group) Deregister(t *Target) <-chan struct{} {
	b := g.balancer
	b.mu.Lock()
	if t.state == Draining || t.state == Unused {
		b.mu.Unlock()
		return t.drained
	}
	t.set(Draining)
	t.stopChecks()
	t.endIfDrained()
	if b.ctx.Err() == nil {
		b.running.Go(t.drain)
	}
	b.mu.Unlock()
	b.tell()
	return t.drained
}

// ServeHTTP forwards a request to the target whose turn it is.
func (g *Group) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodTrace {
		// Source: Troubleshoot your Application Load Balancers, under HTTP 405.
		g.balancer.answer(w, http.StatusMethodNotAllowed, r.Method)
		return
	}
	x := g.begin(w, r)
	if x == nil {
		g.balancer.refuse(w, "no target in group "+g.name)
		return
	}
	defer x.end()
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &upload{ReadCloser: Bounded(r.Body, r.ContentLength), exchange: x}
	}
	x.target.proxy.ServeHTTP(w, r.WithContext(context.WithValue(x.ctx, exchangeKey{}, x)))
}

// begin chooses a target and enters the request there, in one step, so that a target is never
// drained between the two.
func (g *Group) begin(w http.ResponseWriter, r *http.Request) *exchange {
	b := g.balancer
	b.mu.Lock()
	defer b.mu.Unlock()
	t := g.choose()
	if t == nil || b.ctx.Err() != nil {
		return nil
	}
	x := &exchange{target: t, client: r.Context(), writer: http.NewResponseController(w)}
	x.ctx, x.cancel = context.WithCancelCause(r.Context())
	x.idle = time.AfterFunc(b.cfg.IdleTimeout, x.timeout)
	t.exchanges[x] = true
	b.running.Add(1)
	return x
}

// choose gives healthy targets their turn one after the other, which AWS calls round robin. Where none
// is healthy it fails open: all that are registered have their turn. Those that are draining are not
// registered any more. Source: Edit target group attributes for your Application Load Balancer.
func (g *Group) choose() *Target {
	usable := func(t *Target) bool { return t.state == Healthy }
	if g.count(Healthy) == 0 {
		usable = func(t *Target) bool { return t.state == Initial || t.state == Unhealthy }
	}
	for i := range g.targets {
		t := g.targets[(g.turn+i)%len(g.targets)]
		if usable(t) {
			g.turn = (g.turn + i + 1) % len(g.targets)
			return t
		}
	}
	return nil
}
