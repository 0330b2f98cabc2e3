package main

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func poolFor(t *testing.T, variables map[string]string) *pgxpool.Config {
	t.Helper()
	pool, err := load(t, variables).Database.poolConfig()
	require.NoError(t, err)
	return pool
}

func TestDatabaseSettings(t *testing.T) {
	for _, secret := range []string{
		`p@ss:w/rd?#&=%`, `it's a "quote"`, `back\slash`, ` spaces around `, `sslmode=disable`, `ünïcödé`,
	} {
		t.Run("take the password as it is: "+secret, func(t *testing.T) {
			variables := rdsVariables()
			variables["RDS_PASSWORD"] = secret
			assert.Equal(t, secret, poolFor(t, variables).ConnConfig.Password)
		})
	}

	t.Run("say where the database is", func(t *testing.T) {
		conn := poolFor(t, rdsVariables()).ConnConfig
		assert.Equal(t, "db.abc.eu-west-1.rds.amazonaws.com", conn.Host)
		assert.Equal(t, uint16(5432), conn.Port)
		assert.Equal(t, "shop", conn.Database)
		assert.Equal(t, "app", conn.User)
	})

	t.Run("need no password for a Unix socket", func(t *testing.T) {
		variables := map[string]string{
			"RDS_HOSTNAME": "/run/postgresql", "RDS_DB_NAME": "shop", "RDS_USERNAME": "app",
		}
		assert.Equal(t, "/run/postgresql", poolFor(t, variables).ConnConfig.Host)
	})

	t.Run("limit the connections of an instance, checks included", func(t *testing.T) {
		pool := poolFor(t, rdsVariables())
		database, err := OpenDatabase(pool, time.Second)
		require.NoError(t, err)
		t.Cleanup(database.Close)
		total := database.Pool.Config().MaxConns + database.checks.Config().MaxConns
		assert.Equal(t, int32(5), total)
	})
}

func TestDatabaseCheck(t *testing.T) {
	silent := func(t *testing.T) *Database {
		url, _, _ := silentDatabase(t)
		database, err := OpenDatabase(poolFor(t, map[string]string{"DATABASE_URL": url}), 50*time.Millisecond)
		require.NoError(t, err)
		t.Cleanup(database.Close)
		return database
	}

	t.Run("is done once for callers at the same time", func(t *testing.T) {
		database := silent(t)
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() {
				assert.ErrorIs(t, database.Check(context.Background()), context.DeadlineExceeded)
			})
		}
		callers.Wait()
		assert.Less(t, database.checks.Stat().CanceledAcquireCount(), int64(10))
	})

	t.Run("is done anew for a caller who comes later", func(t *testing.T) {
		database := silent(t)
		for range 2 {
			assert.ErrorIs(t, database.Check(context.Background()), context.DeadlineExceeded)
		}
		assert.Equal(t, int64(2), database.checks.Stat().CanceledAcquireCount())
	})

	t.Run("does not tell others that one caller left", func(t *testing.T) {
		database := silent(t)
		gone, leave := context.WithCancel(context.Background())
		leave()
		assert.ErrorIs(t, database.Check(gone), context.Canceled)
		assert.NoError(t, database.result)
		assert.Zero(t, database.started)
	})
}

func TestDatabaseReasons(t *testing.T) {
	t.Run("tell a silent database", func(t *testing.T) {
		url, _, _ := silentDatabase(t)
		err := check(t, map[string]string{"DATABASE_URL": url, "DATABASE_TIMEOUT": "50ms"})
		assert.Equal(t, "the database does not answer in time", databaseReason(err))
		assert.NotContains(t, err.Error(), password)
	})
	t.Run("tell a database that is not there", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address := listener.Addr().String()
		require.NoError(t, listener.Close())
		err = check(t, map[string]string{"DATABASE_URL": "postgres://app:" + password + "@" + address})
		assert.Equal(t, "the database cannot be reached", databaseReason(err))
		assert.NotContains(t, err.Error(), password)
	})
}

func check(t *testing.T, variables map[string]string) error {
	t.Helper()
	cfg := load(t, variables)
	database, err := OpenDatabase(poolFor(t, variables), cfg.Database.Timeout)
	require.NoError(t, err)
	t.Cleanup(database.Close)
	err = database.Check(context.Background())
	require.Error(t, err)
	return err
}
