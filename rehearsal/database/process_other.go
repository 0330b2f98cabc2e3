//go:build !linux

package database

import "syscall"

// signalOrphan does nothing: the keeper of the folder stops what uses it.
func signalOrphan(*syscall.SysProcAttr, syscall.Signal) {}
