package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// DatabaseConfig says where the database is and how to use it.
type DatabaseConfig struct {
	// URL is a PostgreSQL connection URL. It wins over the fields below it.
	URL Secret

	// Host, Port, Name, User and Password are what Elastic Beanstalk calls RDS_HOSTNAME, RDS_PORT,
	// RDS_DB_NAME, RDS_USERNAME and RDS_PASSWORD.
	Host     string
	Port     int
	Name     string
	User     string
	Password Secret

	// ApplicationUser and ApplicationPassword are RDS_APPLICATION_USERNAME and RDS_APPLICATION_PASSWORD: the user
	// that the server connects as, which the migrations create. Default: User, or that of URL.
	ApplicationUser     string
	ApplicationPassword Secret

	// SSLMode is one of PostgreSQL's. Default: verify-full for Amazon RDS, otherwise PGSSLMODE.
	SSLMode string

	// Pool is the most connections one instance opens. One of them is for checks, so of 1 the
	// application has to open a second.
	Pool int

	// Timeout is how long the database may take to answer a check.
	Timeout time.Duration

	// Migrate makes the server run the migrations before it is ready.
	Migrate bool

	// MigrateTimeout is how long the command migrate goes on trying.
	MigrateTimeout time.Duration
}

var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// database returns nil where no variable names a database.
func (e *environment) database() *DatabaseConfig {
	cfg := &DatabaseConfig{
		URL:      Secret(e.getenv("DATABASE_URL")),
		Host:     e.getenv("RDS_HOSTNAME"),
		Port:     e.number("RDS_PORT", 5432, 1, 65535),
		Name:     e.getenv("RDS_DB_NAME"),
		User:     e.getenv("RDS_USERNAME"),
		Password: Secret(e.getenv("RDS_PASSWORD")),

		ApplicationUser:     e.getenv("RDS_APPLICATION_USERNAME"),
		ApplicationPassword: Secret(e.getenv("RDS_APPLICATION_PASSWORD")),

		SSLMode: e.getenv("RDS_SSLMODE"),
		Pool:    e.number("DATABASE_POOL", 5, 1, 5000),
		Timeout: e.duration("DATABASE_TIMEOUT", 2*time.Second, time.Millisecond),
		Migrate: e.flag("MIGRATE", true),

		MigrateTimeout: e.duration("MIGRATE_TIMEOUT", time.Minute, time.Second),
	}
	if cfg.SSLMode != "" && !slices.Contains(sslModes, cfg.SSLMode) {
		e.problem("RDS_SSLMODE must be one of %s, got %q", strings.Join(sslModes, ", "), cfg.SSLMode)
		cfg.SSLMode = ""
	}
	if cfg.URL == "" {
		if cfg.Host == "" && cfg.Name == "" && cfg.User == "" && cfg.Password == "" &&
			cfg.ApplicationUser == "" && cfg.ApplicationPassword == "" {
			return nil
		}
		e.requireParts(cfg)
		e.checkApplicationUser(cfg)
	}
	if _, err := cfg.poolConfig(); err != nil {
		e.problems = append(e.problems, err)
	}
	return cfg
}

func (e *environment) requireParts(cfg *DatabaseConfig) {
	const reason = "is missing: set all of RDS_HOSTNAME, RDS_DB_NAME, RDS_USERNAME and " +
		"RDS_PASSWORD, or none to run without a database"
	if cfg.Host == "" {
		e.problem("RDS_HOSTNAME %s", reason)
	}
	if cfg.Name == "" {
		e.problem("RDS_DB_NAME %s", reason)
	}
	if cfg.User == "" {
		e.problem("RDS_USERNAME %s", reason)
	}
	// A server behind a Unix socket knows its users by their account on the machine.
	if cfg.Password == "" && !strings.HasPrefix(cfg.Host, "/") {
		e.problem("RDS_PASSWORD %s", reason)
	}
}

