package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// postgreSQL returns the configuration of a real database, or skips the test.
func postgreSQL(t *testing.T) Config {
	t.Helper()
	cfg, err := LoadConfig(os.Getenv)
	require.NoError(t, err)
	if cfg.Database == nil {
		t.Skip("no database: set DATABASE_URL, or RDS_HOSTNAME and its companions, to test with one")
	}
	return cfg
}

// TestPostgreSQL needs a database. It changes nothing in it.
func TestPostgreSQL(t *testing.T) {
	cfg := postgreSQL(t)

	t.Run("is ready, and shows the version and the time of an answer", func(t *testing.T) {
		server, _ := serverFor(t, cfg)
		assert.Equal(t, http.StatusOK, get(server.Handler(), "/readyz").Code)
		status := databaseStatus(t, server)
		assert.Equal(t, "ok", status.State)
		assert.Regexp(t, regexp.MustCompile(`^\d+(\.\d+)+$`), status.Version)
		assert.Positive(t, status.Milliseconds)
		assert.Contains(t, get(server.Handler(), "/").Body.String(), "PostgreSQL "+status.Version)
	})

	t.Run("is not ready while the database is gone, and recovers by itself", func(t *testing.T) {
		server, line := serverFor(t, cfg)
		require.Equal(t, http.StatusOK, get(server.Handler(), "/readyz").Code)
		line.cut()
		assert.Equal(t, http.StatusServiceUnavailable, get(server.Handler(), "/readyz").Code)
		assert.Equal(t, "failing", databaseStatus(t, server).State)
		line.mend()
		assert.Equal(t, http.StatusOK, get(server.Handler(), "/readyz").Code)
		assert.Equal(t, "ok", databaseStatus(t, server).State)
	})

	t.Run("is ready while every other connection is busy", func(t *testing.T) {
		server, _ := serverFor(t, cfg)
		for range server.database.Pool.Config().MaxConns {
			conn, err := server.database.Pool.Acquire(t.Context())
			require.NoError(t, err)
			defer conn.Release()
		}
		assert.Equal(t, http.StatusOK, get(server.Handler(), "/readyz").Code)
	})

	t.Run("is not ready once the pool is closed", func(t *testing.T) {
		server, _ := serverFor(t, cfg)
		server.database.Close()
		assert.Equal(t, http.StatusServiceUnavailable, get(server.Handler(), "/readyz").Code)
	})

	t.Run("tells a login that is refused, without the password", func(t *testing.T) {
		pool, err := cfg.Database.poolConfig()
		require.NoError(t, err)
		pool.ConnConfig.Database = "no such database"
		pool.ConnConfig.Password = password
		database, err := OpenDatabase(pool, cfg.Database.Timeout)
		require.NoError(t, err)
		defer database.Close()
		err = database.Check(t.Context())
		var refused *pgconn.PgError
		require.ErrorAs(t, err, &refused)
		assert.Contains(t, databaseReason(err), "the database refuses the connection (SQLSTATE ")
		assert.NotContains(t, err.Error(), password)
	})
}

func databaseStatus(t *testing.T, server *Server) DatabaseStatus {
	t.Helper()
	var status Status
	answer := get(server.Handler(), "/", "Accept", "application/json")
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &status))
	return status.Database
}

// serverFor returns a server whose connections to the database can be cut.
func serverFor(t *testing.T, cfg Config) (*Server, *cable) {
	t.Helper()
	pool, err := cfg.Database.poolConfig()
	require.NoError(t, err)
	line := newCable(pool)
	database, err := OpenDatabase(pool, cfg.Database.Timeout)
	require.NoError(t, err)
	t.Cleanup(database.Close)
	server := &Server{cfg: cfg, log: slog.New(slog.NewJSONHandler(io.Discard, nil)), database: database}
	server.phase.Store(serving)
	return server, line
}

// cable carries the connections of a pool.
type cable struct {
	mutex sync.Mutex
	isCut bool
	conns []net.Conn
}

func newCable(pool *pgxpool.Config) *cable {
	line, dial := &cable{}, pool.ConnConfig.DialFunc
	pool.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		line.mutex.Lock()
		defer line.mutex.Unlock()
		if line.isCut {
			return nil, errors.New("the cable is cut")
		}
		conn, err := dial(ctx, network, address)
		if err == nil {
			line.conns = append(line.conns, conn)
		}
		return conn, err
	}
	return line
}

func (c *cable) cut() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.isCut = true
	for _, conn := range c.conns {
		_ = conn.Close()
	}
}

func (c *cable) mend() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.isCut = false
}
