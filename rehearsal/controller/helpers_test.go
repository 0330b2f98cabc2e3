//go:build unix && slow

package controller_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/controller"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fault"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/rehearsaltest"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "fault" {
		os.Exit(fault.Main(os.Args[2:]))
	}
	rehearsaltest.Main(m)
}

const speed = rehearsaltest.Speed

// newRelease is a release of the test application, with checks that a busy machine may take its time for.
func newRelease(method rollout.Method, settings ...string) controller.Release {
	return controller.Release{
		Policy: rollout.Policy{
			Method: method, Fleet: rollout.Fleet{Min: 3, Max: 6}, Drain: 2 * time.Minute, IdleTimeout: time.Hour,
			Health:         rollout.HealthCheck{Interval: 40 * time.Second, Timeout: time.Hour, Healthy: 2, Unhealthy: 2},
			CommandTimeout: 30 * time.Minute, Bake: 2 * time.Minute, Evaluation: 3 * time.Minute,
		},
		From:  fleet.Version{Name: "v1", Command: rehearsaltest.App()},
		To:    fleet.Version{Name: "v2", Command: rehearsaltest.App(settings...)},
		Speed: speed, Grace: 5 * time.Second,
	}
}

// stage is everything that a release needs.
type stage struct {
	*controller.Controller
	balancer *balancer.Balancer
	url      string
	mu       sync.Mutex
	events   []controller.Event
}

func prepare(t *testing.T, release controller.Release) *stage {
	t.Helper()
	f, err := fleet.New(t.TempDir())
	require.NoError(t, err)
	s := &stage{balancer: balancer.New(release.Balancer())}
	server := httptest.NewServer(s.balancer)
	s.url = server.URL
	t.Cleanup(func() {
		f.Close()
		s.balancer.Close()
		server.Close()
	})
	s.Controller, err = controller.Prepare(t.Context(), release, s.balancer, f, s.note)
	require.NoError(t, err)
	return s
}

func (s *stage) note(event controller.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, event)
}

// seen is what users met.
type seen struct {
	requests, failed atomic.Int64
	versions         sync.Map // name -> *atomic.Int64
}

func (s *seen) of(version string) int {
	if n, ok := s.versions.Load(version); ok {
		return int(n.(*atomic.Int64).Load())
	}
	return 0
}

// rehearse runs a release under load.
func rehearse(t *testing.T, release controller.Release) (controller.Outcome, *stage, *seen) {
	t.Helper()
	s := prepare(t, release)
	users, stop := load(t, s.url)
	outcome, err := s.Run(t.Context())
	require.NoError(t, err)
	stop()
	return outcome, s, users
}

func load(t *testing.T, url string) (users *seen, stop func()) {
	t.Helper()
	users = &seen{}
	ctx, cancel := context.WithCancel(t.Context())
	transport := &http.Transport{}
	client := &http.Client{Transport: transport}
	var running sync.WaitGroup
	for n := range 3 {
		running.Go(func() {
			for ctx.Err() == nil {
				users.meet(client, url+[]string{"/", "/?takes=10ms", "/?takes=50ms"}[n])
				time.Sleep(25 * time.Millisecond)
			}
		})
	}
	stop = func() {
		cancel()
		running.Wait()
		transport.CloseIdleConnections()
	}
	t.Cleanup(stop)
	return users, stop
}

func (s *seen) meet(client *http.Client, url string) {
	s.requests.Add(1)
	response, err := client.Get(url)
	if err != nil {
		s.failed.Add(1)
		return
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		s.failed.Add(1)
		return
	}
	n, _ := s.versions.LoadOrStore(response.Header.Get("X-App-Version"), &atomic.Int64{})
	n.(*atomic.Int64).Add(1)
}

// asPlanned compares every step with the plan.
func asPlanned(t *testing.T, plan rollout.Plan, outcome controller.Outcome) {
	t.Helper()
	require.Len(t, outcome.Steps, len(plan))
	for i, m := range outcome.Steps {
		assert.Equal(t, plan[i], m.Step)
		assert.Equal(t, [3]int{m.Step.Old, m.Step.New, m.Step.Out}, [3]int{m.Old, m.New, m.Out},
			"step %d, %s: planned and measured old, new, out", i+1, m.Step.Action)
		assert.Equal(t, m.Step.InService(), m.Least, "step %d, %s: least in service", i+1, m.Step.Action)
	}
	assert.Equal(t, plan.Floor(), outcome.Floor)
}
