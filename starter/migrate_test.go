package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMigrationAttempts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		err  error
		pass bool
	}{
		{"a lock that the old version holds", &pgconn.PgError{Code: "55P03"}, true},
		{"a deadlock", &pgconn.PgError{Code: "40P01"}, true},
		{"a database that starts", &pgconn.PgError{Code: "57P03"}, true},
		{"too many connections", &pgconn.PgError{Code: "53300"}, true},
		{"a password that is not there yet", &pgconn.PgError{Code: "28P01"}, true},
		{"a broken connection", fmt.Errorf("migration: %w", driver.ErrBadConn), true},
		{"a database that does not answer", context.DeadlineExceeded, true},
		{"a statement that takes too long", &pgconn.PgError{Code: "57014"}, false},
		{"a column that is not there", fmt.Errorf("migration: %w", &pgconn.PgError{Code: "42703"}), false},
		{"rows that a constraint refuses", &pgconn.PgError{Code: "23505"}, false},
		{"a file that cannot be read", errors.New("no such file"), false},
	} {
		t.Run(fmt.Sprintf("go on after %s: %t", test.name, test.pass), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				attempts, failures := 0, 0
				err := persist(t.Context(), func(context.Context) error {
					if attempts++; attempts == 1 {
						return test.err
					}
					return nil
				}, func(error) { failures++ })
				assert.Equal(t, 1, failures)
				if test.pass {
					assert.NoError(t, err)
					assert.Equal(t, 2, attempts)
				} else {
					assert.Equal(t, test.err, err)
					assert.Equal(t, 1, attempts)
				}
			})
		})
	}

	t.Run("end when the server is told to stop", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		away := &pgconn.PgError{Code: "57P03"}
		begin := time.Now()
		err := persist(ctx, func(context.Context) error { cancel(); return away }, func(error) {})
		assert.Equal(t, away, err)
		assert.Less(t, time.Since(begin), migrationPause)
	})
}

func TestMigrationLimits(t *testing.T) {
	for timeout, want := range map[time.Duration]map[string]string{
		2 * time.Second: {"lock_timeout": "500", "statement_timeout": "1500",
			"idle_in_transaction_session_timeout": "2000"},
		time.Millisecond: {"lock_timeout": "1", "statement_timeout": "1", // 0 would mean no limit
			"idle_in_transaction_session_timeout": "1"},
	} {
		t.Run("let a query that waits behind a migration end within "+timeout.String(), func(t *testing.T) {
			settings := map[string]string{}
			(&DatabaseConfig{Timeout: timeout}).limitLocks(settings)
			assert.Equal(t, want, settings)
		})
	}
}

func TestMigrationReason(t *testing.T) {
	for reason, err := range map[string]error{
		"the database does not answer in time":                 context.DeadlineExceeded,
		"the database refuses the connection (SQLSTATE 28P01)": &pgconn.PgError{Code: "28P01"},
		"a migration of the database failed (SQLSTATE 42703)":  &pgconn.PgError{Code: "42703", Message: "secret"},
		"a migration of the database failed (SQLSTATE 57014)":  &pgconn.PgError{Code: "57014"},
		"a migration of the database failed":                   errors.New("secret"),
	} {
		t.Run("is "+reason, func(t *testing.T) {
			assert.Equal(t, reason, migrationReason(fmt.Errorf("migration: %w", err)))
		})
	}
}

// An embedded directory that is empty, or a name that goose does not take, would show at start only.
func TestMigrationFiles(t *testing.T) {
	names, err := fs.Glob(migrations, "*")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	seen := map[string]bool{}
	for _, name := range names {
		assert.Regexp(t, `^\d{5}_[a-z_]+\.sql$`, name)
		assert.False(t, seen[name[:5]], "%s has the number of another file", name)
		seen[name[:5]] = true
		content, err := fs.ReadFile(migrations, name)
		require.NoError(t, err)
		assert.Contains(t, string(content), "-- +goose Up\n", name)
	}
}
