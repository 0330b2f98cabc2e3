package load

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Load is a load that runs, or has run.
type Load struct {
	cfg     Config
	clients clients
	pace    *pace
	results *recorder
	behind  atomic.Int64

	// running ends when no more requests are sent, requests when those under way are given up.
	running, requests context.Context
	stop, abort       context.CancelFunc
	finished          chan struct{}
}

// Start begins to send requests, until ctx ends or Stop is called.
func Start(ctx context.Context, cfg Config) (*Load, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("the load cannot start: %w", err)
	}
	cfg = cfg.withDefaults()
	l := &Load{cfg: cfg, clients: newClients(cfg.KeepFor), finished: make(chan struct{})}
	l.running, l.stop = context.WithCancel(ctx)
	l.requests, l.abort = context.WithCancel(context.WithoutCancel(ctx))
	l.pace = &pace{running: l.running, interval: time.Second / time.Duration(cfg.Rate), began: time.Now()}
	l.results = &recorder{Results: Results{began: l.pace.began}}

	var under sync.WaitGroup
	for range cfg.Streams {
		under.Go(l.stream)
	}
	attacker := vegeta.NewAttacker(vegeta.Client(&http.Client{Transport: l}))
	answers := attacker.Attack(vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: cfg.at("")}), l.pace, 0, "")
	under.Go(func() {
		for range answers { // Each is recorded by then.
		}
	})
	go func() {
		under.Wait()
		l.stop()
		l.abort()
		l.clients.close()
		l.results.close(time.Duration(l.behind.Load()))
		close(l.finished)
	}()
	return l, nil
}

// RoundTrip implements [http.RoundTripper] for vegeta: the request that it wants to send says only
// which one is due. It makes that one instead and records it.
func (l *Load) RoundTrip(placeholder *http.Request) (*http.Response, error) {
	n, err := strconv.ParseUint(placeholder.Header.Get("X-Vegeta-Seq"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("a request without a number: %w", err)
	}
	due := l.pace.due(n)
	l.note(time.Since(due))
	l.results.begin()
	ctx, cancel := context.WithTimeout(l.requests, l.cfg.Timeout)
	defer cancel()
	sample, err := l.ask(ctx, l.cfg.kind(n), due)
	l.results.end(sample, err, l.requests.Err() == nil)
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: placeholder}, nil
}

// note keeps the longest time by which a request left late.
func (l *Load) note(late time.Duration) {
	for {
		longest := l.behind.Load()
		if int64(late) <= longest || l.behind.CompareAndSwap(longest, int64(late)) {
			return
		}
	}
}

// Stop sends no more requests, waits for those under way, at most Timeout, and returns what all of
// them came to. More calls return the same.
func (l *Load) Stop() *Results {
	l.stop()
	<-l.finished
	return &l.results.Results
}

// Abort is Stop for those who cannot wait: requests under way are given up and count as nothing.
func (l *Load) Abort() *Results {
	l.abort()
	return l.Stop()
}

// Done is closed when the load has stopped and nothing is under way any more.
func (l *Load) Done() <-chan struct{} { return l.finished }

// Live is how a load is going.
type Live struct {
	// Requests are those that are answered or have failed; Failed are among them.
	Requests, Failed, UnderWay int
	// Alarming are those that the release alarm would count: not every request that failed has a response.
	Alarming int
	// Last is the last way in which a request failed.
	Last Failure
	// Behind is the longest time by which a request left late.
	Behind time.Duration
}

// Live tells how the load is going. It may be called at any time.
func (l *Load) Live() Live {
	live := l.results.live()
	live.Behind = time.Duration(l.behind.Load())
	return live
}

// pace is vegeta's schedule: one request every interval, for ever.
type pace struct {
	running  context.Context
	interval time.Duration
	began    time.Time
}

// due is when the n-th request is due.
func (p *pace) due(n uint64) time.Time { return p.began.Add(time.Duration(n) * p.interval) }

// Pace implements [vegeta.Pacer].
func (p *pace) Pace(_ time.Duration, sent uint64) (time.Duration, bool) {
	return time.Until(p.due(sent)), p.running.Err() != nil
}

// Rate implements [vegeta.Pacer].
func (p *pace) Rate(time.Duration) float64 { return float64(time.Second) / float64(p.interval) }
