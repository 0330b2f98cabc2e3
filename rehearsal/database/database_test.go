//go:build slow

package database_test

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
)

// open opens a database, or skips the test.
func open(t *testing.T, options database.Options) *database.Database {
	t.Helper()
	requireInstalled(t)
	db, err := database.Open(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

// folder returns a temporary folder that other users can enter too.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	return dir
}

func variable(db *database.Database, name string) string {
	for _, variable := range db.Env() {
		if value, found := strings.CutPrefix(variable, name+"="); found {
			return value
		}
	}
	return ""
}

func TestPrivateDatabase(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	db := open(t, database.Options{Dir: dir})

	t.Run("names itself in the two ways that applications read", func(t *testing.T) {
		address, err := url.Parse(variable(db, "DATABASE_URL"))
		require.NoError(t, err)
		password, _ := address.User.Password()
		assert.Equal(t, "127.0.0.1", address.Hostname())
		authority := address.Query().Get("sslrootcert")
		assert.Equal(t, []string{
			"DATABASE_URL=" + address.String(), "RDS_HOSTNAME=127.0.0.1", "RDS_PORT=" + address.Port(),
			"RDS_DB_NAME=postgres", "RDS_USERNAME=app", "RDS_PASSWORD=" + password,
			"RDS_APPLICATION_USERNAME=application", "RDS_APPLICATION_PASSWORD=" + variable(db, "RDS_APPLICATION_PASSWORD"), "RDS_SSLMODE=verify-full",
			"PGSSLROOTCERT=" + authority, "NODE_EXTRA_CA_CERTS=" + authority,
		}, db.Env())
		assert.Len(t, variable(db, "RDS_APPLICATION_PASSWORD"), 32)
		assert.NotEqual(t, password, variable(db, "RDS_APPLICATION_PASSWORD"))
		assert.Regexp(t, `^PostgreSQL \d+`, db.Server())
	})

	t.Run("lets nobody in without TLS, as the deployed database", func(t *testing.T) {
		address, err := url.Parse(variable(db, "DATABASE_URL"))
		require.NoError(t, err)
		address.RawQuery = "sslmode=disable"
		_, err = pgx.Connect(t.Context(), address.String())
		assert.ErrorContains(t, err, "no pg_hba.conf entry")
		assert.ErrorContains(t, err, "no encryption")
	})

	t.Run("lets nobody in without the password", func(t *testing.T) {
		address, err := url.Parse(variable(db, "DATABASE_URL"))
		require.NoError(t, err)
		address.User = url.UserPassword("app", "wrong")
		_, err = pgx.Connect(t.Context(), address.String())
		assert.ErrorContains(t, err, "28P01")
	})

	t.Run("runs several statements", func(t *testing.T) {
		require.NoError(t, db.Exec(t.Context(), "CREATE TABLE a (x int); INSERT INTO a VALUES (1);"))
		err := db.Exec(t.Context(), "SELECT y FROM a")
		assert.ErrorContains(t, err, "the database refuses the statements: ")
		assert.ErrorContains(t, err, `column "y" does not exist`)
		assert.ErrorContains(t, err, "the server says:\n")
	})

	t.Run("is gone after Close, whoever is connected", func(t *testing.T) {
		conn, err := pgx.Connect(t.Context(), variable(db, "DATABASE_URL"))
		require.NoError(t, err)
		require.NoError(t, db.Close())
		require.NoError(t, db.Close(), "a second time")
		assert.Error(t, conn.Ping(t.Context()))
		assertNothingLeft(t, dir)
		assert.ErrorContains(t, db.Exec(t.Context(), "SELECT 1"), "cannot reach the database")
	})
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	db := shared(t)

	t.Run("gives the command the database, its own variables and its folder", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, db.Migrate(t.Context(), database.Command{
			Args: []string{"sh", "-c", `echo "$DATABASE_URL $STEP" >seen`}, Env: []string{"STEP=expand"}, Dir: dir,
		}))
		seen, err := os.ReadFile(filepath.Join(dir, "seen"))
		require.NoError(t, err)
		assert.Equal(t, variable(db, "DATABASE_URL")+" expand\n", string(seen))
	})
	t.Run("returns what a failed command said last", func(t *testing.T) {
		err := db.Migrate(t.Context(), database.Command{Args: []string{"sh", "-c", "seq 100; echo no column >&2; exit 3"}})
		require.ErrorContains(t, err, "the migration sh -c seq 100; echo no column >&2; exit 3 failed: exit status 3; it says:\n82\n")
		assert.True(t, strings.HasSuffix(err.Error(), "\n100\nno column"), err)
	})
	t.Run("says that a command does not exist", func(t *testing.T) {
		assert.ErrorContains(t, db.Migrate(t.Context(), database.Command{Args: []string{"no-such-program", "up"}}),
			"the migration no-such-program up does not start: ")
		assert.EqualError(t, db.Migrate(t.Context(), database.Command{}), "the migration must be a command line, got none")
	})
	t.Run("kills the command, and what it started, when it is cancelled", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		mark := filepath.Join(t.TempDir(), "mark")
		err := db.Migrate(ctx, database.Command{Args: []string{"sh", "-c", "sh -c 'sleep 60; : " + mark + "' & wait"}})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assertNothingLeft(t, filepath.Dir(mark))
	})
}