// checkApplicationUser accepts no password beyond ASCII: clients normalize such passwords before they hash them, each in its way.
func (e *environment) checkApplicationUser(cfg *DatabaseConfig) {
	const reason = "is missing: set RDS_APPLICATION_USERNAME and RDS_APPLICATION_PASSWORD, or neither to serve as RDS_USERNAME"
	unusual := func(r rune) bool { return r < ' ' || r > '~' }
	switch {
	case cfg.ApplicationUser == "" && cfg.ApplicationPassword != "":
		e.problem("RDS_APPLICATION_USERNAME %s", reason)
	case cfg.ApplicationUser != "" && cfg.ApplicationPassword == "":
		e.problem("RDS_APPLICATION_PASSWORD %s", reason)
	case strings.ContainsFunc(string(cfg.ApplicationPassword), unusual):
		e.problem("RDS_APPLICATION_PASSWORD must be printable ASCII characters")
	}
	if cfg.ApplicationUser != "" && cfg.ApplicationUser == cfg.User {
		e.problem("RDS_APPLICATION_USERNAME must be another user than RDS_USERNAME, got %q for both", cfg.User)
	}
}

// hasApplicationUser is false where DATABASE_URL wins: it names one user, for everything.
func (c *DatabaseConfig) hasApplicationUser() bool { return c.URL == "" && c.ApplicationUser != "" }

// String describes the database for a log, without any secret.
func (c *DatabaseConfig) String() string {
	switch {
	case c == nil:
		return "none"
	case c.URL != "":
		return "from DATABASE_URL"
	}
	user := c.User
	if c.hasApplicationUser() {
		user = c.ApplicationUser
	}
	return fmt.Sprintf("%s on %s:%d as %s", c.Name, c.Host, c.Port, user)
}

// servingConfig is poolConfig for the server's own queries.
func (c *DatabaseConfig) servingConfig() (*pgxpool.Config, error) {
	cfg, err := c.poolConfig()
	if err == nil && c.hasApplicationUser() {
		cfg.ConnConfig.User = c.ApplicationUser
		cfg.ConnConfig.Password = string(c.ApplicationPassword)
	}
	return cfg, err
}

// poolConfig returns the configuration of a connection pool of the user who migrates. Its error holds no secret: what pgx says
// of a broken URL can quote a part of it, so that is not passed on.
func (c *DatabaseConfig) poolConfig() (*pgxpool.Config, error) {
	source := string(c.URL)
	if source == "" {
		source = c.serverURL()
	}
	cfg, err := pgxpool.ParseConfig(source)
	switch {
	case err != nil && c.URL != "":
		return nil, errors.New("DATABASE_URL must be a PostgreSQL connection URL such as " +
			"postgres://user:password@host:5432/name?sslmode=require, with special characters of " +
			"the password percent-encoded")
	case err != nil:
		return nil, fmt.Errorf("the database cannot be used with these settings: %w", err)
	}

	if c.URL == "" {
		cfg.ConnConfig.Database = c.Name
		cfg.ConnConfig.User = c.User
		cfg.ConnConfig.Password = string(c.Password)
	}
	if tls := cfg.ConnConfig.TLSConfig; tls != nil && tls.RootCAs == nil && isRDS(cfg.ConnConfig.Host) {
		tls.RootCAs = rdsRoots()
	}
	cfg.ConnConfig.ConnectTimeout = c.Timeout
	cfg.MaxConns = int32(c.Pool)
	return cfg, nil
}

// serverURL names the server only. Database, user and password are set on the configuration that is
// made of it, where they need no escaping.
func (c *DatabaseConfig) serverURL() string {
	query := url.Values{"host": {c.Host}, "port": {strconv.Itoa(c.Port)}}
	switch {
	case c.SSLMode != "":
		query.Set("sslmode", c.SSLMode)
	case isRDS(c.Host):
		query.Set("sslmode", "verify-full")
	}
	return (&url.URL{Scheme: "postgres", Path: "/", RawQuery: query.Encode()}).String()
}
