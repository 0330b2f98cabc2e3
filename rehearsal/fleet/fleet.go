//go:build unix

package fleet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// Fleet is a set of instances. Make one with [New].
type Fleet struct {
	name   string // of its own, for the guard
	dir    string
	guard  *guard
	starts chan start
	closed chan struct{}

	mu        sync.Mutex // guards everything below
	closing   bool
	count     int
	instances map[string]*Instance // by ID
	releases  []func()             // of ports
	processes sync.WaitGroup
}

// start is a process to be started, and where the result goes.
type start struct {
	command *exec.Cmd
	result  chan error
}

var errClosed = errors.New("the fleet was closed")

// New returns a fleet whose instances write to files in dir, one each. Without a dir they write where
// this process does.
func New(dir string) (*Fleet, error) {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			return nil, fmt.Errorf("the folder for the output of instances: %w", err)
		}
	}
	name := rand.Text()
	guard, err := newGuard(name)
	if err != nil {
		return nil, err
	}
	f := &Fleet{name: name, dir: dir, guard: guard, starts: make(chan start), closed: make(chan struct{}), instances: map[string]*Instance{}}
	go f.starter()
	return f, nil
}

// starter starts every process, on a thread that lives as long as the fleet: the kernel ends a process
// with the thread that started it (prctl(2), PR_SET_PDEATHSIG), not with that thread's process.
func (f *Fleet) starter() {
	runtime.LockOSThread()
	for {
		select {
		case s := <-f.starts:
			forks.Lock()
			err := s.command.Start()
			forks.Unlock()
			s.result <- err
		case <-f.closed:
			return
		}
	}
}

// begin starts p, unless the fleet was closed, and has it guarded, in one step for Close.
func (f *Fleet) begin(p *process, command *exec.Cmd) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closing {
		return errClosed
	}
	s := start{command, make(chan error, 1)}
	f.starts <- s
	if err := <-s.result; err != nil {
		return err
	}
	p.leader, p.started = command.Process, time.Now()
	f.guard.watch(p)
	f.processes.Go(func() {
		_ = command.Wait()
		p.state = command.ProcessState
		p.sweep()
		f.guard.forget(p)
		close(p.exited)
	})
	return nil
}

// Start starts an instance on a free port. It returns when the instance listens, or after a moment
// when it still starts; [Instance.Exited] tells whether it gives up later.
func (f *Fleet) Start(ctx context.Context, v Version) (*Instance, error) {
	f.mu.Lock()
	f.count++
	i := &Instance{fleet: f, id: fmt.Sprintf("i-%d", f.count)}
	f.mu.Unlock()
	if f.dir != "" {
		i.log = filepath.Join(f.dir, i.id+".log")
	}
	port, release, err := freePort()
	if err != nil {
		return nil, i.Problem(v, err)
	}
	i.port = port
	if !f.keep(release) {
		return nil, i.Problem(v, errClosed)
	}
	if err := i.run(ctx, v); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.instances[i.id] = i
	return i, nil
}

// keep remembers to release a port when the fleet is closed.
func (f *Fleet) keep(release func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closing {
		release()
		return false
	}
	f.releases = append(f.releases, release)
	return true
}

// Runs is the name of the version that an instance runs, or ran last, and empty where there is no
// instance of this ID.
func (f *Fleet) Runs(id string) string {
	f.mu.Lock()
	i, known := f.instances[id]
	f.mu.Unlock() // An instance that starts holds its own mutex and wants this one.
	if !known {
		return ""
	}
	return i.Version()
}

// Close kills what runs and waits for it. It may be called more than once and at any moment.
func (f *Fleet) Close() {
	f.mu.Lock()
	first := !f.closing
	f.closing = true
	f.mu.Unlock()
	if !first {
		<-f.closed
		return
	}
	f.guard.killAll()
	f.processes.Wait()
	f.guard.close()
	for _, release := range f.releases {
		release()
	}
	close(f.closed)
}
