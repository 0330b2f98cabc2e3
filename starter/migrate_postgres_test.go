package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMigrate needs a database, as TestSchema does.
func TestMigrate(t *testing.T) {
	postgreSQL(t)
	const sleepy = "-- +goose Up\nCREATE TABLE t (x int); SELECT pg_sleep(0.2);\n"

	t.Run("is done once by many at the same time", func(t *testing.T) {
		schema := newSchema(t)
		log := &logBuffer{}
		var instances sync.WaitGroup
		for range 5 {
			instances.Go(func() {
				assert.NoError(t, schema.cfg.Database.migrate(context.Background(), files(sleepy),
					slog.New(slog.NewJSONHandler(log, nil))))
			})
		}
		instances.Wait()
		lines := log.lines(t, "migrated")
		require.Len(t, lines, 1)
		assert.Equal(t, "00001_test.sql", lines[0]["file"])
	})

	t.Run("comes before the server is ready", func(t *testing.T) {
		schema := newSchema(t)
		server := schema.server(t)
		server.phase.Store(starting)
		server.migrations = files(sleepy, "-- +goose Up\nCREATE TABLE u (x int);\n")
		address, stop, done := serveLocally(t, server)
		response, body := fetch(t, http.DefaultClient, address+"/readyz")
		assert.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
		assert.Equal(t, "not ready: starting up\n", body)
		require.Eventually(t, func() bool {
			response, _ = fetch(t, http.DefaultClient, address+"/readyz")
			return response.StatusCode == http.StatusOK
		}, soon, 5*time.Millisecond)
		schema.exec(t, "TABLE u")
		stop()
		require.NoError(t, <-done)
	})

	t.Run("that fails leaves the schema as it was, and the server not ready for good", func(t *testing.T) {
		schema := newSchema(t)
		server := schema.server(t)
		server.phase.Store(starting)
		server.migrations = files("-- +goose Up\nCREATE TABLE t (x int);\nALTER TABLE nowhere ADD y int;\n")
		address, stop, done := serveLocally(t, server)
		require.Eventually(t, func() bool {
			response, body := fetch(t, http.DefaultClient, address+"/readyz")
			assert.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
			assert.Equal(t, "not ready: starting up\n", body, "the reason is for the log")
			o := server.obstacle.Load()
			return o != nil && o.reason == "a migration of the database failed (SQLSTATE 42P01)"
		}, soon, 5*time.Millisecond)
		response, _ := fetch(t, http.DefaultClient, address+"/healthz")
		assert.Equal(t, http.StatusOK, response.StatusCode)
		schema.exec(t, "CREATE TABLE t (x int)")
		stop()
		require.NoError(t, <-done)
	})

	t.Run("waits for a table no longer than the old version can bear, and tries again", func(t *testing.T) {
		schema := newSchema(t)
		schema.exec(t, "CREATE TABLE busy (x int)")
		user := schema.connect(t)
		_, err := user.Exec(t.Context(), "BEGIN; SELECT FROM busy")
		require.NoError(t, err)
		schema.cfg.Database.Timeout = 400 * time.Millisecond
		begin := time.Now()
		add := files("-- +goose Up\nALTER TABLE busy ADD y int;\n")
		err = schema.cfg.Database.migrate(t.Context(), add, slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, "migration 00001_test.sql: ")
		assert.True(t, mayPass(err), err)
		assert.Less(t, time.Since(begin), time.Second)

		attempts := 0
		require.NoError(t, persist(t.Context(), func(ctx context.Context) error {
			return schema.cfg.Database.migrate(ctx, add, slog.New(slog.DiscardHandler))
		}, func(error) {
			attempts++
			_, err := user.Exec(t.Context(), "COMMIT")
			require.NoError(t, err)
		}))
		assert.Equal(t, 1, attempts)
	})

	t.Run("stops a statement that takes too long, unless its file allows it", func(t *testing.T) {
		schema := newSchema(t)
		schema.cfg.Database.Timeout = 200 * time.Millisecond
		log := slog.New(slog.DiscardHandler)
		err := schema.cfg.Database.migrate(t.Context(), files("-- +goose Up\nSELECT pg_sleep(1);\n"), log)
		require.ErrorContains(t, err, "SQLSTATE 57014")
		assert.False(t, mayPass(err))
		assert.NoError(t, schema.cfg.Database.migrate(t.Context(),
			files("-- +goose Up\nSET LOCAL statement_timeout = '1min';\nSELECT pg_sleep(0.3);\n"), log))
		err = schema.cfg.Database.migrate(t.Context(), files("-- +goose Up\n", "-- +goose NO TRANSACTION\n"+
			"-- +goose Up\nSET statement_timeout = '1min';\nSELECT pg_sleep(0.3);\nRESET statement_timeout;\n",
			"-- +goose Up\nSELECT pg_sleep(1);\n"), log)
		assert.ErrorContains(t, err, "migration 00003_test.sql: ", "the limit is back")
	})

	t.Run("is a command", func(t *testing.T) {
		newSchema(t)
		for _, want := range []string{`"file":"00001_releases.sql"`, "the database is up to date"} {
			var stdout, stderr logBuffer
			require.Zero(t, run([]string{"migrate"}, os.Getenv, &stdout, &stderr), stderr.String())
			assert.Contains(t, stdout.String(), want)
			assert.Empty(t, stderr.String())
		}
	})

	t.Run("gives up as a command while another one runs", func(t *testing.T) {
		schema := newSchema(t)
		_, err := schema.connect(t).Exec(t.Context(), "SELECT pg_advisory_lock(4097083626)")
		require.NoError(t, err)
		t.Setenv("MIGRATE_TIMEOUT", "1s")
		var stdout, stderr logBuffer
		assert.Equal(t, 1, run([]string{"migrate"}, os.Getenv, &stdout, &stderr))
		assert.Contains(t, stderr.String(), "not done within the MIGRATE_TIMEOUT of 1s, maybe since another migration runs")
	})
}

// files returns migrations, numbered from 1.
func files(contents ...string) fstest.MapFS {
	set := fstest.MapFS{}
	for i, content := range contents {
		set["0000"+string(rune('1'+i))+"_test.sql"] = &fstest.MapFile{Data: []byte(content)}
	}
	return set
}
