//go:build unix && !linux

package fleet

import "syscall"

// attributes put a process into a group of its own. Only the guard ends it when this process ends.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
