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

// ready says whether to send users here. It is the health check path of the load balancer. Strangers can read it as
// well, so it names a state; what is behind that belongs in the log.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	o := s.notReady(r.Context())
	s.reportReadiness(o)
	if o != nil {
		answer(w, http.StatusServiceUnavailable, "not ready: "+o.state)
		return
	}
	answer(w, http.StatusOK, "ready")
}

// The states of a server that is not ready.
const (
	startingUp   = "starting up"
	shuttingDown = "shutting down"
	noDatabase   = "no database"
)

// obstacle is why the server is not ready: its state for everyone, and for the log the reason and the error behind it.
type obstacle struct {
	state  string
	reason string
	detail error
}

// notReady returns nil if the server is ready.
func (s *Server) notReady(ctx context.Context) *obstacle {
	switch s.phase.Load() {
	case starting:
		if o := s.obstacle.Load(); o != nil {
			return o
		}
		return &obstacle{state: startingUp, reason: startingUp}
	case draining:
		return &obstacle{state: shuttingDown, reason: shuttingDown}
	}
	if s.database == nil {
		return nil
	}
	if err := s.database.Check(ctx); err != nil {
		return &obstacle{noDatabase, databaseReason(err), err}
	}
	return nil
}

// reportReadiness logs changes only: health checks come every few seconds from every load balancer
// node. A check that its caller gave up says nothing.
func (s *Server) reportReadiness(o *obstacle) {
	reason := ""
	if o != nil {
		reason = o.reason
	}
	if o != nil && errors.Is(o.detail, context.Canceled) || s.reported.Swap(reason) == reason {
		return
	}
	if o == nil {
		s.log.Info("ready")
		return
	}
	s.log.Warn("not ready", "reason", reason, "error", fmt.Sprint(o.detail))
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
