//go:build unix && slow

package fleet_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/rehearsaltest"
)

func TestMain(m *testing.M) {
	rehearsaltest.Main(m, orphanage)
}

func newFleet(t *testing.T) (*fleet.Fleet, string) {
	t.Helper()
	dir := t.TempDir()
	f, err := fleet.New(dir)
	require.NoError(t, err)
	t.Cleanup(f.Close)
	return f, dir
}

func version(name string, settings ...string) fleet.Version {
	return fleet.Version{Name: name, Command: rehearsaltest.App(settings...)}
}

func ask(t *testing.T, i *fleet.Instance) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + i.Addr())
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return strings.TrimSpace(string(body))
}

func TestInstance(t *testing.T) {
	t.Parallel()
	f, _ := newFleet(t)
	t.Run("starts, is exchanged on its port, and stops", func(t *testing.T) {
		t.Parallel()
		mark := rehearsaltest.Mark(t)
		i, err := f.Start(t.Context(), version("v1", mark))
		require.NoError(t, err)
		assert.Equal(t, "v1 "+i.ID(), ask(t, i))
		addr, exited, started := i.Addr(), i.Exited(), i.Started()
		assert.True(t, strings.HasPrefix(addr, "127.0.0.1:"), addr)

		require.NoError(t, i.Replace(t.Context(), version("v2", mark), time.Minute))
		<-exited
		assert.Equal(t, addr, i.Addr())
		assert.Equal(t, "v2 "+i.ID(), ask(t, i))
		assert.Equal(t, "v2", i.Version())
		assert.True(t, i.Started().After(started))
		assert.Equal(t, i.Version(), f.Runs(i.ID()))

		i.Stop(t.Context(), time.Minute)
		assert.False(t, i.Running())
		assert.Contains(t, ask(t, i), "refused")
		assert.Empty(t, f.Runs("i-99"))
		rehearsaltest.Gone(t, mark)
	})
	t.Run("is killed after the grace, with what it has started", func(t *testing.T) {
		t.Parallel()
		mark := rehearsaltest.Mark(t)
		i, err := f.Start(t.Context(), version("v1", mark, "STUBBORN=1", "CHILD=1"))
		require.NoError(t, err)
		require.Equal(t, 2, len(rehearsaltest.Alive(mark)))
		begin := time.Now()
		i.Stop(t.Context(), 300*time.Millisecond)
		assert.GreaterOrEqual(t, time.Since(begin), 300*time.Millisecond)
		rehearsaltest.Gone(t, mark)
	})
	t.Run("is killed at once when the context ends", func(t *testing.T) {
		t.Parallel()
		i, err := f.Start(t.Context(), version("v1", "STUBBORN=1"))
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		begin := time.Now()
		i.Stop(ctx, time.Minute)
		assert.Less(t, time.Since(begin), time.Second)
	})
	t.Run("that stops well leaves nothing either", func(t *testing.T) {
		t.Parallel()
		mark := rehearsaltest.Mark(t)
		i, err := f.Start(t.Context(), version("v1", mark, "CHILD=1"))
		require.NoError(t, err)
		i.Stop(t.Context(), time.Minute)
		rehearsaltest.Gone(t, mark)
	})
	t.Run("may take its time to listen", func(t *testing.T) {
		t.Parallel()
		i, err := f.Start(t.Context(), version("v1", "DELAY=1500ms"))
		require.NoError(t, err)
		assert.Contains(t, ask(t, i), "refused")
		assert.Eventually(t, func() bool { return strings.HasPrefix(ask(t, i), "v1") }, 10*time.Second, 10*time.Millisecond)
	})
	t.Run("that ends later says so", func(t *testing.T) {
		t.Parallel()
		i, err := f.Start(t.Context(), version("v1", "LIFE=300ms"))
		require.NoError(t, err)
		<-i.Exited()
		assert.False(t, i.Running())
	})
}

