//go:build slow

package balancer_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	t.Run("a new target serves after its first passed check", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, func(c *balancer.Config) { c.Health.Interval = 300 * time.Millisecond; c.Health.Healthy = 10 })
		old := newApp(t, "old", nil)
		f.serve(t, old.addr())
		fresh := newApp(t, "fresh", nil)
		target := f.group.Register(fresh.addr(), "fresh")
		assert.Equal(t, balancer.Initial, target.State())
		for range 4 {
			_, body := f.get(t, "/")
			if target.State() == balancer.Initial {
				assert.Equal(t, "old", body)
			}
		}
		become(t, target, balancer.Healthy)
		assert.EqualValues(t, 1, fresh.checks.Load(), "one passed check is enough, whatever the threshold")
		assert.False(t, target.Passed().IsZero())
	})

	t.Run("the thresholds count checks in a row", func(t *testing.T) {
		t.Parallel()
		var mu sync.Mutex
		answers := []int{200, 503, 200, 503, 503, 503, 200, 200, 503, 200, 200, 200} // then 200
		var at int
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			status := http.StatusOK
			if at < len(answers) {
				status = answers[at]
			}
			at++
			w.WriteHeader(status)
		}))
		defer server.Close()
		seen := map[balancer.State]int{}
		var states []balancer.State
		f := newFront(t, func(c *balancer.Config) {
			c.Health.Healthy, c.Health.Unhealthy = 3, 3
			c.Changed = func(change balancer.Change) {
				mu.Lock()
				defer mu.Unlock()
				states = append(states, change.New)
				seen[change.New] = at
			}
		})
		f.group.Register(server.Listener.Addr().String(), "x")
		require.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(states) == 3
		}, soon, time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		assert.Equal(t, []balancer.State{balancer.Healthy, balancer.Unhealthy, balancer.Healthy}, states)
		assert.Equal(t, 6, seen[balancer.Unhealthy], "the third of three failures in a row")
		assert.GreaterOrEqual(t, seen[balancer.Healthy], 12, "the third of three successes in a row")
	})

	for name, handler := range map[string]http.HandlerFunc{
		"a redirect":                      func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"another status than the matcher": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"an answer after the timeout":     func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name+" fails a check", func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(handler)
			defer server.Close()
			f := newFront(t, func(c *balancer.Config) { c.Health.Timeout = 50 * time.Millisecond })
			target := f.group.Register(server.Listener.Addr().String(), "x")
			become(t, target, balancer.Unhealthy)
			assert.NotEmpty(t, target.Reason())
		})
	}

	t.Run("a check names the target as host, itself as agent, and keeps no connection", func(t *testing.T) {
		t.Parallel()
		var request http.Request
		var once sync.Once
		done := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			once.Do(func() { request = *r; close(done) })
		}))
		defer server.Close()
		newFront(t, nil).group.Register(server.Listener.Addr().String(), "x")
		<-done
		assert.Equal(t, "ELB-HealthChecker/2.0", request.UserAgent())
		assert.Equal(t, server.Listener.Addr().String(), request.Host)
		assert.True(t, request.Close)
	})

	t.Run("unhealthy targets get nothing while one is healthy, and everything when none is", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, nil)
		a, b := newApp(t, "a", nil), newApp(t, "b", nil)
		targets := f.serve(t, a.addr(), b.addr())
		a.sick.Store(true)
		become(t, targets[0], balancer.Unhealthy)
		for range 4 {
			_, body := f.get(t, "/")
			assert.Equal(t, "b", body)
		}
		b.sick.Store(true)
		become(t, targets[1], balancer.Unhealthy)
		got := map[string]int{}
		for range 4 {
			status, body := f.get(t, "/")
			assert.Equal(t, http.StatusOK, status)
			got[body]++
		}
		assert.Equal(t, map[string]int{"a": 2, "b": 2}, got, "fail open")
		a.sick.Store(false)
		become(t, targets[0], balancer.Healthy)
		_, body := f.get(t, "/")
		assert.Equal(t, "a", body)
	})
}
