package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHealth(t *testing.T) {
	t.Run("is live but not ready while starting up", func(t *testing.T) {
		server, _ := newServer(t, nil)
		server.phase.Store(starting)
		assert.Equal(t, http.StatusOK, get(server.Handler(), "/healthz").Code)
		answer := get(server.Handler(), "/readyz")
		assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
		assert.Equal(t, "not ready: starting up\n", answer.Body.String())
	})

	t.Run("is ready without a database if none is configured", func(t *testing.T) {
		server, _ := newServer(t, nil)
		answer := get(server.Handler(), "/readyz")
		assert.Equal(t, http.StatusOK, answer.Code)
		assert.Equal(t, "ready\n", answer.Body.String())
	})

	t.Run("is live but not ready while the database is away", func(t *testing.T) {
		url, _, _ := silentDatabase(t)
		server, log := newServer(t, map[string]string{"DATABASE_URL": url, "DATABASE_TIMEOUT": "50ms"})
		assert.Equal(t, http.StatusOK, get(server.Handler(), "/healthz").Code)
		for range 2 {
			answer := get(server.Handler(), "/readyz")
			assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
			assert.Equal(t, "not ready: no database\n", answer.Body.String())
		}
		lines := log.lines(t, "not ready")
		require.Len(t, lines, 1, "logs the change, not every check")
		assert.Equal(t, "the database does not answer in time", lines[0]["reason"])
		assert.NotContains(t, log.String(), password)
	})

	t.Run("is live but not ready while shutting down", func(t *testing.T) {
		url, accepted, _ := silentDatabase(t)
		server, _ := newServer(t, map[string]string{"DATABASE_URL": url})
		server.phase.Store(draining)
		assert.Equal(t, http.StatusOK, get(server.Handler(), "/healthz").Code)
		answer := get(server.Handler(), "/readyz")
		assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
		assert.Equal(t, "not ready: shutting down\n", answer.Body.String())
		assert.Empty(t, accepted, "does not ask the database")
	})
}

func TestPage(t *testing.T) {
	variables := map[string]string{"VERSION": "v<2>", "INSTANCE_ID": "i-7"}

	t.Run("shows version, instance and that there is no database", func(t *testing.T) {
		server, _ := newServer(t, variables)
		answer := get(server.Handler(), "/")
		assert.Equal(t, http.StatusOK, answer.Code)
		assert.Equal(t, "text/html; charset=utf-8", answer.Header().Get("Content-Type"))
		for _, want := range []string{"v&lt;2&gt;", "i-7", "none configured"} {
			assert.Contains(t, answer.Body.String(), want)
		}
	})

	t.Run("is JSON for a client that asks for it", func(t *testing.T) {
		server, _ := newServer(t, variables)
		answer := get(server.Handler(), "/", "Accept", "application/json")
		assert.Equal(t, "application/json", answer.Header().Get("Content-Type"))
		assert.JSONEq(t, `{"version":"v<2>","instance":"i-7","database":{"state":"none"}}`,
			answer.Body.String())
	})

	t.Run("answers without its database, and shows no secret", func(t *testing.T) {
		url, _, _ := silentDatabase(t)
		server, log := newServer(t, map[string]string{"DATABASE_URL": url, "DATABASE_TIMEOUT": "50ms"})
		answer := get(server.Handler(), "/")
		assert.Equal(t, http.StatusOK, answer.Code)
		assert.Contains(t, answer.Body.String(), "✗ fails")

		var status Status
		answer = get(server.Handler(), "/", "Accept", "application/json")
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &status))
		assert.Equal(t, DatabaseStatus{State: "failing"}, status.Database)
		for _, text := range []string{answer.Body.String(), log.String()} {
			assert.NotContains(t, text, password)
		}
		assert.NotContains(t, answer.Body.String(), "127.0.0.1", "the address is for the log only")
	})
}

func TestPageAllowsNoFrameFormOrScript(t *testing.T) {
	server, _ := newServer(t, nil)
	policy := strings.Split(get(server.Handler(), "/").Header().Get("Content-Security-Policy"), "; ")
	assert.ElementsMatch(t, []string{"default-src 'none'", "style-src 'unsafe-inline'", "img-src data:",
		"frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"}, policy)
}

