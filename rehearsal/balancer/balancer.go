package balancer

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Health is how the balancer decides that a target can serve.
type Health struct {
	// Path is asked for with GET. Default: /.
	Path string
	// Interval is the time between two checks. Default: 30 s.
	Interval time.Duration
	// Timeout is how long a check may take, which should be less than Interval. Default: 5 s.
	Timeout time.Duration
	// Healthy is the number of passed checks in a row that bring an unhealthy target back, Unhealthy
	// the number of failed ones that take a target out. Default: 5 and 2.
	Healthy, Unhealthy int
	// Matcher is the status that passes. Default: 200.
	Matcher int
}

// Config is everything that can be set.
type Config struct {
	Health Health
	// Drain is the deregistration delay: for how long a target that is deregistered shows as draining,
	// and how long requests under way may take to finish on it. Default: 0, they are cut at once.
	Drain time.Duration
	// Cut is the latter where the two differ, because Drain was compressed and the application's requests
	// were not. A target with requests then drains until they have finished. Default and minimum: Drain.
	Cut time.Duration
	// IdleTimeout is how long a connection may be silent. Default: 60 s.
	IdleTimeout time.Duration
	// ConnectTimeout is how long the connection to a target may take. Default: 10 s.
	ConnectTimeout time.Duration
	// Changed, if set, is told every change of a target's state, one after the other. It must not
	// register or deregister.
	Changed func(Change)
	// Failed, if set, is told why a request failed. It may be called concurrently.
	Failed func(Failure)
	// Answered, if set, may add to the header of an answer to a request that was forwarded, be it the
	// target's or for want of that. It may be called concurrently.
	Answered func(t *Target, header http.Header)
}

// withDefaults sets what AWS does by default. Sources: Health checks for Application Load Balancer target
// groups; Edit attributes for your Application Load Balancer.
func (c Config) withDefaults() Config {
	c.Health.Path = cmp.Or(c.Health.Path, "/")
	c.Health.Interval = cmp.Or(c.Health.Interval, 30*time.Second)
	c.Health.Timeout = cmp.Or(c.Health.Timeout, 5*time.Second)
	c.Health.Healthy = cmp.Or(c.Health.Healthy, 5)
	c.Health.Unhealthy = cmp.Or(c.Health.Unhealthy, 2)
	c.Health.Matcher = cmp.Or(c.Health.Matcher, http.StatusOK)
	c.Cut = max(c.Cut, c.Drain)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, time.Minute)
	// Source: Troubleshoot your Application Load Balancers, under HTTP 504.
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 10*time.Second)
	return c
}

// Change is a change of a target's state.
type Change struct {
	At       time.Time
	Target   *Target
	Old, New State
}

// Failure is a request that the balancer could not answer with what a target said.
type Failure struct {
	At time.Time
	// Status is what the client got, or 0 where the answer had begun and broke off.
	Status int
	// Instance is the target, or empty where there was none.
	Instance string
	// Reason says in a few words what happened.
	Reason string
}

// Balancer takes requests as an [http.Handler] and forwards them to targets. Make one with [New].
type Balancer struct {
	cfg     Config
	checks  *http.Transport
	ctx     context.Context
	closing context.CancelCauseFunc
	running sync.WaitGroup

	mu      sync.Mutex // guards everything below, and the state of groups and targets
	rule    []*share
	groups  []*Group
	changes []Change

	telling sync.Mutex // keeps changes in order on their way to cfg.Changed
}

// share is a group in the listener rule.
type share struct {
	group           *Group
	weight, current int
}

var errClosed = errors.New("the load balancer was closed")

// New returns a balancer without targets.
func New(cfg Config) *Balancer {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Balancer{
		cfg: cfg.withDefaults(), ctx: ctx, closing: cancel,
		// Every check has a connection of its own. Source: Health checks for Application Load Balancer
		// target groups.
		checks: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	}
}

// Close cuts the requests under way, stops the health checks and waits for both.
func (b *Balancer) Close() {
	b.mu.Lock()
	b.closing(errClosed)
	targets := b.targets()
	for _, t := range targets {
		for x := range t.exchanges {
			x.cut(errClosed)
		}
	}
	b.mu.Unlock()
	b.running.Wait()
	for _, t := range targets {
		t.transport.CloseIdleConnections()
	}
}

func (b *Balancer) targets() (all []*Target) {
	for _, g := range b.groups {
		all = append(all, g.targets...)
	}
	return all
}

// Server returns a server for clients: it keeps their connections for the idle timeout.
func (b *Balancer) Server() *http.Server {
	return &http.Server{
		Handler: b,
		// The idle timeout counts on both sides. Source: Edit attributes for your Application Load Balancer.
		IdleTimeout:       b.cfg.IdleTimeout,
		ReadHeaderTimeout: b.cfg.IdleTimeout,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
}

// NewGroup returns a target group without targets.
func (b *Balancer) NewGroup(name string) *Group {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := &Group{name: name, balancer: b}
	b.groups = append(b.groups, g)
	return g
}

// Forward replaces the listener rule: requests go to the groups in proportion to their weights. A
// group of weight 0 gets none.
func (b *Balancer) Forward(weights map[*Group]int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rule = b.rule[:0]
	for _, g := range b.groups { // In a fixed order, so that the same weights give the same turns.
		if weight, ok := weights[g]; ok {
			b.rule = append(b.rule, &share{group: g, weight: weight})
		}
	}
}

// next is the group whose turn it is, or nil. Only weights decide: a group keeps its share where none of
// its targets is healthy. Source: Action types for listener rules. How a share is spread is not said;
// here the turns of a group are as even as they can be.
func (b *Balancer) next() *Group {
	b.mu.Lock()
	defer b.mu.Unlock()
	total := 0
	for _, s := range b.rule {
		s.current += s.weight
		total += s.weight
	}
	if total == 0 {
		return nil
	}
	best := slices.MaxFunc(b.rule, func(x, y *share) int { return x.current - y.current })
	best.current -= total
	return best.group
}

// ServeHTTP forwards a request.
func (b *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	group := b.next()
	if group == nil {
		b.refuse(w, "no target group")
		return
	}
	group.ServeHTTP(w, r)
}

// refuse answers where no target is registered. Source: Troubleshoot your Application Load Balancers,
// under HTTP 503.
func (b *Balancer) refuse(w http.ResponseWriter, reason string) {
	b.failed(http.StatusServiceUnavailable, "", reason)
	b.answer(w, http.StatusServiceUnavailable, reason)
}

// answer says what the load balancer has to say, and why, which one in AWS keeps to itself.
func (b *Balancer) answer(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Server", "awselb/2.0")
	http.Error(w, cmp.Or(http.StatusText(status), "Client Closed Request")+": "+why, status)
}

func (b *Balancer) failed(status int, instance, reason string) {
	if b.cfg.Failed != nil {
		b.cfg.Failed(Failure{At: time.Now(), Status: status, Instance: instance, Reason: reason})
	}
}

func (b *Balancer) answered(t *Target, header http.Header) {
	if b.cfg.Answered != nil {
		b.cfg.Answered(t, header)
	}
}

// tell hands the changes on. It must be called without b.mu, since who listens asks for states.
func (b *Balancer) tell() {
	if b.cfg.Changed == nil {
		return
	}
	b.telling.Lock()
	defer b.telling.Unlock()
	b.mu.Lock()
	changes := b.changes
	b.changes = nil
	b.mu.Unlock()
	for _, change := range changes {
		b.cfg.Changed(change)
	}
}

func (b *Balancer) dialer() *net.Dialer { return &net.Dialer{Timeout: b.cfg.ConnectTimeout} }
