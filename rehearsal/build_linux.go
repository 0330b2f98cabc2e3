package main

import "syscall"

// buildAttributes put the build into a group of its own, and end it when this process is killed.
func buildAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
