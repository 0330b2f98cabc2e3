package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// load reads a configuration from a map in place of the environment.
func load(t *testing.T, variables map[string]string) Config {
	t.Helper()
	cfg, err := LoadConfig(getenv(variables))
	require.NoError(t, err)
	return cfg
}

func getenv(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// newServer returns a server for the variables, in the phase it is in once it has started, and its log.
func newServer(t *testing.T, variables map[string]string) (*Server, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	server, err := NewServer(load(t, variables), slog.New(slog.NewJSONHandler(log, nil)))
	require.NoError(t, err)
	server.phase.Store(serving)
	return server, log
}

// serveLocally starts the server on 127.0.0.1. stop asks it to end, as SIGTERM does; done gets Run's result.
func serveLocally(t *testing.T, server *Server) (address string, stop func(), done <-chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- server.Run(ctx, listener) }()
	return "http://" + listener.Addr().String(), stop, result
}

// get asks a handler directly.
func get(handler http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

// fetch asks over the network and returns the answer with its body read.
func fetch(t *testing.T, client *http.Client, url string) (*http.Response, string) {
	t.Helper()
	response, err := client.Get(url)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

// silentDatabase accepts connections and never answers. accepted gets one value for each; release ends
// them all.
func silentDatabase(t *testing.T) (url string, accepted <-chan struct{}, release func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	arrivals := make(chan struct{}, 100)
	free := make(chan struct{})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			arrivals <- struct{}{}
			go func() { <-free; _ = conn.Close() }()
		}
	}()
	release = sync.OnceFunc(func() { _ = listener.Close(); close(free) })
	t.Cleanup(release)
	url = "postgres://app:" + password + "@" + listener.Addr().String() + "/app?sslmode=disable"
	return url, arrivals, release
}

// password is what must never be seen.
const password = "hunter2-hunter2"

const soon = 3 * time.Second

// logBuffer collects log lines from many goroutines.
type logBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (l *logBuffer) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.Write(line)
}

func (l *logBuffer) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.String()
}

// lines returns the log's records that have the message.
func (l *logBuffer) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range bytes.Lines([]byte(l.String())) {
		var record map[string]any
		require.NoError(t, json.Unmarshal(line, &record))
		if record["msg"] == message {
			found = append(found, record)
		}
	}
	return found
}

// brokenListener fails to accept.
type brokenListener struct{}

func (brokenListener) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (brokenListener) Close() error              { return nil }
func (brokenListener) Addr() net.Addr            { return &net.TCPAddr{} }
