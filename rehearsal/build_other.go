//go:build unix && !linux

package main

import "syscall"

// buildAttributes put the build into a group of its own. Where this process is killed, it ends by itself.
func buildAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
