package database

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options say where the database comes from.
type Options struct {
	// URL is a PostgreSQL URL of a user who may create databases. Default: none, a private cluster.
	URL string

	// Dir is where the cluster makes its folder. Root's cluster runs as the user nobody, who must be
	// able to enter Dir. Default: the system's folder for temporary files.
	Dir string
}

// Database is a throw-away database.
type Database struct {
	url     *url.URL
	config  *pgx.ConnConfig
	server  string
	explain func(error) error
	close   func() error

	// applicationPassword is empty where the server is not ours: roles belong to the server, and outlive the database.
	applicationPassword string
}

// Open returns a database that is empty and answers. Without a URL and without PostgreSQL on this
// machine the error is [ErrNotInstalled]. Once ctx ends, Open gives up and leaves nothing behind;
// afterwards ctx has no effect.
func Open(ctx context.Context, options Options) (*Database, error) {
	if options.URL != "" {
		return borrow(ctx, options.URL)
	}
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	return startCluster(ctx, programs, cmp.Or(options.Dir, os.TempDir()))
}

// newDatabase returns the database at address once it answers. It keeps the two functions: explain adds
// to an error what the server says, and end gives the database up.
func newDatabase(
	ctx context.Context, address *url.URL, explain func(error) error, end func() error,
) (*Database, error) {
	config, err := pgx.ParseConfig(address.String())
	if err != nil { // which may quote a password
		return nil, errors.New("the URL of the database must be one that PostgreSQL understands")
	}
	db := &Database{url: address, config: config, explain: explain, close: sync.OnceValue(end)}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	db.server = "PostgreSQL " + conn.PgConn().ParameterStatus("server_version")
	return db, conn.Close(ctx)
}

// Server names the database's software and version.
func (d *Database) Server() string { return d.server }

// Env returns the variables that tell an application where the database is: DATABASE_URL, and the same in
// parts as Elastic Beanstalk does, RDS_HOSTNAME and so on. For a private server these name a second user, which the
// application's migrations have to create, as in an environment. Where the database has a certificate authority of
// its own, libpq (PGSSLROOTCERT) and Node.js (NODE_EXTRA_CA_CERTS) are given that as well.
func (d *Database) Env() []string {
	env := []string{
		"DATABASE_URL=" + d.url.String(),
		"RDS_HOSTNAME=" + d.config.Host,
		"RDS_PORT=" + strconv.Itoa(int(d.config.Port)),
		"RDS_DB_NAME=" + d.config.Database,
		"RDS_USERNAME=" + d.config.User,
		"RDS_PASSWORD=" + d.config.Password,
	}
	if d.applicationPassword != "" {
		env = append(env, "RDS_APPLICATION_USERNAME=application", "RDS_APPLICATION_PASSWORD="+d.applicationPassword)
	}
	if mode := d.url.Query().Get("sslmode"); mode != "" {
		env = append(env, "RDS_SSLMODE="+mode)
	}
	if authority := d.url.Query().Get("sslrootcert"); authority != "" {
		env = append(env, "PGSSLROOTCERT="+authority, "NODE_EXTRA_CA_CERTS="+authority)
	}
	return env
}

// Exec runs SQL, any number of statements, in one transaction unless they say otherwise.
func (d *Database) Exec(ctx context.Context, sql string) error {
	conn, err := pgx.ConnectConfig(ctx, d.config)
	if err != nil {
		return d.explain(fmt.Errorf("cannot reach the database: %w", err))
	}
	defer hangUp(conn)
	if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
		return d.explain(fmt.Errorf("the database refuses the statements: %w", err))
	}
	return nil
}

// Close removes the database and everything that belongs to it, whoever is still connected. Only the
// first call does something; the others return the same.
func (d *Database) Close() error { return d.close() }

// hangUp closes a connection politely, though not at any price.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