func TestEveryAnswer(t *testing.T) {
	variables := map[string]string{"VERSION": "v2", "INSTANCE_ID": "i-7"}

	t.Run("names the version and the instance", func(t *testing.T) {
		server, _ := newServer(t, variables)
		for path, want := range map[string]int{"/": 200, "/healthz": 200, "/readyz": 200, "/nowhere": 404} {
			answer := get(server.Handler(), path)
			assert.Equal(t, want, answer.Code, path)
			assert.Equal(t, "v2", answer.Header().Get("X-App-Version"), path)
			assert.Equal(t, "i-7", answer.Header().Get("X-Instance"), path)
			assert.Equal(t, "nosniff", answer.Header().Get("X-Content-Type-Options"), path)
		}
	})

	t.Run("is logged with the address that the load balancer saw", func(t *testing.T) {
		const direct = "192.0.2.1" // what httptest connects from
		for forwarded, want := range map[string]string{
			"203.0.113.7":                     "203.0.113.7",
			"198.51.100.1, 203.0.113.7":       "203.0.113.7",
			"198.51.100.1,\"x\", 2001:db8::7": "2001:db8::7",
			"203.0.113.7, unknown":            direct,
			"":                                direct,
		} {
			server, log := newServer(t, variables)
			get(server.Handler(), "/", "X-Forwarded-For", forwarded)
			assert.Equal(t, want, log.lines(t, "request")[0]["client"], forwarded)
		}
		server, log := newServer(t, variables)
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header["X-Forwarded-For"] = []string{"198.51.100.1", "198.51.100.2, 203.0.113.7"}
		server.Handler().ServeHTTP(httptest.NewRecorder(), request)
		assert.Equal(t, "203.0.113.7", log.lines(t, "request")[0]["client"], "several headers")
	})

	t.Run("is logged in one line, health checks and queries left out", func(t *testing.T) {
		server, log := newServer(t, variables)
		get(server.Handler(), "/healthz")
		get(server.Handler(), "/readyz")
		get(server.Handler(), "/nowhere?token="+password, "X-Amzn-Trace-Id", "Root=1-2-3")
		lines := log.lines(t, "request")
		require.Len(t, lines, 1)
		assert.Equal(t, "/nowhere", lines[0]["path"])
		assert.Equal(t, 404.0, lines[0]["status"])
		assert.Equal(t, "Root=1-2-3", lines[0]["trace"])
		assert.NotContains(t, log.String(), password)
	})

	t.Run("is 500 where the handler panics", func(t *testing.T) {
		server, log := newServer(t, variables)
		answer := get(server.observe(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			panic("a defect")
		})), "/")
		assert.Equal(t, http.StatusInternalServerError, answer.Code)
		assert.Equal(t, "internal error\n", answer.Body.String())
		assert.Len(t, log.lines(t, "panic"), 1)
		require.Len(t, log.lines(t, "request"), 1)
		assert.Equal(t, "ERROR", log.lines(t, "request")[0]["level"])
	})

	t.Run("is broken off where the handler panics after it began", func(t *testing.T) {
		server, _ := newServer(t, variables)
		web := httptest.NewServer(server.observe(http.HandlerFunc(
			func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte("half"))
				w.(http.Flusher).Flush()
				panic("a defect")
			})))
		defer web.Close()
		response, err := web.Client().Get(web.URL)
		require.NoError(t, err)
		defer response.Body.Close()
		_, err = response.Body.Read(make([]byte, 100))
		for err == nil {
			_, err = response.Body.Read(make([]byte, 100))
		}
		assert.ErrorContains(t, err, "unexpected EOF")
	})
}

func TestTimeouts(t *testing.T) {
	server, _ := newServer(t, nil)
	web := server.httpServer()

	t.Run("keep a connection longer than the load balancer's 60 s", func(t *testing.T) {
		assert.Greater(t, web.IdleTimeout, 60*time.Second)
		assert.Greater(t, web.ReadHeaderTimeout, 60*time.Second)
	})
	t.Run("do not cut off slow uploads and downloads", func(t *testing.T) {
		assert.Zero(t, web.ReadTimeout)
		assert.Zero(t, web.WriteTimeout)
	})
	t.Run("end a body that no longer arrives, whoever reads it", func(t *testing.T) {
		for _, path := range []string{"/", "/rehearsal/upload"} {
			_, conn := beginUpload(t, path, "1s")
			_, err := io.ReadAll(conn)
			assert.NoError(t, err, "the server closes the connection")
		}
	})
	t.Run("let a slow body arrive, and a slow answer go out", func(t *testing.T) {
		answers, conn := beginUpload(t, "/rehearsal/upload", "2s")
		for range 4 {
			time.Sleep(700 * time.Millisecond)
			_, err := io.WriteString(conn, "x")
			require.NoError(t, err)
		}
		response, err := http.ReadResponse(answers, nil)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, response.StatusCode)

		server, _ := newServer(t, map[string]string{"IDLE_TIMEOUT": "1s"})
		late := httptest.NewUnstartedServer(server.observe(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_ = r.Body.Close()
			select {
			case <-r.Context().Done():
			case <-time.After(1500 * time.Millisecond):
				answer(w, http.StatusOK, "late")
			}
		})))
		late.Config.IdleTimeout = time.Second
		late.Start()
		defer late.Close()
		response, err = http.Post(late.URL, "text/plain", strings.NewReader("all of it"))
		require.NoError(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		assert.Equal(t, "late\n", string(text))
	})
}

