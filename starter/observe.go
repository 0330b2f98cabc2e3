package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// observe adds to next what every answer has in common: the headers that name the release and the
// instance, the end of the connection when the server drains, a line in the log, and an answer even
// where next panics.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		w.Header().Set("X-App-Version", s.cfg.Version)
		w.Header().Set("X-Instance", s.cfg.Instance)
		watched := &response{ResponseWriter: w, server: s}
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

// logRequest leaves out the query and the headers, which can hold what nobody should read. The trace
// joins the line with the load balancer's own access log.
func (s *Server) logRequest(r *http.Request, w *response, took time.Duration) {
	level := slog.LevelInfo
	if w.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.log.Log(r.Context(), level, "request",
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
	status int // 0 until the header is written
	bytes  int64
}

// WriteHeader implements [http.ResponseWriter].
func (w *response) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
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
