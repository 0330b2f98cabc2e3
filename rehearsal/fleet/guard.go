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

// membership is the variable by which the guard knows processes of a fleet, on Linux: those that left
// their group, and those whose group it was not told of before this process was killed.
const membership = "REHEARSAL_FLEET"

// script keeps a list of " kind:name" of what lives, and gets the value of the variable.
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
done 2>/dev/null >&2
tries=0
while [ $tries -lt 100 ]; do
  left=$(grep -laF "` + membership + `=$1" /proc/[0-9]*/environ)
  [ "$left" ] || break
  for file in $left; do
    file=${file#/proc/}
    kill -9 "${file%/environ}"
  done
  tries=$((tries + 1))
done 2>/dev/null >&2`

func newGuard(member string) (*guard, error) {
	g := &guard{command: exec.Command("/bin/sh", "-c", script, "sh", member), alive: map[*process]bool{}}
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

// close ends the guard, and with it what has left its process group.
func (g *guard) close() {
	_ = g.pipe.Close()
	_ = g.command.Wait()
}
