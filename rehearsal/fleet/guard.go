//go:build unix

package fleet

import (
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
)

// guard is a shell that outlives this process where that is killed. It reads from a pipe which
// process groups and containers there are, and when the pipe ends it ends those that are left.
type guard struct {
	command *exec.Cmd
	pipe    io.WriteCloser

	mu    sync.Mutex
	alive map[*process]bool
}

// script keeps a list of " kind:name" of what lives.
const script = `
alive=" "
while read -r op what; do
  case $op in
    +) alive="$alive$what " ;;
    -) alive="${alive%% $what *} ${alive#* $what }" ;;
  esac
done
for what in $alive; do
  case $what in
    group:*) kill -9 "-${what#group:}" ;;
    container:*) docker rm -f "${what#container:}" ;;
  esac
done 2>/dev/null >&2`

func newGuard() (*guard, error) {
	g := &guard{command: exec.Command("/bin/sh", "-c", script), alive: map[*process]bool{}}
	// A group of its own keeps Ctrl-C at the terminal away from it.
	g.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var err error
	if g.pipe, err = g.command.StdinPipe(); err != nil {
		return nil, err
	}
	forks.Lock()
	defer forks.Unlock()
	if err := g.command.Start(); err != nil {
		return nil, fmt.Errorf("the guard of the instances: %w", err)
	}
	return g, nil
}

func (p *process) names() []string {
	names := []string{fmt.Sprintf("group:%d", p.leader.Pid)}
	if p.container != "" {
		names = append(names, "container:"+p.container)
	}
	return names
}

func (g *guard) watch(p *process) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.alive[p] = true
	for _, name := range p.names() {
		fmt.Fprintln(g.pipe, "+", name)
	}
}

func (g *guard) forget(p *process) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.alive, p)
	for _, name := range p.names() {
		fmt.Fprintln(g.pipe, "-", name)
	}
}

func (g *guard) killAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for p := range g.alive {
		go p.kill()
	}
}

// close ends the guard, which has nothing left to end.
func (g *guard) close() {
	_ = g.pipe.Close()
	_ = g.command.Wait()
}
