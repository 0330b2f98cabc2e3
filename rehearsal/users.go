//go:build unix

package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

// alarmWindow is how far the alarm on errors looks back: CloudWatch has to see two bad minutes.
const alarmWindow = 2 * time.Minute

// users tells whether users are hurt, as the release alarm and the probe of the pipeline would. The alarm
// counts the responses that the deployed one counts; the latency of the probe is not judged, for it is that
// of this machine.
type users struct {
	// tolerated is how many requests of the probe may fail.
	tolerated int
	// window is alarmWindow as it passes in the rehearsal.
	window time.Duration

	live   func() load.Live
	failed atomic.Int64 // of the probe

	mu    sync.Mutex
	looks []look
}

// look is what the load had come to at a time.
type look struct {
	at                 time.Time
	requests, alarming int
}

// hurt is asked again and again.
func (u *users) hurt() bool {
	live, now := u.live(), time.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.looks = append(u.looks, look{now, live.Requests, live.Alarming})
	for len(u.looks) > 1 && now.Sub(u.looks[1].at) > u.window {
		u.looks = u.looks[1:]
	}
	requests, alarming := live.Requests-u.looks[0].requests, live.Alarming-u.looks[0].alarming
	return alarming*100 > requests*errorPercent() || int(u.failed.Load()) > u.tolerated
}

// errorPercent is the share of requests above which the alarm goes off by default.
var errorPercent = sync.OnceValue(func() int {
	cfg, err := config.Load(nil)
	if err != nil {
		panic(err) // cannot happen: the defaults are valid, as tests hold
	}
	return cfg.Environments[0].Alarms.ErrorPercent
})

// probe asks for url once every interval until it is stopped, on a new connection each time.
func (u *users) probe(ctx context.Context, url string, interval time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	client := &http.Client{
		Timeout:       5 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var running sync.WaitGroup
	running.Go(func() {
		for ticker := time.NewTicker(interval); ; {
			select {
			case <-ctx.Done():
				ticker.Stop()
				return
			case <-ticker.C:
				running.Go(func() {
					if !answers(ctx, client, url) && ctx.Err() == nil {
						u.failed.Add(1)
					}
				})
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

func answers(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode < http.StatusBadRequest
}
