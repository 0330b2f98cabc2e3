//go:build slow && linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/rehearsaltest"
)

// The command is ended at any moment of a run with the starter: while it builds, while the database
// starts, in any step and on the way back. Nothing is left of it.
func TestEndedAtAnyMoment(t *testing.T) {
	program := filepath.Join(t.TempDir(), "rehearsal")
	said, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", said)

	moments := make(chan time.Duration, 50)
	for i := range cap(moments) { // Spread over the whole run, which takes some 25 s.
		moments <- time.Duration((float64(i) + rand.Float64()) * 0.5 * float64(time.Second))
	}
	close(moments)
	var running sync.WaitGroup
	for worker := range 2 {
		running.Go(func() {
			for moment := range moments {
				sig := []syscall.Signal{syscall.SIGINT, syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL}[rand.IntN(4)]
				name := fmt.Sprintf("%s after %s", sig, moment.Round(time.Millisecond))
				ok := t.Run(name, func(t *testing.T) { end(t, program, moment, sig) })
				t.Logf("worker %d: %s: %v", worker, name, ok)
			}
		})
	}
	running.Wait()
}

func end(t *testing.T, program string, moment time.Duration, sig syscall.Signal) {
	mark, dir := rehearsaltest.Mark(t), t.TempDir()
	command := exec.Command(program, "-template", "testdata/showcase-web.WebEnvironment.template.json", "-speed", "60", "-fault", "never-ready")
	command.Dir = ".."
	command.Env = append(os.Environ(), mark, "TMPDIR="+dir)
	require.NoError(t, command.Start())
	time.Sleep(moment)
	ports := listening(rehearsaltest.Alive(mark))
	require.NoError(t, command.Process.Signal(sig))
	began := time.Now()
	_ = command.Wait()
	assert.Less(t, time.Since(began), 3*time.Second)
	rehearsaltest.Gone(t, mark)
	for _, port := range ports {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if !assert.Error(t, err, "port %s is still open", port) {
			_ = conn.Close()
		}
	}
	if left, err := os.ReadDir(dir); sig != syscall.SIGKILL {
		assert.NoError(t, err)
		assert.Empty(t, left)
	}
}

// listening are the TCP ports that processes listen on.
func listening(pids []string) (ports []string) {
	sockets := map[string]bool{}
	for _, pid := range pids {
		files, _ := filepath.Glob("/proc/" + pid + "/fd/*")
		for _, file := range files {
			if name, err := os.Readlink(file); err == nil && strings.HasPrefix(name, "socket:[") {
				sockets[strings.Trim(name, "socket:[]")] = true
			}
		}
	}
	table, _ := os.ReadFile("/proc/net/tcp")
	for line := range strings.Lines(string(table)) {
		const listens = "0A"
		fields := strings.Fields(line)
		if len(fields) > 9 && fields[3] == listens && sockets[fields[9]] {
			_, hex, _ := strings.Cut(fields[1], ":")
			var port int
			if _, err := fmt.Sscanf(hex, "%x", &port); err == nil {
				ports = append(ports, fmt.Sprint(port))
			}
		}
	}
	return ports
}
