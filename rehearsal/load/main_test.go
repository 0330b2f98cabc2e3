package load_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers on a loopback port until the test ends.
func serve(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

// application answers as a version does.
func application(version string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-App-Version", version)
		w.Header().Set("X-Instance", version+"-1")
		_, _ = w.Write([]byte("hello"))
	}
}

// connections answers every connection with what talk writes, which may be no HTTP at all.
func connections(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				talk(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// run applies a load for a while.
func run(t *testing.T, cfg load.Config, d time.Duration) *load.Results {
	t.Helper()
	l := start(t, cfg)
	time.Sleep(d)
	return l.Stop()
}

func start(t *testing.T, cfg load.Config) *load.Load {
	t.Helper()
	l, err := load.Start(context.Background(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { l.Abort() })
	return l
}

// reached waits until a counter has a value.
func reached(t *testing.T, counter *atomic.Int64, value int64) {
	t.Helper()
	require.Eventually(t, func() bool { return counter.Load() >= value }, 5*time.Second, time.Millisecond)
}
