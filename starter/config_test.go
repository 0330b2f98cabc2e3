package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func rdsVariables() map[string]string {
	return map[string]string{
		"RDS_HOSTNAME": "db.abc.eu-west-1.rds.amazonaws.com",
		"RDS_PORT":     "5432",
		"RDS_DB_NAME":  "shop",
		"RDS_USERNAME": "app",
		"RDS_PASSWORD": password,
	}
}

func TestConfig(t *testing.T) {
	t.Run("has a default for everything", func(t *testing.T) {
		assert.Equal(t, Config{
			Address:         ":8080",
			Version:         "dev",
			Instance:        hostname(),
			IdleTimeout:     75 * time.Second,
			ShutdownDelay:   5 * time.Second,
			ShutdownTimeout: 20 * time.Second,
		}, load(t, nil))
	})

	t.Run("reads every variable", func(t *testing.T) {
		cfg := load(t, map[string]string{
			"LISTEN_ADDRESS": "127.0.0.1", "PORT": "9000", "VERSION": "v2", "INSTANCE_ID": "i-1",
			"IDLE_TIMEOUT": "2m", "SHUTDOWN_DELAY": "1s", "SHUTDOWN_TIMEOUT": "10s",
			"RDS_HOSTNAME": "db", "RDS_PORT": "5433", "RDS_DB_NAME": "shop", "RDS_USERNAME": "app",
			"RDS_PASSWORD": "p", "RDS_SSLMODE": "require", "DATABASE_POOL": "7", "DATABASE_TIMEOUT": "1s",
			"MIGRATE": "false", "MIGRATE_TIMEOUT": "2m",
		})
		assert.Equal(t, Config{
			Address:         "127.0.0.1:9000",
			Version:         "v2",
			Instance:        "i-1",
			IdleTimeout:     2 * time.Minute,
			ShutdownDelay:   time.Second,
			ShutdownTimeout: 10 * time.Second,
			Database: &DatabaseConfig{
				Host: "db", Port: 5433, Name: "shop", User: "app", Password: "p", SSLMode: "require",
				Pool: 7, Timeout: time.Second, MigrateTimeout: 2 * time.Minute,
			},
		}, cfg)
	})

	t.Run("reports every problem at once", func(t *testing.T) {
		_, err := LoadConfig(getenv(map[string]string{
			"PORT":             "http",
			"IDLE_TIMEOUT":     "75",
			"SHUTDOWN_DELAY":   "-1s",
			"SHUTDOWN_TIMEOUT": "soon",
			"RDS_PORT":         "70000",
			"DATABASE_POOL":    "0",
			"DATABASE_TIMEOUT": "0s",
			"MIGRATE":          "1",
			"MIGRATE_TIMEOUT":  "5ms",
			"RDS_SSLMODE":      "maybe",
			"RDS_PASSWORD":     password,
		}))
		const missing = " is missing: set all of RDS_HOSTNAME, RDS_DB_NAME, RDS_USERNAME and " +
			"RDS_PASSWORD, or none to run without a database"
		const duration = ", such as 500ms, 20s or 1m30s, got "
		assert.EqualError(t, err, strings.Join([]string{
			`PORT must be a whole number from 0 to 65535, got "http"`,
			`IDLE_TIMEOUT must be a duration of at least 1s` + duration + `"75"`,
			`SHUTDOWN_DELAY must be a duration of at least 0s` + duration + `"-1s"`,
			`SHUTDOWN_TIMEOUT must be a duration of at least 0s` + duration + `"soon"`,
			`RDS_PORT must be a whole number from 1 to 65535, got "70000"`,
			`DATABASE_POOL must be a whole number from 1 to 5000, got "0"`,
			`DATABASE_TIMEOUT must be a duration of at least 1ms` + duration + `"0s"`,
			`MIGRATE must be true or false, got "1"`,
			`MIGRATE_TIMEOUT must be a duration of at least 1s` + duration + `"5ms"`,
			`RDS_SSLMODE must be one of disable, allow, prefer, require, verify-ca, verify-full, got "maybe"`,
			`RDS_HOSTNAME` + missing,
			`RDS_DB_NAME` + missing,
			`RDS_USERNAME` + missing,
		}, "\n"))
	})

	t.Run("migrates unless told otherwise", func(t *testing.T) {
		database := load(t, rdsVariables()).Database
		assert.True(t, database.Migrate)
		assert.Equal(t, time.Minute, database.MigrateTimeout)
	})

	t.Run("keeps the total of the shutdown below the 30 s of the ECS agent", func(t *testing.T) {
		cfg := load(t, nil)
		assert.Less(t, cfg.ShutdownDelay+cfg.ShutdownTimeout, 30*time.Second)
		assert.Empty(t, cfg.Warnings())
	})

	t.Run("warns of timeouts that fail requests", func(t *testing.T) {
		warnings := load(t, map[string]string{"IDLE_TIMEOUT": "60s", "SHUTDOWN_TIMEOUT": "30s"}).Warnings()
		require.Len(t, warnings, 2)
		assert.Contains(t, warnings[0], "IDLE_TIMEOUT is 1m0s")
		assert.Contains(t, warnings[1], "add up to 35s")
	})

	t.Run("lets DATABASE_URL win", func(t *testing.T) {
		variables := rdsVariables()
		variables["DATABASE_URL"] = "postgres://me:x@127.0.0.1:5439/other"
		pool, err := load(t, variables).Database.poolConfig()
		require.NoError(t, err)
		assert.Equal(t, "127.0.0.1", pool.ConnConfig.Host)
		assert.Equal(t, uint16(5439), pool.ConnConfig.Port)
		assert.Equal(t, "other", pool.ConnConfig.Database)
		assert.Equal(t, "x", pool.ConnConfig.Password)
	})
}

func TestSecrets(t *testing.T) {
	t.Run("do not appear however the configuration is printed", func(t *testing.T) {
		variables := rdsVariables()
		variables["DATABASE_URL"] = "postgres://me:" + password + "@127.0.0.1/other"
		database := *load(t, variables).Database

		encoded, err := json.Marshal(database)
		require.NoError(t, err)
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "database", database, "url", database.URL)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "database", database, "url", database.URL)
		printed := fmt.Sprintf("%v %+v %#v %s %q", database, database, database, database.URL, database.URL)

		for _, text := range []string{string(encoded), log.String(), printed, database.String()} {
			assert.NotContains(t, text, password)
		}
		assert.Contains(t, printed, hidden)
	})

	for name, url := range map[string]string{
		"an escape that is wrong":      "postgres://me:%zz" + password + "@127.0.0.1/db",
		"a port that is not a number":  "postgres://me:" + password + "@127.0.0.1:x/db",
		"a password with a slash":      "postgres://me:" + password + "/@127.0.0.1/db",
		"an unknown sslmode":           "postgres://me:" + password + "@127.0.0.1/db?sslmode=maybe",
		"a setting without its value":  "host=127.0.0.1 password=" + password + " user",
		"no URL at all but a password": password,
	} {
		t.Run("do not appear in the error for a URL with "+name, func(t *testing.T) {
			_, err := LoadConfig(getenv(map[string]string{"DATABASE_URL": url}))
			require.ErrorContains(t, err, "DATABASE_URL must be a PostgreSQL connection URL")
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
}
