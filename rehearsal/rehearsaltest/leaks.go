//go:build unix

package rehearsaltest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Mark returns a variable that only processes under this test have, and with which [Gone] finds them.
func Mark(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("REHEARSAL_MARK=%s-%d-%d", t.Name(), os.Getpid(), time.Now().UnixNano())
}

// Gone fails the test unless no process is left with the mark in its environment: at once on a quiet
// machine, and on one with dozens of busy processes as soon as they let the guard work.
func Gone(t *testing.T, mark string) {
	t.Helper()
	require.Eventually(t, func() bool { return len(Alive(mark)) == 0 }, time.Minute, 20*time.Millisecond,
		"processes were left behind")
}

// Alive are the processes with the mark, by their numbers.
func Alive(mark string) (pids []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		// A process that has ended but was not waited for has an empty environment.
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), mark) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}
