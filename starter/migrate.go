package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migrations are the files of this version.
var migrations, _ = fs.Sub(embedded, "migrations")

// migrationPause is the time between two attempts. What a failed attempt held up must get through.
const migrationPause = time.Second

// migrate prepares the application's user, and runs the migrations among files that the database has not seen, in
// their order. Other instances that do so at the same time wait until this is done, and find nothing to do.
func (c *DatabaseConfig) migrate(ctx context.Context, files fs.FS, log *slog.Logger) error {
	pool, err := c.poolConfig()
	if err != nil {
		return err
	}
	conn := pool.ConnConfig
	c.limitLocks(conn.RuntimeParams)
	database := stdlib.OpenDB(*conn)
	defer database.Close()
	database.SetMaxOpenConns(2) // one holds the lock, the other works

	locker := &advisoryLock{}
	if c.hasApplicationUser() {
		locker.applicationUser = c.ApplicationUser
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, database, files, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("the migrations cannot be read: %w", err)
	}
	locked, err := c.lockMigrations(ctx, database)
	if err != nil {
		return err
	}
	defer locked.Rollback()
	if err := c.endAttacks(ctx, database, log); err != nil {
		return err
	}
	// This creates the list of migrations, before the application's user gets a privilege on any table.
	if _, err := provider.GetDBVersion(ctx); err != nil {
		return err
	}
	if err := c.prepareApplicationUser(ctx, database, locker); err != nil {
		return err
	}
	applied, err := provider.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		applied = partial.Applied
		err = fmt.Errorf("migration %s: %w", path.Base(partial.Failed.Source.Path), partial.Err)
	}
	for _, migration := range applied {
		log.Info("migrated", "file", path.Base(migration.Source.Path),
			"milliseconds", migration.Duration.Milliseconds())
	}
	return err
}

// limitLocks makes sure that the version that serves users goes on doing so. While a migration waits
// for a table, every later query of that table waits behind it; while it works on one, they may have to
// wait as well. Both together must be over before those queries give up, after c.Timeout. A statement
// that takes longer but locks nobody out says so in its file, with SET LOCAL statement_timeout.
func (c *DatabaseConfig) limitLocks(settings map[string]string) {
	milliseconds := func(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }
	settings["lock_timeout"] = milliseconds(c.Timeout / 4)
	settings["statement_timeout"] = milliseconds(c.Timeout * 3 / 4) // includes the wait for locks
	settings["idle_in_transaction_session_timeout"] = milliseconds(c.Timeout)
}

// persist makes attempts until one succeeds, fails in a way that another would too, or ctx ends.
// It tells failed what went wrong each time.
func persist(ctx context.Context, attempt func(context.Context) error, failed func(error)) error {
	for {
		err := attempt(ctx)
		if err == nil {
			return nil
		}
		failed(err)
		if !mayPass(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(migrationPause):
		}
	}
}

// mayPass reports whether a migration that failed with err may succeed the next time: the database was
// away, or the old version held a lock. Too slow a statement is not tried again, since each attempt can
// hold up the old version.
func mayPass(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "55P03", "40P01", "40001": // lock timeout, deadlock, conflict with another transaction
			return true
		case "57014": // statement timeout
			return false
		}
	}
	return isOutage(err)
}

// migrateDatabase is the command migrate.
func migrateDatabase(ctx context.Context, cfg Config, files fs.FS, log *slog.Logger) error {
	if cfg.Database == nil {
		return errors.New("there is no database: set DATABASE_URL, or RDS_HOSTNAME and its companions")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, cfg.Database.MigrateTimeout, fmt.Errorf(
		"not done within the MIGRATE_TIMEOUT of %s, maybe since another migration runs", cfg.Database.MigrateTimeout))
	defer cancel()
	err := persist(ctx, func(ctx context.Context) error {
		return cfg.Database.migrate(ctx, files, log)
	}, func(err error) {
		log.Warn("migration failed", "error", err.Error())
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	if err == nil {
		log.Info("the database is up to date")
	}
	return err
}
