//go:build slow

package balancer_test

import (
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
)

func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "16") // They mostly wait.
	goleak.VerifyTestMain(m)
}

// soon is more than anything here takes on a busy machine, and never waited for in full.
const soon = 10 * time.Second

// tick is the interval of health checks in these tests.
const tick = 10 * time.Millisecond

// front is a balancer with one group, behind a server for clients.
type front struct {
	*balancer.Balancer
	group    *balancer.Group
	url      string
	client   *http.Client
	failures *failures
}

type failures struct {
	mu  sync.Mutex
	all []balancer.Failure
}

func (f *failures) add(failure balancer.Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, failure)
}

func (f *failures) reasons() (reasons []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, failure := range f.all {
		reasons = append(reasons, failure.Reason)
	}
	return reasons
}

func newFront(t *testing.T, mutate func(*balancer.Config)) front {
	t.Helper()
	failures := &failures{}
	cfg := balancer.Config{
		Health: balancer.Health{Path: "/ready", Interval: tick, Timeout: soon, Healthy: 3, Unhealthy: 2},
		Drain:  soon, IdleTimeout: soon, Failed: failures.add,
	}
	if mutate != nil {
		mutate(&cfg)
	}
	b := balancer.New(cfg)
	server := httptest.NewUnstartedServer(b)
	server.Config = b.Server()
	server.Start()
	group := b.NewGroup("fleet")
	b.Forward(map[*balancer.Group]int{group: 1})
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.CloseClientConnections()
		b.Close()
		server.Close()
	})
	return front{b, group, server.URL, &http.Client{Transport: transport, Timeout: soon}, failures}
}

// get asks for path and returns the status and the body, or status 0 if the answer broke off.
func (f front) get(t *testing.T, path string) (int, string) {
	t.Helper()
	response, err := f.client.Get(f.url + path)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(body)
}

// app is a target that says its name, and whose readiness can be set.
type app struct {
	*httptest.Server
	sick     atomic.Bool
	checks   atomic.Int64
	requests atomic.Int64
}

func newApp(t *testing.T, name string, handler http.HandlerFunc) *app {
	t.Helper()
	a := &app{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ready" {
			a.checks.Add(1)
			if a.sick.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return
		}
		a.requests.Add(1)
		if handler != nil {
			handler(w, r)
			return
		}
		_, _ = io.WriteString(w, name)
	}))
	t.Cleanup(func() { a.CloseClientConnections(); a.Close() })
	return a
}

func (a *app) addr() string { return a.Listener.Addr().String() }

// serve registers targets and waits until they are in service.
func (f front) serve(t *testing.T, addrs ...string) (targets []*balancer.Target) {
	t.Helper()
	before := f.group.InService()
	for _, addr := range addrs {
		targets = append(targets, f.group.Register(addr, addr))
	}
	require.Eventually(t, func() bool { return f.group.InService() == before+len(addrs) }, soon, time.Millisecond)
	return targets
}

func become(t *testing.T, target *balancer.Target, state balancer.State) {
	t.Helper()
	require.Eventually(t, func() bool { return target.State() == state }, soon, time.Millisecond, "never %s", state)
}

// raw is a target that treats connections as it likes: handle gets each one with its number.
func raw(t *testing.T, handle func(n int, conn net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var running sync.WaitGroup
	running.Go(func() {
		for n := 0; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				handle(n, conn)
			})
		}
	})
	t.Cleanup(func() {
		assert.NoError(t, listener.Close())
		running.Wait()
	})
	return listener.Addr().String()
}