func TestBorrowedDatabase(t *testing.T) {
	t.Parallel()
	server := shared(t)
	address := variable(server, "DATABASE_URL")
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	exists := func(name string) (found bool) {
		require.NoError(t, conn.QueryRow(t.Context(),
			"SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&found))
		return found
	}

	t.Run("has a name of its own, and is dropped", func(t *testing.T) {
		db := open(t, database.Options{URL: address})
		name := variable(db, "RDS_DB_NAME")
		require.NoError(t, db.Exec(t.Context(), "CREATE TABLE a (x int)"))
		assert.Regexp(t, "^rehearsal_[0-9a-f]{16}$", name)
		assert.True(t, exists(name))
		assert.Equal(t, variable(server, "RDS_PORT"), variable(db, "RDS_PORT"))
		assert.Empty(t, variable(db, "RDS_APPLICATION_USERNAME"), "a role would stay on the server")
		user, err := pgx.Connect(t.Context(), variable(db, "DATABASE_URL"))
		require.NoError(t, err)
		require.NoError(t, db.Close())
		require.NoError(t, db.Close(), "a second time")
		assert.Error(t, user.Ping(t.Context()), "whoever is connected")
		assert.False(t, exists(name))
	})

	t.Run("of a killed rehearsal is dropped by the next, that of a living one is not", func(t *testing.T) {
		living := open(t, database.Options{URL: address})
		const unmarked = "rehearsal_0123456789abcdef"
		require.NoError(t, server.Exec(t.Context(), "CREATE DATABASE "+unmarked))
		killed := startVictim(t, folder(t), address)
		require.Eventually(t, func() bool { return strings.Contains(killed.said(), "\n") }, 10*time.Second, 10*time.Millisecond)
		name := strings.TrimSpace(strings.TrimPrefix(killed.said(), "open "))
		require.True(t, exists(name), name)
		killed.kill(t)
		for end := time.Now().Add(10 * time.Second); exists(name) && time.Now().Before(end); {
			require.NoError(t, open(t, database.Options{URL: address}).Close())
		}
		assert.False(t, exists(name))
		assert.True(t, exists(unmarked))
		assert.True(t, exists(variable(living, "RDS_DB_NAME")))
	})

	for name, wrong := range map[string]string{
		"no URL":                    "host=127.0.0.1 password=hunter2",
		"another scheme":            "mysql://app:hunter2@127.0.0.1/app",
		"a password with a percent": "postgres://app:hunter2%zz@127.0.0.1/app",
		"no host":                   "postgres:///app",
	} {
		t.Run("refuses "+name+" without showing it", func(t *testing.T) {
			_, err := database.Open(t.Context(), database.Options{URL: wrong})
			require.ErrorContains(t, err, "the URL of the database must look like postgres://user:password@host:5432/name")
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
	t.Run("says that the server is not there", func(t *testing.T) {
		_, err := database.Open(t.Context(), database.Options{URL: "postgres://app:hunter2@127.0.0.1:1/app"})
		require.ErrorContains(t, err, "cannot reach the database server: ")
		assert.NotContains(t, err.Error(), "hunter2")
	})
}

// assertNothingLeft checks that dir is empty, and that no process has it in its command line.
func assertNothingLeft(t *testing.T, dir string) {
	t.Helper()
	var left []string
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		left, _ = filepath.Glob(filepath.Join(dir, "*"))
		lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, line := range lines {
			if command, err := os.ReadFile(line); err == nil && bytes.Contains(command, []byte(dir+"/")) {
				left = append(left, line+": "+string(bytes.ReplaceAll(command, []byte{0}, []byte{' '})))
			}
		}
		if len(left) == 0 || time.Now().After(end) {
			break
		}
	}
	assert.Empty(t, left)
}
