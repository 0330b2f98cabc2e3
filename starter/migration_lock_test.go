package main

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	takeGooseLock = "SELECT pg_advisory_lock(4097083626)"
	sleepyTable   = "-- +goose Up\nCREATE TABLE t (x int); SELECT pg_sleep(0.2);\n"
)

func TestApplicationUserCannotHoldUpMigrations(t *testing.T) {
	requireSuperuser(t)

	for name, attacks := range map[string][]string{
		"by the lock of goose":               {takeGooseLock},
		"by a shared lock of goose":          {"SELECT pg_advisory_lock_shared(4097083626)"},
		"by a queue for the lock of goose":   {takeGooseLock, takeGooseLock, takeGooseLock},
		"by a transaction with that lock":    {"BEGIN; SELECT pg_advisory_xact_lock(4097083626)"},
		"by a change of its password":        {"BEGIN; ALTER ROLE CURRENT_USER PASSWORD 'mine'"},
		"by a change of its settings":        {"ALTER ROLE CURRENT_USER SET work_mem = '1MB'", "BEGIN; ALTER ROLE CURRENT_USER SET work_mem = '2MB'"},
		"by a change of its role in another": {"BEGIN; ALTER ROLE CURRENT_USER IN DATABASE postgres SET work_mem = '2MB'"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := newInstance(t)
			migrateFiles(t, cfg, embeddedFiles...)
			for _, attack := range attacks {
				attackAs(t, cfg, attack)
			}
			log := &logBuffer{}
			ctx, cancel := context.WithTimeout(t.Context(), 2*soon)
			defer cancel()
			require.NoError(t, cfg.Database.migrate(ctx, files(embeddedFiles[0], sleepyTable), slog.New(slog.NewJSONHandler(log, nil))))
			assert.Contains(t, log.String(), `"error":"<nil>"`, "says what it ended")
			migrateAsBefore(t, cfg, embeddedFiles[0], sleepyTable)
			var member bool
			master := connectAs(t, cfg, cfg.Database.User, cfg.Database.Password)
			require.NoError(t, master.QueryRow(t.Context(), "SELECT pg_has_role($1, 'MEMBER')", cfg.Database.ApplicationUser).Scan(&member))
			assert.False(t, member, "the master is no member of the application's role afterwards")
		})
	}

	t.Run("by a lock of goose that the master may not end", func(t *testing.T) {
		cfg := newInstance(t)
		executeOutside(t, "CREATE ROLE "+cfg.Database.ApplicationUser+" LOGIN PASSWORD 's3cret'", "ALTER ROLE "+cfg.Database.User+" NOCREATEROLE")
		attackAs(t, cfg, takeGooseLock)
		pool, err := cfg.Database.poolConfig()
		require.NoError(t, err)
		database := stdlib.OpenDB(*pool.ConnConfig)
		defer database.Close()
		log := &logBuffer{}
		require.NoError(t, cfg.Database.endAttacks(t.Context(), database, slog.New(slog.NewJSONHandler(log, nil))))
		assert.Contains(t, log.String(), "SQLSTATE 42501")
		conn, err := database.Conn(t.Context())
		require.NoError(t, err)
		defer conn.Close()
		locker := &advisoryLock{applicationUser: cfg.Database.ApplicationUser}
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		require.NoError(t, locker.SessionLock(ctx, conn))
		assert.NoError(t, locker.SessionUnlock(ctx, conn))
	})

	t.Run("and is no administrator, who may migrate", func(t *testing.T) {
		cfg := newInstance(t)
		executeOutside(t, "CREATE ROLE "+cfg.Database.ApplicationUser+" LOGIN CREATEROLE PASSWORD 's3cret'")
		administrator := attackAs(t, cfg, takeGooseLock)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, cfg.Database.migrate(ctx, migrations, slog.New(slog.DiscardHandler)), context.DeadlineExceeded)
		assert.NoError(t, administrator.Ping(t.Context()))
	})

	t.Run("nor lose its sessions for anything else", func(t *testing.T) {
		cfg := newInstance(t)
		migrateFiles(t, cfg, embeddedFiles...)
		application := attackAs(t, cfg, "BEGIN; SELECT pg_advisory_lock(1); SELECT pg_advisory_lock(1, 4097083); INSERT INTO releases VALUES ('v1')")
		migrateFiles(t, cfg, embeddedFiles[0], sleepyTable)
		_, err := application.Exec(t.Context(), "COMMIT")
		assert.NoError(t, err)
	})

	t.Run("by the table that is locked, whenever it was created", func(t *testing.T) {
		cfg := newInstance(t)
		migrateFiles(t, cfg, embeddedFiles...)
		master := connectAs(t, cfg, cfg.Database.User, cfg.Database.Password)
		_, err := master.Exec(t.Context(), "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC; DROP TABLE "+lockTable)
		require.NoError(t, err)
		migrateFiles(t, cfg, embeddedFiles...)
		application := connectAs(t, cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		for _, mode := range []string{"ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"} {
			for _, table := range []string{lockTable, goose.DefaultTablename} {
				assertDenied(t, application, "ROLLBACK; BEGIN; LOCK TABLE "+table+" IN "+mode+" MODE")
			}
		}
	})
}

