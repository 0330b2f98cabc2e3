package main

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Database is a pool of connections that are opened when they are first needed, so that the
// application starts, and survives, while the database is away.
type Database struct {
	// Pool is for the application's own queries.
	Pool *pgxpool.Pool

	// checks holds one connection that only Check uses: a busy pool must not look like a dead
	// database, or the load balancer takes away instances just when they are needed most.
	checks  *pgxpool.Pool
	timeout time.Duration

	// These three belong to Check.
	checking sync.Mutex
	started  time.Time
	result   error
}

// OpenDatabase returns the database that cfg describes. It does not connect.
func OpenDatabase(cfg *pgxpool.Config, timeout time.Duration) (*Database, error) {
	single := cfg.Copy()
	single.MaxConns = 1
	checks, err := pgxpool.NewWithConfig(context.Background(), single)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	rest := cfg.Copy()
	rest.MaxConns = max(cfg.MaxConns-single.MaxConns, 1)
	pool, err := pgxpool.NewWithConfig(context.Background(), rest)
	if err != nil {
		checks.Close()
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return &Database{Pool: pool, checks: checks, timeout: timeout}, nil
}

// Check returns an error if the database does not answer in time. Callers that have to wait share the
// next answer: anyone can ask, and a queue of checks must not make them time out.
func (d *Database) Check(ctx context.Context) error {
	asked := time.Now()
	d.checking.Lock()
	defer d.checking.Unlock()
	if d.started.After(asked) {
		return d.result
	}
	started := time.Now()
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	err := d.checks.Ping(ctx)
	if !errors.Is(err, context.Canceled) {
		d.started, d.result = started, err
	}
	return err
}

// Probe asks the database for a sign of life through the application's own connections. It returns the
// server's version and how long the answer took, not counting the time to connect.
func (d *Database) Probe(ctx context.Context) (version string, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	conn, err := d.Pool.Acquire(ctx)
	if err != nil {
		return "", 0, err
	}
	defer conn.Release()
	start := time.Now()
	if err := conn.Ping(ctx); err != nil {
		return "", 0, err
	}
	took = time.Since(start)
	version, _, _ = strings.Cut(conn.Conn().PgConn().ParameterStatus("server_version"), " ")
	return version, took, nil
}

// Reset makes later queries use new connections.
func (d *Database) Reset() {
	d.Pool.Reset()
	d.checks.Reset()
}

// Close waits until no connection is in use and closes them.
func (d *Database) Close() {
	d.Pool.Close()
	d.checks.Close()
}

// isOutage reports whether err comes from a database that is away, overloaded or refuses the login,
// and so may pass. Any other error is a defect, such as a query that does not suit the schema.
func isOutage(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		// These classes of SQLSTATE stand for the connection, the login, the database's name, resources,
		// and the server's operator.
		return slices.Contains([]string{"08", "28", "3D", "53", "57"}, refused.Code[:min(2, len(refused.Code))])
	}
	var connect *pgconn.ConnectError
	var network net.Error // context.DeadlineExceeded is one
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, context.Canceled) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn)
}

// databaseReason says in short what a database error means. A new reason is a line in the log.
func databaseReason(err error) string {
	var refused *pgconn.PgError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &refused):
		return fmt.Sprintf("the database refuses the connection (SQLSTATE %s)", refused.Code)
	case errors.As(err, &untrusted):
		return "the certificate of the database is not trusted"
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		return "the database does not answer in time"
	}
	return "the database cannot be reached"
}

// migrationReason is databaseReason for a migration.
func migrationReason(err error) string {
	if isOutage(err) && mayPass(err) {
		return databaseReason(err)
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return fmt.Sprintf("a migration of the database failed (SQLSTATE %s)", refused.Code)
	}
	return "a migration of the database failed"
}
