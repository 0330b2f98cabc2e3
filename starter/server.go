package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// The phases of a server's life, in order.
const (
	starting int32 = iota
	serving
	draining
)

// Server answers requests from before it is ready until after it is asked to stop.
type Server struct {
	cfg        Config
	log        *slog.Logger
	database   *Database // nil where the application runs without one
	migrations fs.FS
	phase      atomic.Int32
	obstacle   atomic.Pointer[obstacle] // what keeps the server in the phase starting
	reported   atomic.Value             // string: the last readiness written to the log
}

// NewServer returns a server that answers, but is not ready before Run.
func NewServer(cfg Config, log *slog.Logger) (*Server, error) {
	s := &Server{cfg: cfg, log: log, migrations: migrations}
	if cfg.Database == nil {
		return s, nil
	}
	pool, err := cfg.Database.servingConfig()
	if err != nil {
		return nil, err
	}
	s.database, err = OpenDatabase(pool, cfg.Database.Timeout)
	return s, err
}

// Handler returns everything the server answers.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET "+livePath, s.live)
	mux.HandleFunc("GET "+readyPath, s.ready)
	if s.cfg.Rehearsal {
		s.rehearse(mux)
	}
	return s.observe(mux)
}

// Run serves on listener until ctx ends and the requests then under way are answered.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	web := s.httpServer()
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	go func() {
		if s.warmUp(ctx) {
			s.phase.CompareAndSwap(starting, serving)
		}
	}()

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	return s.drain(web)
}

// warmUp is the place for slow work that must be done before the first request of a user, such as
// filling a cache. It reports whether the server may become ready. It runs the migrations, and opens the
// first connection to the database; that this may fail is no reason not to start, since readiness says
// so and recovers by itself.
func (s *Server) warmUp(ctx context.Context) bool {
	if s.database == nil {
		return true
	}
	if s.cfg.Database.Migrate {
		if !s.migrate(ctx) {
			return false
		}
		s.database.Reset() // a page that was requested before has a connection with the user's former settings
	}
	if s.database.Check(ctx) == nil {
		if err := s.database.RecordRelease(ctx, s.cfg.Version); err != nil {
			s.log.Warn("the release is not recorded", "error", err.Error())
		}
	}
	return true
}

// migrate reports whether this version has the schema it needs. A migration that cannot succeed leaves
// the server not ready for good: the release fails, and the old version goes on with what it has.
func (s *Server) migrate(ctx context.Context) bool {
	err := persist(ctx, func(ctx context.Context) error {
		return s.cfg.Database.migrate(ctx, s.migrations, s.log)
	}, func(err error) {
		if ctx.Err() == nil {
			s.log.Error("migration failed", "error", err.Error(), "tries again", mayPass(err))
			s.obstacle.Store(&obstacle{startingUp, migrationReason(err), err})
		}
	})
	return err == nil
}

// httpServer sets no ReadTimeout and no WriteTimeout: they limit whole requests, and would cut off
// uploads and downloads that are slow but alive. A body that no longer arrives ends by [body]. The time to read a header equals the idle timeout
// because a connection the load balancer has opened but not used yet must not be closed any earlier.
func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		IdleTimeout:       s.cfg.IdleTimeout,
		ReadHeaderTimeout: s.cfg.IdleTimeout,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

// drain stops the server without failing a request: for a while it only reports that it is not ready,
// so that load balancers stop sending; then it lets what is under way finish. Idle connections stay
// open during the delay, since closing one races with the next request on it.
func (s *Server) drain(web *http.Server) error {
	s.phase.Store(draining)
	time.Sleep(s.cfg.ShutdownDelay)

	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.ShutdownTimeout)
	defer cancel()
	err := web.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("requests are still under way after the SHUTDOWN_TIMEOUT of %s",
			s.cfg.ShutdownTimeout)
	}
	if err == nil && s.database != nil {
		s.database.Close()
	}
	return err
}
