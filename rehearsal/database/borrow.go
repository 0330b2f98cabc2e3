package database

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
)

// mark is the comment on a database that may be dropped.
const mark = "Throw-away database of a rehearsal"

// dropTimeout is how long Close waits for a server that is not ours.
const dropTimeout = 20 * time.Second

// borrow makes a database with a random name on the server of a URL. It keeps a connection to it: that
// tells the next rehearsal, which removes what a killed one left, that this one lives.
func borrow(ctx context.Context, given string) (*Database, error) {
	address, err := url.Parse(given)
	if err != nil || address.Host == "" && address.Query().Get("host") == "" ||
		address.Scheme != "postgres" && address.Scheme != "postgresql" {
		// Neither the URL nor the error is shown, since they hold the password.
		return nil, errors.New("the URL of the database must look like postgres://user:password@host:5432/name, " +
			"with special characters of the password percent-encoded")
	}
	admin, err := pgx.Connect(ctx, given)
	if err != nil {
		return nil, fmt.Errorf("cannot reach the database server: %w", err)
	}
	defer hangUp(admin)
	if err := sweep(ctx, admin); err != nil {
		return nil, err
	}

	name := "rehearsal_" + randomName()
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot create a database on the server: %w", err), drop(given, name))
	}
	db, err := guard(ctx, admin, given, name)
	if err != nil {
		return nil, errors.Join(err, drop(given, name))
	}
	return db, nil
}

// guard opens the new database, and marks it once the connection is there that says it is in use.
func guard(ctx context.Context, admin *pgx.Conn, given, name string) (*Database, error) {
	address, err := url.Parse(given)
	if err != nil {
		return nil, err
	}
	address.Path = "/" + name
	query := address.Query()
	query.Del("dbname")
	query.Del("database")
	address.RawQuery = query.Encode()
	conn, err := pgx.Connect(ctx, address.String())
	if err != nil {
		return nil, fmt.Errorf("cannot open the database that was just created: %w", err)
	}
	same := func(err error) error { return err }
	db, err := newDatabase(ctx, address, same, func() error {
		hangUp(conn)
		return drop(given, name)
	})
	if err == nil {
		_, err = admin.Exec(ctx, "COMMENT ON DATABASE "+name+" IS '"+mark+"'")
	}
	if err != nil {
		hangUp(conn)
		return nil, err
	}
	return db, nil
}

// drop does not depend on the caller's context, which may have ended.
func drop(given, name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
	defer cancel()
	admin, err := pgx.Connect(ctx, given)
	if err == nil {
		defer hangUp(admin)
		_, err = admin.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	}
	if err != nil {
		return fmt.Errorf("the database %s is left on the server: %w", name, err)
	}
	return nil
}

// sweep drops the databases that killed rehearsals left: those with no connection. If one comes meanwhile,
// the server refuses to drop.
func sweep(ctx context.Context, admin *pgx.Conn) error {
	rows, _ := admin.Query(ctx, `SELECT datname FROM pg_database WHERE datname ~ '^rehearsal_[0-9a-f]{16}$'
		AND shobj_description(oid, 'pg_database') = $1 AND pg_has_role(datdba, 'USAGE')
		AND NOT EXISTS (SELECT FROM pg_stat_activity activity WHERE activity.datname = pg_database.datname)`, mark)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("cannot list the databases: %w", err)
	}
	for _, name := range names {
		_, _ = admin.Exec(ctx, "DROP DATABASE IF EXISTS "+name)
	}
	return ctx.Err()
}
