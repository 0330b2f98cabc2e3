//go:build slow

package database_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
)

func TestKilled(t *testing.T) {
	t.Parallel()
	requireInstalled(t)
	var victims sync.WaitGroup
	dirs := map[string]time.Duration{}
	for range killed {
		dir, moment := folder(t), rand.N(1500*time.Millisecond)
		dirs[dir] = moment
		victim := startVictim(t, dir, "")
		victims.Go(func() {
			time.Sleep(moment)
			victim.kill(t)
		})
	}
	victims.Wait()
	for dir, moment := range dirs {
		t.Run(fmt.Sprintf("leaves nothing behind after %s", moment.Round(time.Millisecond)), func(t *testing.T) {
			assertNothingLeft(t, dir)
		})
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	requireInstalled(t)
	for i := range cancelled {
		moment := time.Duration(i*i) * 50 * time.Millisecond
		t.Run(fmt.Sprintf("leaves nothing behind when it is cancelled after %s", moment), func(t *testing.T) {
			dir := folder(t)
			ctx, cancel := context.WithTimeout(t.Context(), moment)
			defer cancel()
			db, err := database.Open(ctx, database.Options{Dir: dir})
			if err == nil {
				err = db.Close()
				require.NoError(t, err)
			}
			assertNothingLeft(t, dir)
		})
	}
}

func TestTrouble(t *testing.T) {
	t.Run("is not installed", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		defer database.Packaged(nil)()
		_, err := database.Open(t.Context(), database.Options{})
		assert.Equal(t, database.ErrNotInstalled, err)
	})

	t.Run("takes the newest of several", func(t *testing.T) {
		base := folder(t)
		for _, program := range []string{"9/bin/initdb", "9/bin/postgres", "17/bin/initdb", "17/bin/postgres", "18/bin/initdb"} {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(base, program)), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(base, program), []byte("#!/bin/sh\necho out of order; exit 1\n"), 0o755))
		}
		t.Setenv("PATH", "/usr/bin:/bin")
		defer database.Packaged([]string{filepath.Join(base, "*/bin")})()
		dir := folder(t)
		_, err := database.Open(t.Context(), database.Options{Dir: dir})
		assert.EqualError(t, err, "cannot start a database: initdb: exit status 1; the server says:\nout of order")
		assertNothingLeft(t, dir)
	})

	t.Run("has a folder that the server's user cannot enter", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("the server runs as the same user")
		}
		requireInstalled(t)
		closed := filepath.Join(folder(t), "closed")
		require.NoError(t, os.Mkdir(closed, 0o700))
		_, err := database.Open(t.Context(), database.Options{Dir: closed})
		assert.ErrorContains(t, err, "Permission denied")
		assert.ErrorContains(t, err, "the user nobody cannot enter "+closed)
	})

	t.Run("has a folder that does not exist", func(t *testing.T) {
		requireInstalled(t)
		_, err := database.Open(t.Context(), database.Options{Dir: "/no/such/folder"})
		assert.ErrorContains(t, err, "cannot make the folder of the database: ")
		assert.ErrorContains(t, err, "/no/such/folder/rehearsal-database-")
	})
}

// process is this program as startVictim runs it.
type process struct {
	command *exec.Cmd
	mutex   sync.Mutex
	output  bytes.Buffer
}

func startVictim(t *testing.T, dir, url string) *process {
	t.Helper()
	p := &process{command: exec.Command(os.Args[0])}
	p.command.Env = append(os.Environ(), victim+"="+dir, victim+"_URL="+url)
	p.command.Stdout, p.command.Stderr = p, p
	require.NoError(t, p.command.Start())
	t.Cleanup(func() { _ = p.command.Process.Kill() })
	return p
}

// Write implements [io.Writer].
func (p *process) Write(text []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.output.Write(text)
}

func (p *process) said() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.output.String()
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	assert.NoError(t, p.command.Process.Kill())
	_ = p.command.Wait()
	said := p.said()
	assert.True(t, said == "" || strings.HasPrefix(said, "open "), said)
}
