package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requireSuperuser skips a test where the user of the database is not a superuser. The test works in a database of its own, with a
// master user as Amazon RDS has it: one that creates roles and databases, and is no superuser.
func requireSuperuser(t *testing.T) {
	t.Helper()
	var superuser bool
	require.NoError(t, (&schema{postgreSQL(t)}).connect(t).QueryRow(t.Context(),
		"SELECT rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&superuser))
	if !superuser {
		t.Skip("the user of the database is not a superuser, so it cannot create a master user")
	}
}

func TestApplicationUser(t *testing.T) {
	requireSuperuser(t)

	t.Run("serves, while the master migrates", func(t *testing.T) {
		cfg := newInstance(t)
		migrateFiles(t, cfg, embeddedFiles...)
		server := newServerFor(t, cfg)
		var user, owner string
		require.NoError(t, server.database.Pool.QueryRow(t.Context(), "SELECT current_user").Scan(&user))
		require.NoError(t, server.database.Pool.QueryRow(t.Context(),
			"SELECT tableowner FROM pg_tables WHERE tablename = 'releases'").Scan(&owner))
		assert.Equal(t, cfg.Database.ApplicationUser, user)
		assert.Equal(t, cfg.Database.User, owner)
		require.NoError(t, server.database.RecordRelease(t.Context(), "v1"))
		assert.Len(t, status(t, server).Releases, 1)
		assert.Equal(t, http.StatusOK, get(server.Handler(), "/readyz").Code)
	})

	t.Run("changes neither the schema nor roles nor what was migrated", func(t *testing.T) {
		cfg := newInstance(t)
		migrateFiles(t, cfg, embeddedFiles...)
		application := connectAs(t, cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		for _, statement := range []string{
			"CREATE ROLE intruder", "CREATE DATABASE intruder", "CREATE SCHEMA intruder", "CREATE EXTENSION postgres_fdw",
			"CREATE TABLE intruder (x int)", "CREATE FUNCTION intruder() RETURNS int LANGUAGE sql AS 'SELECT 1'",
			"DROP TABLE releases", "ALTER TABLE releases ADD COLUMN x int", "TRUNCATE releases", "CREATE INDEX ON releases (seen)",
			"INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true)", "DELETE FROM goose_db_version",
			"SELECT FROM goose_db_version", "SELECT nextval('goose_db_version_id_seq')", "SELECT last_value FROM goose_db_version_id_seq",
			"SELECT FROM goose_db_version_lock",
			"SET ROLE " + cfg.Database.User, "ALTER ROLE " + cfg.Database.ApplicationUser + " CREATEROLE",
			"ALTER ROLE " + cfg.Database.User + " PASSWORD NULL", "GRANT " + cfg.Database.User + " TO " + cfg.Database.ApplicationUser,
			"COPY releases TO PROGRAM 'id'", "SELECT pg_read_file('/etc/passwd')", "SELECT rolpassword FROM pg_authid",
		} {
			assertDenied(t, application, statement)
		}
	})

	t.Run("reads nothing of another database of the master", func(t *testing.T) {
		cfg := newInstance(t)
		migrateFiles(t, cfg, embeddedFiles...)
		other := *cfg.Database
		other.Name = newDatabase(t, cfg.Database.User)
		master := connectAs(t, Config{Database: &other}, other.User, other.Password)
		_, err := master.Exec(t.Context(), "CREATE TABLE secrets (x int); INSERT INTO secrets VALUES (1)")
		require.NoError(t, err)
		application := connectAs(t, Config{Database: &other}, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		assertDenied(t, application, "SELECT x FROM secrets")
		assertDenied(t, application, "CREATE TABLE intruder (x int)")
	})

	t.Run("uses the tables and sequences of later migrations", func(t *testing.T) {
		cfg := newInstance(t)
		first := "-- +goose Up\nCREATE TABLE a (x int);\n"
		migrateFiles(t, cfg, first)
		application := connectAs(t, cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		migrateFiles(t, cfg, first, "-- +goose Up\nCREATE TABLE b (x serial, y int);\nCREATE SEQUENCE numbers;\n")
		for _, statement := range []string{
			"INSERT INTO a VALUES (1)", "INSERT INTO b (y) VALUES (1)", "UPDATE b SET y = 2", "SELECT nextval('numbers')", "DELETE FROM b",
		} {
			_, err := application.Exec(t.Context(), statement)
			assert.NoError(t, err, statement)
		}
	})

	t.Run("uses the tables that were there before it", func(t *testing.T) {
		cfg := newInstance(t)
		created := "-- +goose Up\nCREATE TABLE before (x serial);\nCREATE VIEW seen AS SELECT x FROM before;\n"
		migrateFiles(t, withoutApplicationUser(cfg), created)
		migrateFiles(t, cfg, created)
		application := connectAs(t, cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		_, err := application.Exec(t.Context(), "INSERT INTO before DEFAULT VALUES; SELECT x FROM seen")
		assert.NoError(t, err)
	})

	t.Run("does not get back what a migration revoked", func(t *testing.T) {
		cfg := newInstance(t)
		audit := "-- +goose Up\nCREATE TABLE audit (x int);\n"
		revoked := "-- +goose Up\nREVOKE UPDATE, DELETE ON audit FROM " + cfg.Database.ApplicationUser + ";\n"
		migrateFiles(t, cfg, audit, revoked)
		migrateFiles(t, cfg, audit, revoked)
		application := connectAs(t, cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		assertDenied(t, application, "DELETE FROM audit")
		_, err := application.Exec(t.Context(), "INSERT INTO audit VALUES (1)")
		assert.NoError(t, err)
	})

	t.Run("loses what an earlier version granted on the list of migrations", func(t *testing.T) {
		cfg := newInstance(t)
		migrateFiles(t, cfg, embeddedFiles...)
		master := connectAs(t, cfg, cfg.Database.User, cfg.Database.Password)
		_, err := master.Exec(t.Context(), "GRANT SELECT ON goose_db_version TO "+cfg.Database.ApplicationUser+
			"; GRANT USAGE, SELECT ON SEQUENCE goose_db_version_id_seq TO "+cfg.Database.ApplicationUser)
		require.NoError(t, err)
		migrateFiles(t, cfg, embeddedFiles...)
		application := connectAs(t, cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		assertDenied(t, application, "SELECT nextval('goose_db_version_id_seq')")
		assertDenied(t, application, "SELECT FROM goose_db_version")
	})

	t.Run("has no privilege on the list of migrations where the first of them fails", func(t *testing.T) {
		cfg := newInstance(t)
		require.Error(t, cfg.Database.migrate(t.Context(), files("-- +goose Up\nDROP TABLE nowhere;\n"), slog.New(slog.DiscardHandler)))
		application := connectAs(t, cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		assertDenied(t, application, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, true)")
	})

	t.Run("loses the settings that it gave itself", func(t *testing.T) {
		cfg := newInstance(t)
		migrateFiles(t, cfg, embeddedFiles...)
		application := connectAs(t, cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		for _, statement := range []string{
			"ALTER ROLE CURRENT_USER SET search_path = pg_catalog, public", "ALTER ROLE CURRENT_USER SET lock_timeout = 1",
			"ALTER ROLE CURRENT_USER IN DATABASE " + cfg.Database.Name + " SET default_transaction_read_only = on",
			"ALTER ROLE CURRENT_USER IN DATABASE postgres SET work_mem = '1MB'",
		} {
			_, err := application.Exec(t.Context(), statement)
			require.NoError(t, err, statement)
		}
		server := newServerFor(t, cfg)
		assert.Error(t, server.database.RecordRelease(t.Context(), "v1"))
		require.True(t, server.warmUp(t.Context()))
		var settings int
		require.NoError(t, application.QueryRow(t.Context(),
			"SELECT count(*) FROM pg_db_role_setting WHERE setrole = current_user::regrole").Scan(&settings))
		assert.Zero(t, settings)
		assert.NoError(t, server.database.RecordRelease(t.Context(), "v1"))
	})

	t.Run("gets a new password from many instances at the same time", func(t *testing.T) {
		cfg := newInstance(t)
		migrateFiles(t, cfg, embeddedFiles...)
		old := cfg.Database.ApplicationPassword
		connected := connectAs(t, cfg, cfg.Database.ApplicationUser, old)
		cfg.Database.ApplicationPassword = "another" + Secret(password)
		var instances sync.WaitGroup
		for range 5 {
			instances.Go(func() { migrateFiles(t, cfg, embeddedFiles...) })
		}
		instances.Wait()
		connectAs(t, cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		_, err := tryAs(cfg, cfg.Database.ApplicationUser, old)
		assert.ErrorContains(t, err, "28P01")
		assert.NoError(t, connected.Ping(t.Context()), "whoever is connected stays")
	})

	t.Run("is not an administrator's role", func(t *testing.T) {
		cfg := newInstance(t)
		admin := connectAs(t, cfg, cfg.Database.User, cfg.Database.Password)
		_, err := admin.Exec(t.Context(), "CREATE ROLE "+cfg.Database.ApplicationUser+" LOGIN CREATEDB")
		require.NoError(t, err)
		err = cfg.Database.migrate(t.Context(), migrations, slog.New(slog.DiscardHandler))
		require.EqualError(t, err, "the user "+cfg.Database.ApplicationUser+": it may create roles or databases; use a user that is the application's alone")
		assert.False(t, mayPass(err))
		_, err = tryAs(cfg, cfg.Database.ApplicationUser, cfg.Database.ApplicationPassword)
		assert.ErrorContains(t, err, "28P01", "its password is not the application's")
	})

	t.Run("does not disturb the version before it, nor a rollback to that", func(t *testing.T) {
		cfg := newInstance(t)
		before := withoutApplicationUser(cfg)
		migrateFiles(t, before, embeddedFiles...)
		old := newServerFor(t, before)
		require.NoError(t, old.database.RecordRelease(t.Context(), "v1"))
		migrateFiles(t, cfg, embeddedFiles...)
		require.NoError(t, old.database.RecordRelease(t.Context(), "v2"), "on the connections that it has")
		require.NoError(t, newServerFor(t, cfg).database.RecordRelease(t.Context(), "v3"))
		migrateFiles(t, before, embeddedFiles...)
		back := newServerFor(t, before)
		require.NoError(t, back.database.RecordRelease(t.Context(), "v4"))
		assert.Len(t, status(t, back).Releases, 4)
	})
}

func TestApplicationUserSettings(t *testing.T) {
	given := func(more map[string]string) func(string) string {
		variables := rdsVariables()
		for name, value := range more {
			variables[name] = value
		}
		return getenv(variables)
	}
	const name, secret = "RDS_APPLICATION_USERNAME", "RDS_APPLICATION_PASSWORD"
	both := map[string]string{name: "web", secret: "s3cret"}

	t.Run("separate who serves from who migrates", func(t *testing.T) {
		cfg, err := LoadConfig(given(both))
		require.NoError(t, err)
		migrates, err := cfg.Database.poolConfig()
		require.NoError(t, err)
		serves, err := cfg.Database.servingConfig()
		require.NoError(t, err)
		assert.Equal(t, []string{"app", password, "web", "s3cret"}, []string{
			migrates.ConnConfig.User, migrates.ConnConfig.Password, serves.ConnConfig.User, serves.ConnConfig.Password})
		assert.Equal(t, "shop on db.abc.eu-west-1.rds.amazonaws.com:5432 as web", cfg.Database.String())
	})
	t.Run("are not needed: RDS_USERNAME does both", func(t *testing.T) {
		serves, err := load(t, rdsVariables()).Database.servingConfig()
		require.NoError(t, err)
		assert.Equal(t, "app", serves.ConnConfig.User)
	})
	t.Run("give way to DATABASE_URL", func(t *testing.T) {
		cfg, err := LoadConfig(given(map[string]string{name: "web", secret: "s3cret", "DATABASE_URL": "postgres://me:x@127.0.0.1/other"}))
		require.NoError(t, err)
		serves, err := cfg.Database.servingConfig()
		require.NoError(t, err)
		assert.Equal(t, "me", serves.ConnConfig.User)
		assert.False(t, cfg.Database.hasApplicationUser())
	})
	for title, c := range map[string]struct {
		variables map[string]string
		want      string
	}{
		"without a password": {map[string]string{name: "web"},
			"RDS_APPLICATION_PASSWORD is missing: set RDS_APPLICATION_USERNAME and RDS_APPLICATION_PASSWORD, or neither to serve as RDS_USERNAME"},
		"without a name": {map[string]string{secret: "s3cret"},
			"RDS_APPLICATION_USERNAME is missing: set RDS_APPLICATION_USERNAME and RDS_APPLICATION_PASSWORD, or neither to serve as RDS_USERNAME"},
		"with the name of the master": {map[string]string{name: "app", secret: "s3cret"},
			`RDS_APPLICATION_USERNAME must be another user than RDS_USERNAME, got "app" for both`},
		"with a password that clients hash differently": {map[string]string{name: "web", secret: "s3crét"},
			"RDS_APPLICATION_PASSWORD must be printable ASCII characters"},
	} {
		t.Run("are refused "+title, func(t *testing.T) {
			_, err := LoadConfig(given(c.variables))
			assert.EqualError(t, err, c.want)
		})
	}
	t.Run("do not put the password into SQL", func(t *testing.T) {
		cfg, err := LoadConfig(given(both))
		require.NoError(t, err)
		for _, exists := range []bool{false, true} {
			statement, err := cfg.Database.applicationUserStatement(exists)
			require.NoError(t, err)
			assert.NotContains(t, statement, "s3cret")
			assert.Regexp(t, `^(CREATE|ALTER) ROLE "web" LOGIN .*PASSWORD 'SCRAM-SHA-256\$4096:[^']+'$`, statement)
		}
	})
}

var embeddedFiles = []string{must(embedded.ReadFile("migrations/00001_releases.sql"))}

func must(content []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(content)
}

// newInstance returns the configuration of a database with a master and, not created yet, an application's user.
func newInstance(t *testing.T) Config {
	t.Helper()
	cfg := postgreSQL(t)
	server, err := cfg.Database.poolConfig()
	require.NoError(t, err)
	suffix := strings.ToLower(rand.Text()[:10])
	master, application := "master_"+suffix, "application_"+suffix
	executeOutside(t, fmt.Sprintf("CREATE ROLE %s LOGIN CREATEROLE CREATEDB PASSWORD '%s'", master, password))
	t.Cleanup(func() { executeOutside(t, "DROP ROLE IF EXISTS "+application, "DROP ROLE "+master) })
	mode := "disable"
	if server.ConnConfig.TLSConfig != nil {
		mode = "require"
	}
	cfg.ShutdownDelay = 0
	cfg.Database = &DatabaseConfig{
		Host: server.ConnConfig.Host, Port: int(server.ConnConfig.Port), Name: newDatabase(t, master), User: master, Password: password,
		ApplicationUser: application, ApplicationPassword: "s3cret", SSLMode: mode, Pool: 5, Timeout: 2 * soon, Migrate: true,
	}
	return cfg
}

// newDatabase creates a database of owner, and returns its name.
func newDatabase(t *testing.T, owner string) string {
	t.Helper()
	name := "starter_" + strings.ToLower(rand.Text()[:10])
	executeOutside(t, "CREATE DATABASE "+name+" OWNER "+owner)
	t.Cleanup(func() { executeOutside(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return name
}

// executeOutside runs statements as the superuser of the tests.
func executeOutside(t *testing.T, statements ...string) {
	t.Helper()
	outside := &schema{postgreSQL(t)}
	for _, statement := range statements {
		outside.exec(t, statement)
	}
}

func withoutApplicationUser(cfg Config) Config {
	database := *cfg.Database
	database.ApplicationUser, database.ApplicationPassword = "", ""
	cfg.Database = &database
	return cfg
}

func migrateFiles(t *testing.T, cfg Config, contents ...string) {
	t.Helper()
	assert.NoError(t, cfg.Database.migrate(context.Background(), files(contents...), slog.New(slog.DiscardHandler)))
}

func newServerFor(t *testing.T, cfg Config) *Server {
	t.Helper()
	return (&schema{cfg}).server(t)
}

func connectAs(t *testing.T, cfg Config, user string, secret Secret) *pgx.Conn {
	t.Helper()
	conn, err := tryAs(cfg, user, secret)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func tryAs(cfg Config, user string, secret Secret) (*pgx.Conn, error) {
	pool, err := cfg.Database.poolConfig()
	if err != nil {
		return nil, err
	}
	pool.ConnConfig.User, pool.ConnConfig.Password = user, string(secret)
	return pgx.ConnectConfig(context.Background(), pool.ConnConfig)
}

// assertDenied checks that the user is not permitted to execute a statement.
func assertDenied(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), statement)
	var refused *pgconn.PgError
	if assert.ErrorAs(t, err, &refused, statement) {
		assert.Equal(t, "42501", refused.Code, "%s: %v", statement, err)
	}
}
