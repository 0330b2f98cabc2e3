package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

const (
	livePath  = "/healthz"
	readyPath = "/readyz"
)

// live says that the process can answer at all. It must not depend on anything else: whoever asks may
// replace the instance, and that mends no database.
func (s *Server) live(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, "ok")
}

// ready says whether to send users here. It is the health check path of the load balancer.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	reason, detail := s.notReady(r.Context())
	s.reportReadiness(reason, detail)
	if reason != "" {
		answer(w, http.StatusServiceUnavailable, "not ready: "+reason)
		return
	}
	answer(w, http.StatusOK, "ready")
}

// obstacle is why the server does not get ready: in words for everyone, and for the log.
type obstacle struct {
	reason string
	detail error
}

// notReady returns why the server is not ready, in words for everyone, and for the log the error
// behind it if there is one. It returns "" if the server is ready.
func (s *Server) notReady(ctx context.Context) (reason string, detail error) {
	switch s.phase.Load() {
	case starting:
		if o := s.obstacle.Load(); o != nil {
			return o.reason, o.detail
		}
		return "starting up", nil
	case draining:
		return "shutting down", nil
	}
	if s.database == nil {
		return "", nil
	}
	if err := s.database.Check(ctx); err != nil {
		return publicReason(err), err
	}
	return "", nil
}

// reportReadiness logs changes only: health checks come every few seconds from every load balancer
// node. A check that its caller gave up says nothing.
func (s *Server) reportReadiness(reason string, detail error) {
	if errors.Is(detail, context.Canceled) || s.reported.Swap(reason) == reason {
		return
	}
	if reason == "" {
		s.log.Info("ready")
		return
	}
	s.log.Warn("not ready", "reason", reason, "error", fmt.Sprint(detail))
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
