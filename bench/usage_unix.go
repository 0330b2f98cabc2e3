//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peak is the largest resident set, in bytes, of a process and of all that it waited for.
func peak(state *os.ProcessState) int64 {
	size := int64(state.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "darwin" {
		return size
	}
	return size * 1024
}
