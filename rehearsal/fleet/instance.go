//go:build unix

package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// settle is how long Start waits for an instance to listen before it leaves that to health checks.
const settle = time.Second

// Instance is a process that may be exchanged for that of another version, on the same port.
type Instance struct {
	fleet *Fleet
	id    string
	port  int
	log   string

	mu      sync.Mutex // guards everything below
	version string
	process *process
	runs    int
	began   int64 // how long the log was when the process began
}

// process is one run of a command.
type process struct {
	leader    *os.Process
	container string
	started   time.Time
	exited    chan struct{}
	state     *os.ProcessState // to be read after exited
}

// ID names the instance: i-1, i-2 and so on.
func (i *Instance) ID() string { return i.id }

// Addr is where it listens, host and port.
func (i *Instance) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(i.port)) }

// Version is the name of the version that runs, or ran last.
func (i *Instance) Version() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.version
}

// Exited is closed when the process has ended, whoever ended it. After Replace it is another channel.
func (i *Instance) Exited() <-chan struct{} { return i.current().exited }

// Running tells whether the process runs.
func (i *Instance) Running() bool {
	select {
	case <-i.Exited():
		return false
	default:
		return true
	}
}

// Started is when the process was started.
func (i *Instance) Started() time.Time { return i.current().started }

func (i *Instance) current() *process {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.process
}

// Stop asks the process to stop, with SIGTERM, and kills it after grace, or when ctx ends. It returns
// when nothing of it is left.
func (i *Instance) Stop(ctx context.Context, grace time.Duration) {
	p := i.current()
	_ = p.leader.Signal(syscall.SIGTERM)
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case <-p.exited:
		return
	case <-patience.C:
	case <-ctx.Done():
	}
	p.kill()
	<-p.exited
}

// Replace stops the process as Stop does and starts another version on the same port.
func (i *Instance) Replace(ctx context.Context, v Version, grace time.Duration) error {
	i.Stop(ctx, grace)
	return i.run(ctx, v)
}

// run starts a process and waits until it listens, exits or has had its moment.
func (i *Instance) run(ctx context.Context, v Version) error {
	if err := ctx.Err(); err != nil {
		return i.Problem(v, err)
	}
	if err := i.available(); err != nil {
		return i.Problem(v, err)
	}
	p, err := i.begin(v)
	if err != nil {
		return i.Problem(v, err)
	}
	moment, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	listens := make(chan struct{})
	go i.dial(moment, listens)
	select {
	case <-p.exited:
		cancel()
		<-listens
		return i.Problem(v, fmt.Errorf("exited at once: %s", p.state))
	case <-listens:
	}
	if err := ctx.Err(); err != nil {
		p.kill()
		<-p.exited
		return i.Problem(v, err)
	}
	return nil
}

// begin starts the process of a version, with its output in the instance's log.
func (i *Instance) begin(v Version) (*process, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.version = v.Name
	i.runs++
	p := &process{exited: make(chan struct{})}
	if v.Command.Image != "" {
		p.container = fmt.Sprintf("rehearsal-%d-%s-%d", os.Getpid(), i.id, i.runs)
	}
	args := v.Command.args(p.container, i.port)
	if len(args) == 0 {
		return nil, errors.New("there is no command")
	}
	command := exec.Command(v.Command.path(args[0]), args[1:]...)
	command.Env = v.Command.env(i.fleet.name, i.id, v.Name, i.port)
	command.Dir = v.Command.Dir
	command.SysProcAttr = attributes()
	output, err := i.output(command)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	if err := i.fleet.begin(p, command); err != nil {
		return nil, unstarted(args[0], err)
	}
	i.process = p
	return p, nil
}

func (i *Instance) output(command *exec.Cmd) (io.Closer, error) {
	if i.log == "" {
		command.Stdout, command.Stderr = os.Stdout, os.Stderr
		return io.NopCloser(nil), nil
	}
	file, err := os.OpenFile(i.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err == nil {
		i.began = info.Size()
	}
	command.Stdout, command.Stderr = file, file
	return file, nil
}

// dial closes listens when the port accepts connections, or when ctx ends.
func (i *Instance) dial(ctx context.Context, listens chan<- struct{}) {
	defer close(listens)
	var dialer net.Dialer
	for wait := time.Millisecond; ctx.Err() == nil; wait = min(2*wait, 20*time.Millisecond) {
		if conn, err := dialer.DialContext(ctx, "tcp", i.Addr()); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// kill ends the leader and everything in its process group, at once.
func (p *process) kill() {
	_ = p.leader.Kill()
	p.sweep()
}

// sweep ends what the leader has left behind.
func (p *process) sweep() {
	_ = syscall.Kill(-p.leader.Pid, syscall.SIGKILL)
	if p.container != "" {
		removal := exec.Command("docker", "rm", "-f", p.container)
		removal.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		_ = removal.Run()
	}
}
