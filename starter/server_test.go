package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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
