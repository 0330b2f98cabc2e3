package main

import (
	"net/http"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slowPage starts a server whose page takes as long as the database is silent, and asks for it. The
// function release lets the page finish.
func slowPage(t *testing.T, variables map[string]string) (
	address string, stop, release func(), done <-chan error, page <-chan *http.Response,
) {
	t.Helper()
	url, accepted, release := silentDatabase(t)
	variables["DATABASE_URL"], variables["DATABASE_TIMEOUT"] = url, "10s"
	server, _ := newServer(t, variables)
	server.phase.Store(starting)
	address, stop, done = serveLocally(t, server)
	<-accepted // the first connection is that of the warm-up

	answers := make(chan *http.Response, 1)
	go func() {
		response, err := http.Get(address + "/")
		if assert.NoError(t, err) {
			_ = response.Body.Close()
		}
		answers <- response
	}()
	<-accepted
	return address, stop, release, done, answers
}

func TestRun(t *testing.T) {
	t.Run("answers before it is ready, then is ready", func(t *testing.T) {
		url, accepted, release := silentDatabase(t)
		server, _ := newServer(t, map[string]string{
			"DATABASE_URL": url, "DATABASE_TIMEOUT": "10s", "SHUTDOWN_DELAY": "0s", "MIGRATE": "false",
		})
		server.phase.Store(starting)
		address, stop, done := serveLocally(t, server)
		<-accepted
		response, body := fetch(t, http.DefaultClient, address+"/readyz")
		assert.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
		assert.Contains(t, body, "starting up")

		release()
		assert.Eventually(t, func() bool { return server.phase.Load() == serving }, soon, time.Millisecond)
		stop()
		require.NoError(t, <-done)
	})

	t.Run("reports a listener that fails", func(t *testing.T) {
		server, _ := newServer(t, nil)
		assert.Error(t, server.Run(t.Context(), brokenListener{}))
	})
}

func TestDrain(t *testing.T) {
	t.Run("is not ready at once, goes on serving, and ends connections", func(t *testing.T) {
		t.Parallel()
		server, _ := newServer(t, map[string]string{"SHUTDOWN_DELAY": "500ms"})
		address, stop, done := serveLocally(t, server)
		client := &http.Client{Transport: &http.Transport{}}
		response, _ := fetch(t, client, address+"/")
		assert.False(t, response.Close, "keeps connections before")

		stop()
		assert.Eventually(t, func() bool {
			response, body := fetch(t, client, address+"/readyz")
			return response.StatusCode == http.StatusServiceUnavailable &&
				body == "not ready: shutting down\n"
		}, soon, time.Millisecond)
		for range 3 {
			response, _ = fetch(t, client, address+"/")
			assert.Equal(t, http.StatusOK, response.StatusCode, "still serves users")
			assert.True(t, response.Close, "sends Connection: close")
		}
		assert.Empty(t, done, "does not stop before the delay is over")
		assert.NoError(t, <-done)
		_, err := client.Get(address)
		assert.Error(t, err, "no longer listens")
	})

	t.Run("keeps unused connections open during the delay", func(t *testing.T) {
		t.Parallel()
		server, _ := newServer(t, map[string]string{"SHUTDOWN_DELAY": "500ms"})
		address, stop, done := serveLocally(t, server)
		client := &http.Client{Transport: &http.Transport{}}
		fetch(t, client, address+"/")
		stop()
		require.Eventually(t, func() bool { return server.phase.Load() == draining }, soon,
			time.Millisecond)

		var reused bool
		trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }}
		request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace),
			http.MethodGet, address+"/", nil)
		require.NoError(t, err)
		response, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.True(t, reused, "the connection was open")
		assert.Equal(t, http.StatusOK, response.StatusCode)
		assert.True(t, response.Close, "sends Connection: close")
		assert.NoError(t, <-done)
	})

	t.Run("finishes a request that is under way", func(t *testing.T) {
		t.Parallel()
		_, stop, release, done, page := slowPage(t, map[string]string{"SHUTDOWN_DELAY": "10ms"})
		stop()
		select {
		case <-done:
			t.Fatal("stopped with a request under way")
		case <-time.After(100 * time.Millisecond):
		}
		release()
		response := <-page
		assert.Equal(t, http.StatusOK, response.StatusCode)
		assert.True(t, response.Close, "sends Connection: close")
		assert.NoError(t, <-done)
	})

	t.Run("gives up when the time is over, and says so", func(t *testing.T) {
		t.Parallel()
		_, stop, release, done, page := slowPage(t, map[string]string{
			"SHUTDOWN_DELAY": "0s", "SHUTDOWN_TIMEOUT": "50ms",
		})
		stop()
		assert.EqualError(t, <-done,
			"requests are still under way after the SHUTDOWN_TIMEOUT of 50ms")
		release()
		<-page
	})
}
