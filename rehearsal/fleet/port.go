//go:build unix

package fleet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// freePort chooses a free port below those that the kernel gives to outgoing connections: one of
// those could take the port while an instance is exchanged, and the new version could not listen. It
// keeps other fleets from choosing the same one until release is called.
func freePort() (port int, release func(), err error) {
	low, high := portRange()
	for range 100 {
		port := low + rand.IntN(high-low)
		if release, ok := reserve(port); ok {
			if listenable(port) == nil {
				return port, release, nil
			}
			release()
		}
	}
	return 0, nil, errors.New("found no free loopback port")
}

// reserved are the ports of this process's fleets.
var reserved sync.Map

// reserve keeps a port for one fleet, from its choice until its last instance is gone. Until the first
// instance listens, and while one is exchanged, the port alone looks free. On Linux a name among
// abstract sockets keeps fleets of other processes away too, and goes when its process does.
func reserve(port int) (release func(), ok bool) {
	if _, taken := reserved.LoadOrStore(port, true); taken {
		return nil, false
	}
	if runtime.GOOS != "linux" {
		return func() { reserved.Delete(port) }, true
	}
	name, err := net.Listen("unix", fmt.Sprintf("@rehearsal-port-%d", port))
	if err != nil {
		reserved.Delete(port)
		return nil, false
	}
	return func() { _ = name.Close(); reserved.Delete(port) }, true
}

func portRange() (low, high int) {
	first := 32768 // Linux's own default; others begin later.
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		_, _ = fmt.Sscan(string(text), &first)
	}
	if first < 12000 {
		return 12000, 32768
	}
	return max(10000, first-16384), first
}

// forks keeps the sockets of listenable from the processes that are started meanwhile: until its
// program begins, a new process holds all sockets of this one, and a port would seem to be in use.
var forks sync.Mutex

func listenable(port int) error {
	forks.Lock()
	defer forks.Unlock()
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return listener.Close()
}

// available tells what is wrong with the port before a command gets it: a health check could not tell
// a stranger that listens there from the instance.
func (i *Instance) available() error {
	err := listenable(i.port)
	for range 10 { // Somebody else may just be looking whether it is free.
		if err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
		err = listenable(i.port)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return problem{fmt.Sprintf("port %d is in use by another process", i.port), err}
	}
	return fmt.Errorf("port %d cannot be used: %w", i.port, err)
}
