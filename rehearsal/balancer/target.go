package balancer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"slices"
	"time"
)

// State is the health status of a target.
type State string

// The states of a target. Source: Health checks for Application Load Balancer target groups.
const (
	Initial   State = "initial"   // registered, no check passed yet
	Healthy   State = "healthy"   // gets requests
	Unhealthy State = "unhealthy" // gets requests only where no target is healthy
	Draining  State = "draining"  // deregistered; requests under way finish
	Unused    State = "unused"    // not registered any more
)

// Target is an instance in a group.
type Target struct {
	group          *Group
	addr, instance string
	proxy          *httputil.ReverseProxy
	transport      *http.Transport
	checks         context.Context
	stopChecks     context.CancelFunc
	drained        chan struct{}

	// The rest is guarded by the balancer's mutex.
	state          State
	passes, misses int // in a row
	passed         time.Time
	reason         string
	exchanges      map[*exchange]bool
}

var errCut = errors.New("the deregistration delay elapsed")

func newTarget(g *Group, addr, instance string) *Target {
	b := g.balancer
	t := &Target{
		group: g, addr: addr, instance: instance, state: Initial,
		drained: make(chan struct{}), exchanges: map[*exchange]bool{},
	}
	t.checks, t.stopChecks = context.WithCancel(b.ctx)
	t.transport = &http.Transport{
		DialContext:         b.dialer().DialContext,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 1024,
		// The idle timeout counts on both sides. Source: Edit attributes for your Application Load Balancer.
		IdleConnTimeout: b.cfg.IdleTimeout,
		// Source: Troubleshoot your Application Load Balancers, under HTTP 502.
		MaxResponseHeaderBytes: 32 << 10,
	}
	t.proxy = newProxy(t)
	return t
}

// Addr is where the target listens, host and port.
func (t *Target) Addr() string { return t.addr }

// Instance is the name that the target was registered with.
func (t *Target) Instance() string { return t.instance }

// State is the state of the target now.
func (t *Target) State() State {
	t.group.balancer.mu.Lock()
	defer t.group.balancer.mu.Unlock()
	return t.state
}

// Passed is when the target last passed a health check, and the zero time if it never did.
func (t *Target) Passed() time.Time {
	t.group.balancer.mu.Lock()
	defer t.group.balancer.mu.Unlock()
	return t.passed
}

// Reason says why the last health check failed. It is empty after one that passed.
func (t *Target) Reason() string {
	t.group.balancer.mu.Lock()
	defer t.group.balancer.mu.Unlock()
	return t.reason
}

// set changes the state. The caller holds the mutex, and calls tell without it afterwards.
func (t *Target) set(state State) {
	if t.state == state {
		return
	}
	b := t.group.balancer
	if b.cfg.Changed != nil {
		b.changes = append(b.changes, Change{At: time.Now(), Target: t, Old: t.state, New: state})
	}
	t.state = state
}

// check asks the target every interval, the first time one interval after it was registered. The
// interval runs on while the target thinks. Source: Health checks for Application Load Balancer target
// groups.
func (t *Target) check() {
	b := t.group.balancer
	ticker := time.NewTicker(b.cfg.Health.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-t.checks.Done():
			return
		case <-ticker.C:
		}
		began := time.Now()
		err := t.ask()
		if t.checks.Err() != nil {
			return
		}
		b.mu.Lock()
		t.judge(err, began)
		b.mu.Unlock()
		b.tell()
	}
}

// ask is one health check: the host is the target's address and port, and redirects are not followed.
// Source: Troubleshoot your Application Load Balancers.
func (t *Target) ask() error {
	health := t.group.balancer.cfg.Health
	ctx, cancel := context.WithTimeout(t.checks, health.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.addr+health.Path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "ELB-HealthChecker/2.0")
	response, err := t.group.balancer.checks.RoundTrip(request)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		if err == nil {
			_ = response.Body.Close()
		}
		return errors.New("request timed out")
	case err != nil:
		return errors.New("health checks failed: " + plain(err))
	}
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10)
	_ = response.Body.Close()
	if response.StatusCode != health.Matcher {
		return errors.New("health checks failed with these codes: [" + response.Status[:3] + "]")
	}
	return nil
}

// judge counts a check. The first one that passes brings a new target into service; the thresholds are
// checks in a row that take it out and bring it back. Source: Health checks for Application Load Balancer
// target groups.
func (t *Target) judge(err error, at time.Time) {
	health := t.group.balancer.cfg.Health
	if t.state == Draining || t.state == Unused {
		return
	}
	if err != nil {
		t.passes, t.misses, t.reason = 0, t.misses+1, err.Error()
		if t.misses >= health.Unhealthy {
			t.set(Unhealthy)
		}
		return
	}
	t.passes, t.misses, t.reason, t.passed = t.passes+1, 0, "", at
	if t.state == Initial || t.passes >= health.Healthy {
		t.set(Healthy)
	}
}

// drain waits for the deregistration delay and cuts what is left, which its client sees as 502. Source:
// Troubleshoot your Application Load Balancers.
func (t *Target) drain() {
	b := t.group.balancer
	delay, cut := time.NewTimer(b.cfg.Drain), time.NewTimer(b.cfg.Cut)
	defer delay.Stop()
	defer cut.Stop()
	select {
	case <-delay.C:
	case <-b.ctx.Done():
	}
	select {
	case <-t.drained:
	case <-cut.C:
	case <-b.ctx.Done():
	}
	if b.ctx.Err() != nil {
		t.transport.CloseIdleConnections()
		return
	}
	b.mu.Lock()
	for x := range t.exchanges {
		x.cut(errCut)
	}
	t.set(Unused)
	t.group.targets = slices.DeleteFunc(t.group.targets, func(other *Target) bool { return other == t })
	b.mu.Unlock()
	b.tell()
	<-t.drained
	t.transport.CloseIdleConnections()
}

// endIfDrained closes drained when the last request has ended. The caller holds the mutex.
func (t *Target) endIfDrained() {
	if (t.state == Draining || t.state == Unused) && len(t.exchanges) == 0 {
		select {
		case <-t.drained:
		default:
			close(t.drained)
		}
	}
}
