package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSchema needs a database. Each test works in a schema of its own and drops it.
func TestSchema(t *testing.T) {
	postgreSQL(t)

	t.Run("is not needed: no table, no releases", func(t *testing.T) {
		schema := newSchema(t)
		server := schema.server(t)
		require.NoError(t, server.database.RecordRelease(t.Context(), "v1"))
		answer := get(server.Handler(), "/")
		assert.Equal(t, http.StatusOK, answer.Code)
		assert.NotContains(t, answer.Body.String(), "Releases")
		assert.Equal(t, http.StatusOK, get(server.Handler(), "/readyz").Code)
	})

	t.Run("may be empty", func(t *testing.T) {
		schema := newSchema(t)
		schema.migrate(t)
		assert.Equal(t, http.StatusOK, get(schema.server(t).Handler(), "/").Code)
	})

	t.Run("holds each release once, and the page shows the latest first", func(t *testing.T) {
		schema := newSchema(t)
		schema.migrate(t)
		server := schema.server(t)
		for _, version := range []string{"v1", "v2", "v1", "v3", "v4", "v5", "v6"} {
			require.NoError(t, server.database.RecordRelease(t.Context(), version))
		}
		var versions []string
		for _, release := range status(t, server).Releases {
			versions = append(versions, release.Version)
			assert.WithinDuration(t, time.Now(), release.Seen, time.Minute)
		}
		assert.Equal(t, []string{"v6", "v5", "v4", "v3", "v2"}, versions)
		assert.Contains(t, get(server.Handler(), "/").Body.String(), "<code>v6</code> since 20")
	})

	t.Run("may be ahead: a column more does not disturb", func(t *testing.T) {
		schema := newSchema(t)
		schema.migrate(t)
		server := schema.server(t)
		require.NoError(t, server.database.RecordRelease(t.Context(), "v1"))
		require.Len(t, status(t, server).Releases, 1)
		schema.exec(t, "ALTER TABLE releases ADD COLUMN first_seen timestamptz DEFAULT now()")
		schema.exec(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true)")
		schema.migrate(t)
		require.NoError(t, server.database.RecordRelease(t.Context(), "v2"))
		assert.Len(t, status(t, server).Releases, 2)
	})

	t.Run("that lacks a column shows as 500, while the server is ready", func(t *testing.T) {
		schema := newSchema(t)
		schema.migrate(t)
		server := schema.server(t)
		require.Equal(t, http.StatusOK, get(server.Handler(), "/").Code)
		schema.exec(t, "ALTER TABLE releases RENAME COLUMN seen TO first_seen")
		for _, accept := range []string{"text/html", "application/json"} {
			answer := get(server.Handler(), "/", "Accept", accept)
			assert.Equal(t, http.StatusInternalServerError, answer.Code)
			assert.Equal(t, "internal error\n", answer.Body.String())
		}
		assert.Equal(t, http.StatusOK, get(server.Handler(), "/readyz").Code)
	})
}

// TestReadmeExample runs the migrations of the README's example against the version before them.
func TestReadmeExample(t *testing.T) {
	postgreSQL(t)
	schema := newSchema(t)
	schema.migrate(t)
	server := schema.server(t)
	row := regexp.MustCompile("(?m)^\\| \\d, \\w+ \\| `(.+;)` \\|")
	steps := row.FindAllStringSubmatch(read(t, "README.md"), -1)
	require.Len(t, steps, 3)
	for release, want := range []int{http.StatusOK, http.StatusOK, http.StatusInternalServerError} {
		require.NoError(t, server.database.RecordRelease(t.Context(), "v"+strconv.Itoa(release)))
		schema.exec(t, steps[release][1])
		assert.Equal(t, want, get(server.Handler(), "/").Code, "a page of release 0 after release %d", release+1)
	}
}

func status(t *testing.T, server *Server) (status Status) {
	t.Helper()
	answer := get(server.Handler(), "/", "Accept", "application/json")
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &status))
	return status
}

// schema is a PostgreSQL schema for one test.
type schema struct{ cfg Config }

// newSchema makes a schema, and this process and its children use it until the test ends.
func newSchema(t *testing.T) *schema {
	t.Helper()
	name := "starter_" + strings.ToLower(rand.Text()[:10])
	outside := &schema{postgreSQL(t)}
	outside.exec(t, "CREATE SCHEMA "+name)
	t.Cleanup(func() { outside.exec(t, "DROP SCHEMA "+name+" CASCADE") })
	t.Setenv("PGOPTIONS", "-c search_path="+name+" -c client_min_messages=warning")
	return &schema{postgreSQL(t)}
}

func (s *schema) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	pool, err := s.cfg.Database.poolConfig()
	require.NoError(t, err)
	conn, err := pgx.ConnectConfig(context.Background(), pool.ConnConfig)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (s *schema) exec(t *testing.T, sql string) {
	t.Helper()
	conn := s.connect(t)
	defer conn.Close(context.Background())
	_, err := conn.Exec(context.Background(), sql)
	require.NoError(t, err)
}

func (s *schema) migrate(t *testing.T) {
	t.Helper()
	require.NoError(t, s.cfg.Database.migrate(t.Context(), migrations, slog.New(slog.DiscardHandler)))
}

func (s *schema) server(t *testing.T) *Server {
	t.Helper()
	s.cfg.ShutdownDelay = 0
	server, err := NewServer(s.cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(server.database.Close)
	server.phase.Store(serving)
	return server
}