func TestProblems(t *testing.T) {
	t.Parallel()
	f, dir := newFleet(t)
	t.Run("a command that exits at once is named with its last output", func(t *testing.T) {
		t.Parallel()
		_, err := f.Start(t.Context(), version("v9", "EXIT=1"))
		require.Error(t, err)
		assert.Regexp(t, "^instance i-[0-9]+, version v9, `.*`: exited at once: exit status 3; its last output:\n  cannot work like this$", err.Error())
	})
	t.Run("a command that does not exist", func(t *testing.T) {
		t.Parallel()
		_, err := f.Start(t.Context(), fleet.Version{Name: "v9", Command: fleet.Command{Args: []string{"./no-such-program", "-x"}}})
		require.ErrorIs(t, err, os.ErrNotExist)
		assert.Regexp(t, "^instance i-[0-9]+, version v9, `./no-such-program -x`: "+
			"there is no program ./no-such-program, or not what its first line names$", err.Error())
	})
	t.Run("a command that is none", func(t *testing.T) {
		t.Parallel()
		text := filepath.Join(t.TempDir(), "text")
		require.NoError(t, os.WriteFile(text, []byte("words"), 0o600))
		for program, want := range map[string]string{
			"no-such-program": "there is no program no-such-program on the PATH", text: text + " may not be executed",
		} {
			_, err := f.Start(t.Context(), fleet.Version{Name: "v9", Command: fleet.Command{Args: []string{program}}})
			require.Error(t, err)
			assert.True(t, strings.HasSuffix(err.Error(), "`: "+want), "%v", err)
		}
		require.NoError(t, os.Chmod(text, 0o700))
		_, err := f.Start(t.Context(), fleet.Version{Name: "v9", Command: fleet.Command{Args: []string{text}}})
		assert.ErrorContains(t, err, text+" is no program for this machine")
	})
	t.Run("no command at all", func(t *testing.T) {
		t.Parallel()
		_, err := f.Start(t.Context(), fleet.Version{Name: "v9"})
		assert.ErrorContains(t, err, "there is no command")
	})
	t.Run("a port that somebody else has taken meanwhile", func(t *testing.T) {
		t.Parallel()
		i, err := f.Start(t.Context(), version("v1"))
		require.NoError(t, err)
		i.Stop(t.Context(), time.Minute)
		stranger, err := net.Listen("tcp", i.Addr())
		require.NoError(t, err)
		defer stranger.Close()
		_, port, err := net.SplitHostPort(i.Addr())
		require.NoError(t, err)
		err = i.Replace(t.Context(), version("v2"), time.Minute)
		assert.ErrorContains(t, err, "port "+port+" is in use by another process")
		assert.ErrorContains(t, err, "instance "+i.ID()+", version v2")
	})
	t.Run("a folder that cannot be made", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(dir, "file")
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		_, err := fleet.New(filepath.Join(file, "logs"))
		assert.ErrorContains(t, err, "the folder for the output of instances")
	})
	t.Run("a context that has ended starts nothing", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := f.Start(ctx, version("v1"))
		assert.ErrorIs(t, err, context.Canceled)
	})
	t.Run("of an exchanged version the output is its own", func(t *testing.T) {
		t.Parallel()
		i, err := f.Start(t.Context(), version("v1"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, i.ID()+".log"), []byte("old words\n"), 0o600))
		err = i.Replace(t.Context(), version("v2", "EXIT=1"), time.Minute)
		assert.ErrorContains(t, err, "cannot work like this")
		assert.NotContains(t, err.Error(), "old words")
	})
}

func TestOutputIsForItsUserOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "logs")
	f, err := fleet.New(dir)
	require.NoError(t, err)
	defer f.Close()
	i, err := f.Start(t.Context(), version("v1"))
	require.NoError(t, err)
	for path, want := range map[string]os.FileMode{dir: 0o711, filepath.Join(dir, i.ID()+".log"): 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, want, info.Mode().Perm(), path)
	}
}

func TestPorts(t *testing.T) {
	t.Parallel()
	f, _ := newFleet(t)
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		t.Skip("no range of outgoing ports to be read")
	}
	first, err := strconv.Atoi(strings.Fields(string(text))[0])
	require.NoError(t, err)
	i, err := f.Start(t.Context(), version("v1"))
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(i.Addr())
	require.NoError(t, err)
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	assert.Less(t, number, first, "an outgoing connection could take the port while the instance is exchanged")
}

func TestClose(t *testing.T) {
	t.Parallel()
	mark := rehearsaltest.Mark(t)
	f, err := fleet.New(t.TempDir())
	require.NoError(t, err)
	var starting sync.WaitGroup
	for range 6 {
		starting.Go(func() { _, _ = f.Start(t.Context(), version("v1", mark, "STUBBORN=1", "CHILD=1")) })
	}
	require.Eventually(t, func() bool { return len(rehearsaltest.Alive(mark)) > 2 }, 10*time.Second, time.Millisecond)
	begin := time.Now()
	f.Close()
	assert.Less(t, time.Since(begin), time.Second)
	f.Close()
	starting.Wait()
	rehearsaltest.Gone(t, mark)
	_, err = f.Start(t.Context(), version("v1", mark))
	assert.ErrorContains(t, err, "the fleet was closed")
}
