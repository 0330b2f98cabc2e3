package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// lockTable is an empty table that an instance locks while it migrates.
const lockTable = goose.DefaultTablename + "_lock"

// lockMigrations waits until no other instance migrates. The lock lasts until the transaction ends, at the latest with its
// connection, so it is gone with a process that dies. Only ctx ends the wait.
//
// Every database user can take every advisory lock, so an SQL injection could keep all later versions from starting, even the one
// that fixes it. To lock a table takes a privilege on it, and the application's user has none on this one (PostgreSQL, "LOCK").
func (c *DatabaseConfig) lockMigrations(ctx context.Context, database *sql.DB) (tx *sql.Tx, err error) {
	if err := c.createLockTable(ctx, database); err != nil {
		return nil, err
	}
	err = poll(ctx, func() (locked bool, err error) {
		tx, err = tryLock(ctx, database)
		return tx != nil, err
	})
	return tx, err
}

// tryLock returns nil where another instance has the lock. It does not wait for the lock: CREATE INDEX CONCURRENTLY in the
// migration of the other instance would wait for this transaction.
func tryLock(ctx context.Context, database *sql.DB) (*sql.Tx, error) {
	tx, err := database.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0")
	if err == nil {
		// This mode excludes itself, but not pg_dump, which reads all tables.
		_, err = tx.ExecContext(ctx, "LOCK TABLE "+lockTable+" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT")
	}
	if err == nil {
		return tx, nil
	}
	_ = tx.Rollback()
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "55P03" {
		return nil, nil
	}
	return nil, err
}

// poll makes attempts until one succeeds or fails, or ctx ends. Instances that start together do not attempt together again.
func poll(ctx context.Context, attempt func() (bool, error)) error {
	for {
		if done, err := attempt(); err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(migrationPause)):
		}
	}
}

// createLockTable revokes what the default privileges grant on the table before anybody else can see it.
func (c *DatabaseConfig) createLockTable(ctx context.Context, database *sql.DB) error {
	var exists bool
	err := database.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", lockTable).Scan(&exists)
	if err != nil || exists {
		return err
	}
	err = transact(ctx, database, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "CREATE TABLE "+lockTable+" ()"); err != nil {
			return err
		}
		return c.protectMigrations(ctx, tx)
	})
	var refused *pgconn.PgError
	if errors.As(err, &refused) && slices.Contains([]string{"23505", "42P07", "42710"}, refused.Code) {
		return nil // another instance created the table at the same time
	}
	return err
}

// advisoryLock is the lock of goose. Versions that do not know lockTable exclude each other by it, so a version that does takes
// it as well, second. It belongs to the connection that migrates: while PostgreSQL still executes a statement of
// a process that died, no other instance begins.
type advisoryLock struct {
	applicationUser string // empty where there is none
	held            bool
}

var _ lock.SessionLocker = (*advisoryLock)(nil)

// SessionLock goes on without the lock where a session of the application's user holds it. That user migrates nothing, and
// while it holds the lock, no version that does can.
func (l *advisoryLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	return poll(ctx, func() (bool, error) {
		err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", lock.DefaultLockID).Scan(&l.held)
		if err != nil || l.held {
			return l.held, err
		}
		return l.seized(ctx, conn)
	})
}

// isGooseLock selects the lock among pg_locks.
const isGooseLock = `(locktype = 'advisory' AND classid = ($2::bigint >> 32)::oid AND objid = ($2::bigint & 4294967295)::oid
	AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`

// isApplicationUser is false for an administrator, whom createApplicationUser refuses and who may migrate. A session counts as that of
// the user who logged in, whatever role it sets (PostgreSQL, "pg_stat_activity").
const isApplicationUser = "usename IN (SELECT rolname FROM pg_roles WHERE rolname = $1 AND NOT rolsuper AND NOT rolcreaterole)"

// seized reports whether sessions of the application's user hold the lock, and no others.
func (l *advisoryLock) seized(ctx context.Context, conn *sql.Conn) (seized bool, err error) {
	err = conn.QueryRowContext(ctx, `SELECT coalesce(bool_and(coalesce(`+isApplicationUser+`, false)), false)
		FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE granted AND `+isGooseLock,
		l.applicationUser, lock.DefaultLockID).Scan(&seized)
	return seized, err
}

// SessionUnlock implements [lock.SessionLocker].
func (l *advisoryLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	if !l.held {
		return nil
	}
	l.held = false
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", lock.DefaultLockID)
	return err
}

// endAttacks ends the sessions of the application's user that hold what the application never does: the lock of goose, for which
// older versions wait, or the user's own role, which this version is about to change. Where this is not permitted, older versions
// go on waiting.
func (c *DatabaseConfig) endAttacks(ctx context.Context, database *sql.DB, log *slog.Logger) error {
	if !c.hasApplicationUser() {
		return nil
	}
	var attacks int
	if err := database.QueryRowContext(ctx, "SELECT count(*)"+fromAttacks, c.ApplicationUser, lock.DefaultLockID).Scan(&attacks); err != nil || attacks == 0 {
		return err
	}
	err := c.endSessions(ctx, database)
	log.Warn("ended sessions of the application's user that held the lock of the migrations or changed their own role: look for an SQL injection",
		"user", c.ApplicationUser, "sessions", attacks, "error", fmt.Sprint(err))
	if isOutage(err) {
		return err
	}
	return nil
}

const fromAttacks = ` FROM pg_stat_activity WHERE ` + isApplicationUser + ` AND pid IN (SELECT pid FROM pg_locks WHERE ` + isGooseLock + `
	OR locktype = 'relation' AND mode <> 'AccessShareLock' AND relation IN ('pg_authid'::regclass, 'pg_db_role_setting'::regclass))`

// endSessions is permitted to the master of Amazon RDS (AWS Knowledge Center, "How do I end long-running queries in my Amazon RDS for
// PostgreSQL DB instance?"). Another user who creates roles becomes a member of the application's until the transaction ends,
// since PostgreSQL lets members of a role end its sessions ("pg_terminate_backend").
func (c *DatabaseConfig) endSessions(ctx context.Context, database *sql.DB) error {
	tx, err := database.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var permitted bool
	if err := tx.QueryRowContext(ctx, "SELECT pg_has_role('pg_signal_backend', 'USAGE')").Scan(&permitted); err != nil {
		return err
	}
	if !permitted {
		if _, err := tx.ExecContext(ctx, "GRANT "+c.applicationRole()+" TO CURRENT_USER"); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "SELECT pg_terminate_backend(pid)"+fromAttacks, c.ApplicationUser, lock.DefaultLockID)
	return err
}
