//go:build slow

package balancer_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
)

const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// request reads one request without a body, and reports whether there was one.
func request(r *bufio.Reader) bool {
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == "\r\n" {
			return true
		}
	}
}

func reset(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) }

func TestBadGateway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, reason string
		handle       func(net.Conn)
	}{
		{"a connection that is closed early", "connection closed early", func(c net.Conn) { request(bufio.NewReader(c)) }},
		{"a connection that is reset", "connection reset", func(c net.Conn) { request(bufio.NewReader(c)); reset(c) }},
		{"an answer that is no HTTP", "malformed answer", func(c net.Conn) { request(bufio.NewReader(c)); fmt.Fprint(c, "hello\r\n\r\n") }},
		{"a header beyond 32 K", "exceeded", func(c net.Conn) {
			request(bufio.NewReader(c))
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nX: %s\r\n\r\n", strings.Repeat("x", 64<<10))
		}},
	} {
		t.Run("502 for "+c.name, func(t *testing.T) {
			t.Parallel()
			f := newFront(t, func(c *balancer.Config) { c.Health.Interval = time.Hour })
			f.group.Register(raw(t, func(_ int, conn net.Conn) { c.handle(conn) }), "x")
			status, _ := f.get(t, "/")
			assert.Equal(t, http.StatusBadGateway, status)
			require.Len(t, f.failures.reasons(), 1)
			assert.Contains(t, f.failures.reasons()[0], c.reason)
		})
	}

	t.Run("502 for a refused connection, and no other target is tried", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, func(c *balancer.Config) { c.Health.Interval = time.Hour })
		gone := newApp(t, "gone", nil)
		f.group.Register(gone.addr(), "gone")
		f.group.Register(newApp(t, "alive", nil).addr(), "alive")
		gone.Close()
		status, _ := f.get(t, "/")
		assert.Equal(t, http.StatusBadGateway, status)
		status, body := f.get(t, "/")
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, "alive", body)
		assert.Equal(t, []string{"connection refused"}, f.failures.reasons())
	})
}

// A target that closes a kept connection at the moment of the next request loses that request, and a
// load balancer that hid it would prove nothing.
func TestKeptConnectionIsClosed(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"FIN", "RST"} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "DELETE", "POST with a key"} {
			t.Run(fmt.Sprintf("502 for %s after %s", method, end), func(t *testing.T) {
				t.Parallel()
				var requests atomic.Int32
				addr := raw(t, func(_ int, conn net.Conn) {
					for r := bufio.NewReader(conn); request(r); {
						if requests.Add(1) == 2 {
							if end == "RST" {
								reset(conn)
							}
							return
						}
						fmt.Fprint(conn, answer)
					}
				})
				f := newFront(t, func(c *balancer.Config) { c.Health.Interval = time.Hour })
				f.group.Register(addr, "x")
				status, _ := f.get(t, "/")
				require.Equal(t, http.StatusOK, status)

				verb, _, keyed := strings.Cut(method, " ")
				again, err := http.NewRequest(verb, f.url, nil)
				require.NoError(t, err)
				if keyed {
					again.Header.Set("Idempotency-Key", "1")
				}
				response, err := f.client.Do(again)
				require.NoError(t, err)
				require.NoError(t, response.Body.Close())
				assert.Equal(t, http.StatusBadGateway, response.StatusCode)
				assert.EqualValues(t, 2, requests.Load(), "not sent again")
				status, _ = f.get(t, "/")
				assert.Equal(t, http.StatusOK, status)
			})
		}
	}
}

func TestRequestsStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	f := newFront(t, nil)
	f.serve(t, newApp(t, "", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Method, r.ContentLength, r.TransferEncoding, r.Header.Get("Idempotency-Key"))
	}).addr())
	for _, method := range []string{"GET", "DELETE", "OPTIONS", "POST", "PUT", "PATCH"} {
		r, err := http.NewRequest(method, f.url, nil)
		require.NoError(t, err)
		r.Header.Set("Idempotency-Key", "k")
		response, err := f.client.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, method+"0 []k", string(body))
	}
}

