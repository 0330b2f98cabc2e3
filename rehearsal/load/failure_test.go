package load_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

// head reads a request's header.
func head(conn net.Conn) bool {
	_, err := http.ReadRequest(bufio.NewReader(conn))
	return err == nil
}

func TestTellsFailuresApart(t *testing.T) {
	t.Parallel()
	status := func(code int) func(*testing.T) string {
		return func(t *testing.T) string {
			return serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
		}
	}
	raw := func(talk func(net.Conn)) func(*testing.T) string {
		return func(t *testing.T) string { return connections(t, talk) }
	}
	for _, c := range []struct {
		name   string
		server func(*testing.T) string
		want   load.Failure
		detail string
	}{
		{"a redirect is an answer", status(302), "", ""},
		{"not found is an answer", status(404), "", ""},
		{"500", func(t *testing.T) string {
			return serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "the disk is full\nand more", 500) })
		}, load.ServerError, "answered 500: the disk is full"},
		{"502", status(502), load.BadGateway, "answered 502"},
		{"503", status(503), load.ServiceUnavailable, ""},
		{"504", status(504), load.GatewayTimeout, ""},
		{"nobody listens", func(t *testing.T) string {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer listener.Close()
			return "http://" + listener.Addr().String()
		}, load.Refused, "connection refused"},
		{"the connection ends before the request is read", raw(func(net.Conn) {}), load.Reset, ""},
		{"the connection ends after the request is read", raw(func(c net.Conn) { head(c) }), load.Reset, "EOF"},
		{"the connection is reset", raw(func(c net.Conn) {
			head(c)
			_ = c.(*net.TCPConn).SetLinger(0)
		}), load.Reset, ""},
		{"no answer", raw(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), load.Timeout, "deadline exceeded"},
		{"half an answer, then nothing", raw(func(c net.Conn) {
			head(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
			_, _ = io.Copy(io.Discard, c)
		}), load.Timeout, "deadline exceeded"},
		{"half an answer, then the end", raw(func(c net.Conn) {
			head(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
		}), load.Truncated, "unexpected EOF"},
		{"chunks without the last", raw(func(c net.Conn) {
			head(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
		}), load.Truncated, "unexpected EOF"},
		{"half a header", raw(func(c net.Conn) {
			head(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-")
		}), load.Other, "malformed MIME header"}, // net/http hides that it ended.
		{"not HTTP", raw(func(c net.Conn) {
			head(c)
			_, _ = io.WriteString(c, "220 mail.example.com ESMTP\r\n")
		}), load.Other, "malformed HTTP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			results := run(t, load.Config{
				URL: c.server(t), Rate: 50, NewEvery: 2, Timeout: 200 * time.Millisecond, SlowFor: time.Millisecond,
			}, 200*time.Millisecond)
			require.Positive(t, results.Requests())
			if c.want == "" {
				assert.Empty(t, results.ByFailure())
				return
			}
			assert.Equal(t, map[load.Failure]int{c.want: results.Requests()}, results.ByFailure(), "%v", results.Failures(3))
			assert.Contains(t, results.Failures(1)[0].Detail, c.detail)
		})
	}
}

// A browser repeats a request whose kept connection breaks, but a payment is lost.
func TestARequestThatIsAnsweredAtTheSecondAttemptHasFailed(t *testing.T) {
	t.Parallel()
	url := connections(t, func(c net.Conn) {
		reader := bufio.NewReader(c)
		for n := range 2 {
			if _, err := http.ReadRequest(reader); err != nil || n == 1 {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-App-Version: v1\r\n\r\nok")
		}
	})
	results := run(t, load.Config{URL: url, Rate: 100}, 200*time.Millisecond)
	assert.Positive(t, results.ByFailure()[load.Reset])
	assert.Len(t, results.ByFailure(), 1)
	assert.Contains(t, results.Failures(1)[0].Detail, "second attempt")
	assert.Equal(t, "v1", results.Failures(1)[0].Version)
}

// A connection that the server closes while nobody uses it fails nobody.
func TestAConnectionThatIsClosedWhileIdleIsReplaced(t *testing.T) {
	t.Parallel()
	url := connections(t, func(c net.Conn) {
		if head(c) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	results := run(t, load.Config{URL: url, Rate: 20}, 300*time.Millisecond)
	assert.Zero(t, results.Failed(), "%v", results.Failures(3))
}
