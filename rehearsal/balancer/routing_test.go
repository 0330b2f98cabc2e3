//go:build slow

package balancer_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
)

func TestRouting(t *testing.T) {
	t.Parallel()
	t.Run("round robin gives every healthy target its turn", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, nil)
		f.serve(t, newApp(t, "a", nil).addr(), newApp(t, "b", nil).addr(), newApp(t, "c", nil).addr())
		var got []string
		for range 6 {
			_, body := f.get(t, "/")
			got = append(got, body)
		}
		assert.Equal(t, got[:3], got[3:])
		assert.ElementsMatch(t, []string{"a", "b", "c"}, got[:3])
	})

	t.Run("groups share requests by weight, exactly", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, nil)
		fresh := f.NewGroup("fresh")
		f.serve(t, newApp(t, "old", nil).addr())
		become(t, fresh.Register(newApp(t, "new", nil).addr(), "n"), balancer.Healthy)
		for _, percent := range []int{0, 10, 100} {
			f.Forward(map[*balancer.Group]int{f.group: 100 - percent, fresh: percent})
			got := map[string]int{}
			for range 100 {
				_, body := f.get(t, "/")
				got[body]++
			}
			assert.Equal(t, percent, got["new"], "%v", got)
		}
	})

	t.Run("a weighted group without targets fails its share", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, nil)
		f.serve(t, newApp(t, "old", nil).addr())
		f.Forward(map[*balancer.Group]int{f.group: 1, f.NewGroup("empty"): 1})
		got := map[int]int{}
		for range 10 {
			status, _ := f.get(t, "/")
			got[status]++
		}
		assert.Equal(t, map[int]int{200: 5, 503: 5}, got)
	})

	t.Run("503 without a target, a group or a rule", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, nil)
		status, _ := f.get(t, "/")
		assert.Equal(t, http.StatusServiceUnavailable, status)
		f.Forward(nil)
		status, _ = f.get(t, "/")
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Equal(t, []string{"no target in group fleet", "no target group"}, f.failures.reasons())
	})

	t.Run("a target sees the client's host and address, and a trace", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, nil)
		seen := make(chan *http.Request, 1)
		f.serve(t, newApp(t, "", func(_ http.ResponseWriter, r *http.Request) { seen <- r }).addr())
		request, err := http.NewRequest(http.MethodGet, f.url+"/path?q=1", nil)
		require.NoError(t, err)
		request.Header.Set("X-Forwarded-For", "192.0.2.7")
		response, err := f.client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		r := <-seen
		assert.Equal(t, "/path?q=1", r.RequestURI)
		assert.Equal(t, strings.TrimPrefix(f.url, "http://"), r.Host)
		assert.Equal(t, "192.0.2.7, 127.0.0.1", r.Header.Get("X-Forwarded-For"))
		assert.Equal(t, "http", r.Header.Get("X-Forwarded-Proto"))
		assert.NotEmpty(t, r.Header.Get("X-Forwarded-Port"))
		assert.Regexp(t, `^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$`, r.Header.Get("X-Amzn-Trace-Id"))
	})

	t.Run("405 for TRACE", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, nil)
		f.serve(t, newApp(t, "a", nil).addr())
		request, err := http.NewRequest(http.MethodTrace, f.url, nil)
		require.NoError(t, err)
		response, err := f.client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
	})

	t.Run("a stream arrives bit by bit, an upload in full", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, nil)
		step := make(chan struct{})
		f.serve(t, newApp(t, "", func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				n, err := io.Copy(io.Discard, r.Body)
				fmt.Fprint(w, n, err)
				return
			}
			for i := range 3 {
				fmt.Fprintln(w, i)
				_ = http.NewResponseController(w).Flush()
				<-step
			}
		}).addr())
		response, err := f.client.Get(f.url)
		require.NoError(t, err)
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		for i := range 3 {
			require.True(t, lines.Scan())
			assert.Equal(t, fmt.Sprint(i), lines.Text())
			step <- struct{}{}
		}
		upload, err := f.client.Post(f.url, "text/plain", strings.NewReader(strings.Repeat("x", 1<<20)))
		require.NoError(t, err)
		defer upload.Body.Close()
		body, err := io.ReadAll(upload.Body)
		require.NoError(t, err)
		assert.Equal(t, "1048576 <nil>", string(body))
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	f := newFront(t, nil)
	entered := make(chan struct{})
	f.serve(t, newApp(t, "", func(_ http.ResponseWriter, r *http.Request) { close(entered); <-r.Context().Done() }).addr())
	status := make(chan int)
	go func() { got, _ := f.get(t, "/"); status <- got }()
	<-entered
	begin := time.Now()
	f.Close()
	assert.Equal(t, http.StatusBadGateway, <-status)
	assert.Less(t, time.Since(begin), time.Second)
	assert.Equal(t, balancer.Unused, f.group.Register("127.0.0.1:1", "late").State())
	got, _ := f.get(t, "/")
	assert.Equal(t, http.StatusServiceUnavailable, got)
}