func TestMigrationsOfTwoVersionsTakeTurns(t *testing.T) {
	requireSuperuser(t)

	t.Run("whichever lock they know", func(t *testing.T) {
		cfg := newInstance(t)
		migrateFiles(t, cfg, embeddedFiles...)
		var instances sync.WaitGroup
		for range 3 {
			instances.Go(func() { migrateAsBefore(t, cfg, embeddedFiles[0], sleepyTable) })
			instances.Go(func() { migrateFiles(t, cfg, embeddedFiles[0], sleepyTable) })
		}
		instances.Wait()
		var times int
		master := connectAs(t, cfg, cfg.Database.User, cfg.Database.Password)
		require.NoError(t, master.QueryRow(t.Context(), "SELECT count(*) FROM goose_db_version WHERE version_id = 2").Scan(&times))
		assert.Equal(t, 1, times)
	})

	for name, statement := range map[string]string{
		"an older version migrates": takeGooseLock,
		"a newer version migrates":  "BEGIN; LOCK TABLE " + lockTable + " IN SHARE UPDATE EXCLUSIVE MODE",
	} {
		t.Run("and wait as long as "+name, func(t *testing.T) {
			cfg := newInstance(t)
			migrateFiles(t, cfg, embeddedFiles...)
			cfg.Database.Timeout = 800 * time.Millisecond // this does not limit how long one migration waits for another
			other := connectAs(t, cfg, cfg.Database.User, cfg.Database.Password)
			_, err := other.Exec(t.Context(), statement)
			require.NoError(t, err)
			ended := make(chan error, 1)
			go func() {
				ended <- cfg.Database.migrate(t.Context(), files(embeddedFiles[0], "-- +goose Up\nCREATE TABLE t (x int);\n"), slog.New(slog.DiscardHandler))
			}()
			select {
			case err := <-ended:
				t.Fatalf("did not wait: %v", err)
			case <-time.After(1200 * time.Millisecond):
			}
			require.NoError(t, other.Close(t.Context()))
			assert.NoError(t, <-ended)
		})
	}

	t.Run("while an index is created concurrently and a dump reads all tables", func(t *testing.T) {
		cfg := newInstance(t)
		migrateFiles(t, cfg, embeddedFiles...)
		cfg.Database.Timeout = 10 * time.Second
		dump := connectAs(t, cfg, cfg.Database.User, cfg.Database.Password)
		_, err := dump.Exec(t.Context(), "BEGIN; LOCK TABLE "+lockTable+", goose_db_version IN ACCESS SHARE MODE")
		require.NoError(t, err)
		var instances sync.WaitGroup
		for range 4 {
			instances.Go(func() {
				migrateFiles(t, cfg, embeddedFiles[0], "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT pg_sleep(0.2);\nCREATE INDEX CONCURRENTLY ON releases (seen);\n")
			})
		}
		instances.Wait()
	})

	t.Run("from the first on, which creates the table that is locked", func(t *testing.T) {
		for range 2 {
			cfg := newInstance(t)
			var instances sync.WaitGroup
			for range 4 {
				instances.Go(func() { migrateFiles(t, cfg, embeddedFiles...) })
			}
			instances.Wait()
		}
	})
}

// migrateAsBefore migrates as versions do that know the lock of goose only.
func migrateAsBefore(t *testing.T, cfg Config, contents ...string) {
	t.Helper()
	pool, err := cfg.Database.poolConfig()
	if !assert.NoError(t, err) {
		return
	}
	database := stdlib.OpenDB(*pool.ConnConfig)
	defer database.Close()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, math.MaxInt64))
	assert.NoError(t, err)
	provider, err := goose.NewProvider(goose.DialectPostgres, database, files(contents...), goose.WithSessionLocker(locker))
	if assert.NoError(t, err) {
		_, err = provider.Up(t.Context())
		assert.NoError(t, err)
	}
}

// attackAs executes statements as the application's user and leaves the session open. It does not wait for those that wait for a lock.
func attackAs(t *testing.T, cfg Config, statements string) *pgx.Conn {
	t.Helper()
	conn, err := tryAs(cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	executed := make(chan struct{})
	go func() {
		defer close(executed)
		_, err := conn.Exec(ctx, statements)
		if ctx.Err() == nil && err != nil {
			assert.ErrorContains(t, err, "57P01", statements)
		}
	}()
	t.Cleanup(func() { cancel(); <-executed; _ = conn.Close(context.Background()) })
	select {
	case <-executed:
	case <-time.After(300 * time.Millisecond):
	}
	return conn
}
