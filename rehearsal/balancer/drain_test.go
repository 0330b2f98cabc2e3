//go:build slow

package balancer_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
)

func TestDrain(t *testing.T) {
	t.Parallel()
	t.Run("a draining target finishes what it has and gets nothing new, also on kept connections", func(t *testing.T) {
		t.Parallel()
		const drain = 400 * time.Millisecond
		f := newFront(t, func(c *balancer.Config) { c.Drain = drain })
		entered, release := make(chan struct{}), make(chan struct{})
		old := newApp(t, "", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				close(entered)
				<-release
			}
			fmt.Fprint(w, "old")
		})
		target := f.serve(t, old.addr())[0]
		_, body := f.get(t, "/")
		require.Equal(t, "old", body, "the client now keeps a connection")
		slow := make(chan string)
		go func() { _, body := f.get(t, "/slow"); slow <- body }()
		<-entered

		f.serve(t, newApp(t, "new", nil).addr())
		begin := time.Now()
		drained := f.group.Deregister(target)
		assert.Equal(t, drained, f.group.Deregister(target), "twice is once")
		assert.Equal(t, balancer.Draining, target.State())
		for range 6 {
			_, body := f.get(t, "/")
			assert.Equal(t, "new", body)
		}
		select {
		case <-drained:
			t.Error("drained with a request under way")
		default:
		}
		close(release)
		assert.Equal(t, "old", <-slow)
		<-drained
		become(t, target, balancer.Unused)
		assert.GreaterOrEqual(t, time.Since(begin), drain, "shown as draining for the whole delay")
		assert.Len(t, f.group.Targets(), 1)
		assert.Empty(t, f.failures.reasons())
	})

	t.Run("without requests it is drained at once", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, nil)
		target := f.serve(t, newApp(t, "a", nil).addr())[0]
		select {
		case <-f.group.Deregister(target):
		case <-time.After(soon / 2):
			t.Error("waits for the delay")
		}
		status, _ := f.get(t, "/")
		assert.Equal(t, http.StatusServiceUnavailable, status, "a draining target is no target")
	})

	t.Run("what is left after the delay is cut: 502, or an answer that breaks off", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, func(c *balancer.Config) { c.Drain = 100 * time.Millisecond })
		var entered sync.WaitGroup
		entered.Add(2)
		target := f.serve(t, newApp(t, "", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/begun" {
				_, _ = io.WriteString(w, "begun")
				_ = http.NewResponseController(w).Flush()
			}
			entered.Done()
			<-r.Context().Done()
		}).addr())[0]
		var clients sync.WaitGroup
		clients.Go(func() { status, _ := f.get(t, "/"); assert.Equal(t, http.StatusBadGateway, status) })
		clients.Go(func() { status, _ := f.get(t, "/begun"); assert.Zero(t, status) })
		entered.Wait()
		<-f.group.Deregister(target)
		clients.Wait()
		assert.Equal(t, []string{"the deregistration delay elapsed", "the deregistration delay elapsed"}, f.failures.reasons())
	})

	t.Run("where the delay is compressed and requests are not, a target drains for as long as these take", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, func(c *balancer.Config) { c.Drain, c.Cut = 10*time.Millisecond, soon })
		entered := make(chan struct{})
		target := f.serve(t, newApp(t, "", func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			time.Sleep(200 * time.Millisecond)
			fmt.Fprint(w, "late")
		}).addr())[0]
		answer := make(chan string)
		go func() { _, body := f.get(t, "/"); answer <- body }()
		<-entered
		drained := f.group.Deregister(target)
		time.Sleep(50 * time.Millisecond)
		assert.Equal(t, balancer.Draining, target.State())
		assert.Equal(t, "late", <-answer)
		<-drained
		become(t, target, balancer.Unused)
		assert.Empty(t, f.failures.reasons())
	})

	t.Run("a stream to a client that reads nothing does not outlive the delay by more than a second", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, func(c *balancer.Config) { c.Drain = 50 * time.Millisecond })
		entered := make(chan struct{})
		target := f.serve(t, newApp(t, "", func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			for r.Context().Err() == nil {
				_, _ = w.Write(make([]byte, 1<<20))
			}
		}).addr())[0]
		response, err := f.client.Get(f.url)
		require.NoError(t, err)
		defer response.Body.Close()
		<-entered
		time.Sleep(50 * time.Millisecond)
		begin := time.Now()
		<-f.group.Deregister(target)
		assert.Less(t, time.Since(begin), 5*time.Second)
	})
}

// Nothing may be lost while targets come and go under load; the race detector watches.
func TestChurn(t *testing.T) {
	t.Parallel()
	f := newFront(t, func(c *balancer.Config) { c.Drain = time.Second })
	f.serve(t, newApp(t, "fixed", nil).addr())
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				status, _ := f.get(t, "/")
				assert.Equal(t, http.StatusOK, status)
			}
		})
	}
	for range 10 {
		app := newApp(t, "passing", nil)
		target := f.serve(t, app.addr())[0]
		time.Sleep(5 * time.Millisecond)
		<-f.group.Deregister(target)
		f.Forward(map[*balancer.Group]int{f.group: 1})
		_ = f.group.Targets()
	}
	close(stop)
	clients.Wait()
	assert.Empty(t, f.failures.reasons())
}