func TestConnectionsToTargets(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	closed := make(chan time.Time, 8)
	addr := raw(t, func(_ int, conn net.Conn) {
		connections.Add(1)
		for r := bufio.NewReader(conn); request(r); {
			fmt.Fprint(conn, answer)
		}
		closed <- time.Now()
	})
	const idle = 600 * time.Millisecond
	f := newFront(t, func(c *balancer.Config) { c.Health.Interval, c.IdleTimeout = time.Hour, idle })
	f.group.Register(addr, "x")
	for range 5 {
		status, _ := f.get(t, "/")
		require.Equal(t, http.StatusOK, status)
	}
	last := time.Now()
	assert.EqualValues(t, 1, connections.Load(), "kept")
	assert.GreaterOrEqual(t, (<-closed).Sub(last), idle-20*time.Millisecond, "until the idle timeout")
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	const idle = 200 * time.Millisecond
	f := newFront(t, func(c *balancer.Config) { c.IdleTimeout = idle })
	f.serve(t, newApp(t, "", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/silent":
			<-r.Context().Done()
		case "/upload":
			n, _ := io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n)
		case "/breaks", "/alive":
			for range 8 {
				fmt.Fprintln(w, "x")
				_ = http.NewResponseController(w).Flush()
				if r.URL.Path == "/breaks" {
					<-r.Context().Done()
				}
				time.Sleep(idle / 4)
			}
		}
	}).addr())

	t.Run("504 for a silent target", func(t *testing.T) {
		t.Parallel()
		begin := time.Now()
		status, _ := f.get(t, "/silent")
		assert.Equal(t, http.StatusGatewayTimeout, status)
		assert.GreaterOrEqual(t, time.Since(begin), idle)
	})
	t.Run("a target that goes silent breaks the answer off", func(t *testing.T) {
		t.Parallel()
		status, _ := f.get(t, "/breaks")
		assert.Zero(t, status)
		assert.Contains(t, f.failures.reasons(), "the target was silent for the idle timeout")
	})
	t.Run("an answer may take longer than the idle timeout", func(t *testing.T) {
		t.Parallel()
		status, body := f.get(t, "/alive")
		assert.Equal(t, http.StatusOK, status)
		assert.Len(t, body, 16)
	})
	t.Run("an upload may take longer too, but 408 for a silent one", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			pause  time.Duration
			status int
		}{{idle / 4, http.StatusOK}, {3 * idle, http.StatusRequestTimeout}} {
			body, pipe := io.Pipe()
			var writer sync.WaitGroup
			writer.Go(func() {
				for range 8 {
					if _, err := pipe.Write([]byte("x")); err != nil {
						return
					}
					time.Sleep(c.pause)
				}
				_ = pipe.Close()
			})
			response, err := f.client.Post(f.url+"/upload", "text/plain", body)
			require.NoError(t, err)
			assert.Equal(t, c.status, response.StatusCode)
			_ = body.Close()
			require.NoError(t, response.Body.Close())
			writer.Wait()
		}
	})
	t.Run("504 for a target that does not accept in time", func(t *testing.T) {
		t.Parallel()
		f := newFront(t, func(c *balancer.Config) { c.Health.Interval, c.ConnectTimeout = time.Hour, 100*time.Millisecond })
		f.group.Register(fullBacklog(t), "x")
		status, _ := f.get(t, "/")
		assert.Equal(t, http.StatusGatewayTimeout, status)
	})
}

// fullBacklog listens and never accepts, with no room for another connection.
func fullBacklog(t *testing.T) string {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(socket) })
	require.NoError(t, syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(socket, 0))
	bound, err := syscall.Getsockname(socket)
	require.NoError(t, err)
	addr := fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port)
	for range 4 {
		if conn, err := net.DialTimeout("tcp", addr, 100*time.Millisecond); err == nil {
			t.Cleanup(func() { _ = conn.Close() })
		}
	}
	return addr
}

func TestClientGoes(t *testing.T) {
	t.Parallel()
	f := newFront(t, nil)
	entered, left := make(chan struct{}), make(chan struct{})
	f.serve(t, newApp(t, "", func(_ http.ResponseWriter, r *http.Request) { close(entered); <-r.Context().Done(); close(left) }).addr())
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	require.NoError(t, err)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	require.NoError(t, conn.Close())
	<-left
	require.Eventually(t, func() bool { return len(f.failures.reasons()) == 1 }, soon, time.Millisecond)
	assert.Equal(t, "the client closed the connection", f.failures.reasons()[0])
}
