//go:build unix && slow

package fleet_test

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/rehearsaltest"
)

// orphanage is a process that starts and exchanges instances until it is killed.
func orphanage(name string) (int, bool) {
	if name != "orphanage" {
		return 0, false
	}
	f, err := fleet.New(os.Getenv("LOGS"))
	if err != nil {
		return 1, true
	}
	ctx, mark := context.Background(), os.Getenv("MARK")
	app := fleet.Version{Name: "v", Command: fleet.Command{
		Args: []string{os.Getenv("APP")}, Env: []string{mark, "CHILD=1", "STUBBORN=1"},
	}}
	for range 3 {
		go func() {
			i, err := f.Start(ctx, app)
			for err == nil {
				err = i.Replace(ctx, app, 10*time.Millisecond)
			}
		}()
	}
	select {}
}

// A rehearsal that is killed, even with SIGKILL, takes its instances and their children along.
func TestNothingOutlivesAKilledRehearsal(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("processes cannot be found by their environment here")
	}
	var runs sync.WaitGroup
	for range 2 {
		runs.Go(func() {
			for range 10 {
				mark := rehearsaltest.Mark(t)
				again := rehearsaltest.Again("orphanage", "MARK="+mark, "APP="+rehearsaltest.App().Args[0], "LOGS="+t.TempDir())
				command := exec.Command(again.Args[0])
				command.Env = append(os.Environ(), again.Env...)
				if !assert.NoError(t, command.Start()) {
					return
				}
				time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
				assert.NoError(t, command.Process.Kill())
				_ = command.Wait()
				rehearsaltest.Gone(t, mark)
			}
		})
	}
	runs.Wait()
}

// A program that becomes a daemon, in a session of its own, ends with the fleet too.
func TestNothingLeavesTheFleet(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("processes cannot be found by their environment here")
	}
	setsid, err := exec.LookPath("setsid")
	if err != nil {
		t.Skip("there is no setsid here")
	}
	f, err := fleet.New("")
	require.NoError(t, err)
	mark := rehearsaltest.Mark(t)
	app := rehearsaltest.App(mark)
	_, err = f.Start(t.Context(), fleet.Version{Name: "v", Command: fleet.Command{
		Args: []string{"sh", "-c", setsid + ` sleep 300 & exec "$0"`, app.Args[0]}, Env: app.Env,
	}})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(rehearsaltest.Alive(mark)) == 2 }, 10*time.Second, 10*time.Millisecond)
	f.Close()
	assert.Empty(t, rehearsaltest.Alive(mark))
}

func TestImage(t *testing.T) {
	// Not parallel: a stub takes docker's place on the PATH.
	dir := t.TempDir()
	stub := `#!/bin/sh
echo "$@" >> ` + dir + `/calls
case $1 in run) ;; *) exit ;; esac
while [ "$1" != -p ]; do shift; done
export LISTEN_ADDRESS=127.0.0.1 PORT=$(echo $2 | cut -d: -f2)
exec "$REAL"
`
	require.NoError(t, os.WriteFile(dir+"/docker", []byte(stub), 0o755))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	f, _ := newFleet(t)
	app := rehearsaltest.App("SECRET=x y")
	app.Env = append(app.Env, "REAL="+app.Args[0])
	i, err := f.Start(t.Context(), fleet.Version{Name: "v1", Command: fleet.Command{Image: "app:1", Env: app.Env}})
	require.NoError(t, err)
	assert.Equal(t, "v1 "+i.ID(), ask(t, i))
	i.Stop(t.Context(), time.Minute)

	text, err := os.ReadFile(dir + "/calls")
	require.NoError(t, err)
	calls := strings.Split(strings.TrimSpace(string(text)), "\n")
	port := strings.TrimPrefix(i.Addr(), "127.0.0.1:")
	assert.Regexp(t, `^run --rm --name rehearsal-\d+-i-1-1 -p 127.0.0.1:`+port+`:8080 -e PORT=8080 `+
		`-e INSTANCE_ID -e VERSION -e SECRET -e REAL app:1$`, calls[0])
	assert.Regexp(t, `^rm -f rehearsal-\d+-i-1-1$`, calls[1])

	_, err = f.Start(t.Context(), fleet.Version{Name: "v2", Command: fleet.Command{Image: "app:2", Env: []string{"REAL=false"}}})
	assert.ErrorContains(t, err, "version v2, `docker run app:2`: exited at once")
}
