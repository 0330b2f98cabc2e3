package database

import (
	"os/exec"
	"runtime"
	"syscall"
)

// process is the first process of a group of its own.
type process struct {
	command *exec.Cmd
	ended   chan struct{} // closed when err is set
	err     error
}

// start starts command. Where the system can, it sends the process orphaned when this one is killed.
func start(command *exec.Cmd, orphaned syscall.Signal) (*process, error) {
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Setpgid = true
	signalOrphan(command.SysProcAttr, orphaned)

	p := &process{command: command, ended: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// To Linux the parent is the thread, so that has to live as long as the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			p.err = command.Wait()
		}
		close(p.ended)
	}()
	return p, <-started
}

// group is the identifier of the process group.
func (p *process) group() int { return p.command.Process.Pid }

// kill ends the whole group at once.
func (p *process) kill() {
	if p.isRunning() {
		_ = syscall.Kill(-p.group(), syscall.SIGKILL)
	}
	<-p.ended
}

// isRunning reports whether the group has a process. While it has, no other gets its number.
func (p *process) isRunning() bool { return syscall.Kill(-p.group(), 0) == nil }

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}
