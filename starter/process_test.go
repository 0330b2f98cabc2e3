package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProcess runs the program in a process of its own.
func TestProcess(t *testing.T) {
	t.Parallel()
	compiler, err := exec.LookPath("go")
	if err != nil {
		t.Skip("the go command is not on the PATH, so the program cannot be built")
	}
	program := filepath.Join(t.TempDir(), "app")
	build := exec.CommandContext(t.Context(), compiler, "build", "-buildvcs=false",
		"-ldflags", "-X main.buildVersion=abc1234", "-o", program, ".")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))

	t.Run("ends with 0 after SIGTERM, when the request under way is answered", func(t *testing.T) {
		url, accepted, release := silentDatabase(t)
		process := start(t, program, "DATABASE_URL="+url, "DATABASE_TIMEOUT=10s", "SHUTDOWN_DELAY=500ms")
		<-accepted
		page := make(chan *http.Response, 1)
		go func() {
			response, err := http.Get(process.address + "/")
			if assert.NoError(t, err) {
				_ = response.Body.Close()
			}
			page <- response
		}()
		<-accepted

		require.NoError(t, process.command.Process.Signal(syscall.SIGTERM))
		assert.Eventually(t, func() bool {
			_, body := fetch(t, http.DefaultClient, process.address+"/readyz")
			return body == "not ready: shutting down\n"
		}, soon, time.Millisecond)
		time.Sleep(600 * time.Millisecond)
		assert.Empty(t, page, "the request is still under way after the delay")
		release()

		response := <-page
		require.NotNil(t, response)
		assert.Equal(t, http.StatusOK, response.StatusCode)
		assert.Equal(t, "abc1234", response.Header.Get("X-App-Version"), "the linker sets the version")
		assert.NoError(t, process.command.Wait())
		assert.Contains(t, process.log.String(), `"msg":"stopped"`)
		assert.NotContains(t, process.log.String(), password)
	})

	t.Run("ends at once after a second signal", func(t *testing.T) {
		process := start(t, program, "SHUTDOWN_DELAY=1m")
		require.NoError(t, process.command.Process.Signal(os.Interrupt))
		assert.Eventually(t, func() bool {
			return strings.Contains(process.log.String(), "shutting down")
		}, soon, time.Millisecond)
		begin := time.Now()
		require.NoError(t, process.command.Process.Signal(syscall.SIGTERM))
		var exit *exec.ExitError
		require.ErrorAs(t, process.command.Wait(), &exit)
		assert.Equal(t, 1, exit.ExitCode())
		assert.Less(t, time.Since(begin), soon)
	})

	for name, variables := range map[string][]string{
		"settings that are wrong": {"PORT=x", "IDLE_TIMEOUT=y"},
		"a port it cannot have":   {"LISTEN_ADDRESS=256.0.0.1"},
	} {
		t.Run("ends with 1 and plain words for "+name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), program)
			command.Env = variables
			output, err := command.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			assert.Equal(t, 1, exit.ExitCode())
			assert.True(t, strings.HasPrefix(string(output), "The server cannot start"), string(output))
			assert.NotContains(t, string(output), "goroutine")
			for _, variable := range variables {
				name, value, _ := strings.Cut(variable, "=")
				assert.True(t, bytes.Contains(output, []byte(name)) || bytes.Contains(output, []byte(value)))
			}
		})
	}
}

// TestCommands asks for what ends before a server starts.
func TestCommands(t *testing.T) {
	for _, test := range []struct {
		name, message string
		args          []string
		variables     map[string]string
	}{
		{"refuses a command it does not know", "Unknown command \"up 2\": there is migrate; " +
			"without a command the server starts.\n", []string{"up", "2"}, nil},
		{"has nothing to migrate without a database", "The database is not migrated: there is no database: " +
			"set DATABASE_URL, or RDS_HOSTNAME and its companions\n", []string{"migrate"}, nil},
		{"gives up on a database that is away", "The database is not migrated: not done within the " +
			"MIGRATE_TIMEOUT of 1s, maybe since another migration runs: ", []string{"migrate"}, map[string]string{
			"DATABASE_URL": "postgres://app:" + password + "@127.0.0.1:1/app?sslmode=disable", "MIGRATE_TIMEOUT": "1s",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr logBuffer
			assert.Equal(t, 1, run(test.args, getenv(test.variables), &stdout, &stderr))
			assert.True(t, strings.HasPrefix(stderr.String(), test.message), stderr.String())
			assert.NotContains(t, stdout.String()+stderr.String(), password)
		})
	}
}

type process struct {
	command *exec.Cmd
	address string
	log     *logBuffer
}

// start runs the program on a free port of 127.0.0.1 and waits until it listens.
func start(t *testing.T, program string, variables ...string) process {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, program)
	command.Env = append(variables, "LISTEN_ADDRESS=127.0.0.1", "PORT=0")
	stdout, stdin := io.Pipe()
	log := &logBuffer{}
	command.Stdout = io.MultiWriter(log, stdin)
	command.Stderr = log
	require.NoError(t, command.Start())

	listening := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var record struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "listening" {
				listening <- record.Address
			}
		}
	}()
	select {
	case address := <-listening:
		return process{command, "http://" + address, log}
	case <-time.After(10 * time.Second):
		t.Fatalf("the program does not listen:\n%s", log)
		return process{}
	}
}
