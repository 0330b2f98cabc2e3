//go:build slow

package database_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
)

// TestStarterUnderMigrations runs the starter as the old version while the schema changes below it.
func TestStarterUnderMigrations(t *testing.T) {
	t.Parallel()
	server := shared(t)
	program := buildStarter(t)
	for name, test := range map[string]struct {
		migration string
		fails     bool
	}{
		"goes on after the one that expands":   {database.Expanding, false},
		"fails after the one that is careless": {database.Breaking, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, database.Options{URL: variable(server, "DATABASE_URL")})
			require.NoError(t, db.Migrate(t.Context(), database.Command{Args: []string{program, "migrate"}}))
			address := startStarter(t, program, db)
			require.Eventually(t, func() bool { return status(t, address+"/readyz") == http.StatusOK },
				10*time.Second, 10*time.Millisecond)

			const before, after = 30, 100
			var failed []int
			for request := range before + after {
				if request == before {
					require.NoError(t, db.Exec(t.Context(), test.migration))
				}
				if status(t, address) != http.StatusOK {
					failed = append(failed, request)
				}
				time.Sleep(2 * time.Millisecond)
			}
			if test.fails {
				require.Len(t, failed, after, "every request from then on")
				assert.Equal(t, before, failed[0])
			} else {
				assert.Empty(t, failed)
			}
			assert.Equal(t, http.StatusOK, status(t, address+"/readyz"), "no health check notices")
			assert.NoError(t, db.Migrate(t.Context(), database.Command{Args: []string{program, "migrate"}}))
		})
	}
}

// The variables of a private database are those of an environment, once DATABASE_URL is left out.
func TestStarterServesAsTheApplicationsUser(t *testing.T) {
	t.Parallel()
	db := open(t, database.Options{Dir: folder(t)})
	address := startStarter(t, buildStarter(t), db, "DATABASE_URL=")
	require.Eventually(t, func() bool { return status(t, address+"/readyz") == http.StatusOK }, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, http.StatusOK, status(t, address))
	conn, err := pgx.Connect(t.Context(), variable(db, "DATABASE_URL"))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	var users []string
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT array_agg(DISTINCT usename::text) FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&users))
	assert.Equal(t, []string{"application"}, users)
}

func buildStarter(t *testing.T) (program string) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not on the PATH, so the starter cannot be built")
	}
	program = filepath.Join(t.TempDir(), "app")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, ".")
	build.Dir = "../../starter"
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	return program
}

// startStarter returns the address of a starter that ends with the test.
func startStarter(t *testing.T, program string, db *database.Database, more ...string) string {
	t.Helper()
	command := exec.CommandContext(context.Background(), program)
	command.Env = append(append(append(os.Environ(), db.Env()...), "LISTEN_ADDRESS=127.0.0.1", "PORT=0", "SHUTDOWN_DELAY=0s"), more...)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		_ = command.Process.Signal(syscall.SIGTERM)
		_, _ = io.Copy(io.Discard, output)
		assert.NoError(t, command.Wait())
	})
	for lines := bufio.NewScanner(output); lines.Scan(); {
		var record struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "listening" {
			return "http://" + record.Address
		}
	}
	t.Fatal("the starter does not listen")
	return ""
}

func status(t *testing.T, address string) int {
	t.Helper()
	response, err := http.Get(address)
	require.NoError(t, err)
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}