func TestBodyThatNoHandlerReads(t *testing.T) {
	post := func(client *http.Client, address, path string, length int64) (response *http.Response, reused bool, err error) {
		trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }}
		request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodPost, address+path,
			io.LimitReader(zeros{}, length))
		require.NoError(t, err)
		request.ContentLength = length
		response, err = client.Do(request)
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		return response, reused, err
	}
	withPanic := func(server *Server) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/", server.Handler())
		mux.Handle("/panic", server.observe(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a defect") })))
		mux.Handle("/silent", server.observe(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
		mux.Handle("/long", server.observe(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100_000)) })))
		return mux
	}

	for path, want := range map[string]int{"/": 405, "/nowhere": 404, "/healthz": 405, "/readyz": 405, "/panic": 500, "/silent": 200, "/long": 200} {
		for _, length := range []int64{5 << 20, longestRest} {
			t.Run(fmt.Sprintf("of %d bytes leaves the connection usable: %s", length, path), func(t *testing.T) {
				server, _ := newServer(t, nil)
				web := httptest.NewServer(withPanic(server))
				defer web.Close()
				for attempt := range 3 {
					response, reused, err := post(web.Client(), web.URL, path, length)
					require.NoError(t, err)
					assert.Equal(t, want, response.StatusCode)
					assert.False(t, response.Close, "keeps the connection")
					assert.Equal(t, attempt > 0, reused)
				}
			})
		}
	}

	t.Run("gets its response while the server drains", func(t *testing.T) {
		server, _ := newServer(t, nil)
		server.phase.Store(draining)
		web := httptest.NewServer(server.Handler())
		defer web.Close()
		for range 10 {
			response, _, err := post(web.Client(), web.URL, "/", 5<<20)
			require.NoError(t, err)
			assert.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
			assert.True(t, response.Close)
		}
	})

	t.Run("ends the connection where it goes on beyond the limit", func(t *testing.T) {
		server, _ := newServer(t, nil)
		web := httptest.NewServer(server.Handler())
		defer web.Close()
		conn, err := net.Dial("tcp", web.Listener.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
		_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
		require.NoError(t, err)
		sent, err := io.Copy(conn, io.LimitReader(zeros{}, 1_000_000_000))
		assert.Error(t, err)
		assert.NotErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Less(t, sent, int64(500_000_000))
	})

	t.Run("ends the connection where it arrives too slowly, however often some of it does", func(t *testing.T) {
		answers, conn := beginUpload(t, "/", "1s")
		begin := time.Now()
		go func() {
			for range 3 {
				time.Sleep(700 * time.Millisecond)
				_, _ = io.WriteString(conn, "x")
			}
		}()
		response, err := http.ReadResponse(answers, nil)
		require.NoError(t, err)
		assert.True(t, response.Close)
		assert.Less(t, time.Since(begin), 3*time.Second, "a limit for each read would take longer")
	})
}

// zeros is a body without an end.
type zeros struct{}

func (zeros) Read(data []byte) (int, error) { clear(data); return len(data), nil }

// beginUpload sends the header of a request with a body of 4 bytes, and gives the server 10 s to answer or to close.
func beginUpload(t *testing.T, path, idleTimeout string) (answers *bufio.Reader, conn net.Conn) {
	t.Helper()
	server, _ := newServer(t, map[string]string{"IDLE_TIMEOUT": idleTimeout, "REHEARSAL": "true", "SHUTDOWN_DELAY": "0s"})
	address, stop, done := serveLocally(t, server)
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(); stop(); assert.NoError(t, <-done) })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
	require.NoError(t, err)
	return bufio.NewReader(conn), conn
}
