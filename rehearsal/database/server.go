package database

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopAtOnce is the signal for it: a throw-away database has nothing to save.
const stopAtOnce = syscall.SIGQUIT

// stopGrace is how long a server may take for it.
const stopGrace = 10 * time.Second

// start starts a program of PostgreSQL with its output in the log.
func (c *cluster) start(program string, args ...string) (*process, error) {
	log, err := os.OpenFile(c.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command := exec.Command(filepath.Join(c.programs, program), args...)
	command.Dir = "/" // one that the other user can enter
	command.Env = serverEnv(os.Environ())
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.credential}
	started, err := start(command, stopAtOnce)
	if err != nil {
		return nil, err
	}
	c.folder.use(started.group())
	return started, nil
}

// checkParents returns an error if the other user cannot enter a folder above.
func (c *cluster) checkParents() error {
	for path := c.folder.path; c.credential != nil && path != "/"; {
		path = filepath.Dir(path)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o001 == 0 {
			return fmt.Errorf("PostgreSQL does not run as root, and the user nobody cannot enter %s", path)
		}
	}
	return nil
}

func (c *cluster) path(name string) string { return filepath.Join(c.folder.path, name) }

// stop asks the first process to end, and returns once the group has. It kills after the grace only: a killed
// PostgreSQL leaves shared memory behind. What initdb has started ends by itself with initdb.
func (c *cluster) stop(p *process) {
	if !p.hasEnded() { // afterwards its number may belong to somebody else
		_ = p.command.Process.Signal(stopAtOnce)
	}
	for end := time.Now().Add(stopGrace); c.holdsMemory() && p.isRunning() && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	p.kill()
}

// holdsMemory reports whether a server uses the cluster: its last act is to remove this file. That its
// process is gone says less, since an orphan stays in the table of processes until somebody looks.
func (c *cluster) holdsMemory() bool {
	_, err := os.Stat(c.path("data/postmaster.pid"))
	return err == nil
}

// explain adds the last lines of the log to err.
func (c *cluster) explain(err error) error {
	if log := lastLines(c.log(), 10); log != "" {
		return fmt.Errorf("%w; the server says:\n%s", err, log)
	}
	return err
}

func (c *cluster) log() string {
	log, err := os.Open(c.path("log"))
	if err != nil {
		return ""
	}
	defer log.Close()
	if info, err := log.Stat(); err == nil {
		_, _ = log.Seek(max(0, info.Size()-8<<10), io.SeekStart)
	}
	text, _ := io.ReadAll(log)
	return string(text)
}

// serverEnv leaves out what would change the server's settings or the language of its log.
func serverEnv(environ []string) []string {
	env := []string{"LC_ALL=C"}
	for _, variable := range environ {
		if !strings.HasPrefix(variable, "PG") && !strings.HasPrefix(variable, "LC_") && !strings.HasPrefix(variable, "LANG") {
			env = append(env, variable)
		}
	}
	return env
}

// unprivileged returns the credential of the user nobody if this process is root's, as which PostgreSQL
// refuses to run.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user nobody: %w", err)
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("there is no free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
