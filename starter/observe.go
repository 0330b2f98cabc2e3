package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"
)

// observe adds to next what every answer has in common: the headers that name the release and the
// instance and keep browsers from guessing types, the end of a request body that no longer arrives, the end of the connection when the server drains, a line in the log, and an answer even
// where next panics.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		w.Header().Set("X-App-Version", s.cfg.Version)
		w.Header().Set("X-Instance", s.cfg.Instance)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		watched := &response{ResponseWriter: w, server: s, body: s.limitBody(w, r)}
		watched.endConnectionWhenDraining()
		defer func() {
			cause := recover()
			abort := s.answerPanic(watched, cause)
			if r.URL.Path != livePath && r.URL.Path != readyPath {
				s.logRequest(r, watched, time.Since(start))
			}
			if abort {
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(watched, r)
		watched.body.discard() // where the handler wrote nothing
	})
}

// answerPanic answers 500 for a panic: net/http would drop the connection, and a load balancer would
// turn that into a 502. It reports whether the connection must be dropped all the same, because the
// answer has already begun or the handler wants it so.
func (s *Server) answerPanic(w *response, cause any) (abort bool) {
	switch cause {
	case nil:
		return false
	case http.ErrAbortHandler:
		return true
	}
	s.log.Error("panic", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	if w.status != 0 {
		return true
	}
	http.Error(w, "internal error", http.StatusInternalServerError)
	return false
}

// limitBody ends the connection of a request whose body does not go on arriving for as long as an idle connection
// lives. The load balancer's idle timeout is shorter, so it has given up such a request before (Elastic Load
// Balancing, "Application Load Balancers", connection idle timeout). A body that arrives slowly is not affected.
func (s *Server) limitBody(w http.ResponseWriter, r *http.Request) *body {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	limited := &body{ReadCloser: r.Body, connection: http.NewResponseController(w), limit: s.cfg.IdleTimeout}
	limited.extend()
	r.Body = limited
	return limited
}

// longestRest is how much of a request's body is discarded where the handler does not read it. net/http discards 256 KB, and resets
// the connection of a longer body while the load balancer still sends: the client gets a 502, which counts against a release.
// Amazon API Gateway accepts payloads up to this limit, so few clients exceed it by mistake, and an instance that discards them
// needs no memory and little time. An attacker who sends more still causes a 502.
const longestRest = 10 << 20

// body gives each read of a request's body the same time.
type body struct {
	io.ReadCloser
	connection *http.ResponseController
	limit      time.Duration
	discarding bool
}

// Read implements [io.Reader]. A body that has arrived leaves no deadline, which would end an answer that takes long.
func (b *body) Read(data []byte) (int, error) {
	b.extend()
	n, err := b.ReadCloser.Read(data)
	if err == io.EOF || err == http.ErrBodyReadAfterClose {
		_ = b.connection.SetReadDeadline(time.Time{})
	}
	return n, err
}

func (b *body) extend() {
	if !b.discarding {
		_ = b.connection.SetReadDeadline(time.Now().Add(b.limit))
	}
}

// discard reads what the handler does not, up to longestRest, so that the connection can be used again. The response waits for
// it, so all of it together has the time of one read.
func (b *body) discard() {
	if b == nil {
		return
	}
	b.extend()
	b.discarding = true
	_, _ = io.CopyN(io.Discard, b, longestRest+1) // beyond a body of this length is its end
}

// client returns the address that the load balancer saw, which it appends to X-Forwarded-For by default (Elastic Load
// Balancing, "HTTP headers and Application Load Balancers"). The entries before it come from the client, which can
// write anything there.
func client(r *http.Request) string {
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if address, err := netip.ParseAddr(strings.TrimSpace(forwarded[len(forwarded)-1])); err == nil {
		return address.String()
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return host
}

// logRequest leaves out the query and the headers, which can hold what nobody should read. The trace
// joins the line with the load balancer's own access log.
func (s *Server) logRequest(r *http.Request, w *response, took time.Duration) {
	level := slog.LevelInfo
	if w.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.log.Log(r.Context(), level, "request",
		"client", client(r),
		"method", r.Method,
		"path", r.URL.Path,
		"status", max(w.status, http.StatusOK),
		"bytes", w.bytes,
		"milliseconds", float64(took.Microseconds())/1000,
		"trace", r.Header.Get("X-Amzn-Trace-Id"),
	)
}

// response remembers what was answered.
type response struct {
	http.ResponseWriter
	server *Server
	body   *body // nil where the request has none
	status int   // 0 until the header is written
	bytes  int64
}

// WriteHeader implements [http.ResponseWriter].
func (w *response) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
		w.body.discard() // net/http decides with the header whether the connection stays
		w.endConnectionWhenDraining()
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *response) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(data)
	w.bytes += int64(n)
	return n, err
}

// Flush implements [http.Flusher] for answers that are sent bit by bit.
func (w *response) Flush() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap gives [http.ResponseController] everything else, such as WebSocket upgrades.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// endConnectionWhenDraining makes a client that reuses connections go elsewhere for its next request.
func (w *response) endConnectionWhenDraining() {
	if w.server.phase.Load() == draining {
		w.Header().Set("Connection", "close")
	}
}
