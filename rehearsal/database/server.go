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
	"syscall"
	"time"
)

// stopAtOnce is the signal for it: a throw-away database has nothing to save.
const stopAtOnce = syscall.SIGQUIT

// stopGrace is how long a server may take for it.
const stopGrace = 10 * time.Second

// start starts a program of PostgreSQL with its output in the log.
func (c *cluster) start(program string, args ...string) (*process, error) {
	command := exec.Command(filepath.Join(c.programs, program), args...)
	command.Dir = "/" // one that the other user can enter
	command.Env = serverEnv()
	command.Stdout, command.Stderr = c.log, c.log
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
	if log := lastLines(c.output(), 10); log != "" {
		return fmt.Errorf("%w; the server says:\n%s", err, log)
	}
	return err
}

// openLog creates the log outside the folder of the server's user, who gets it as a file that is open already.
func openLog(path string) (*os.File, error) {
	log, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	return log, os.Remove(path)
}

// output is the end of what the programs of PostgreSQL have written.
func (c *cluster) output() string {
	const enough = 8 << 10
	info, err := c.log.Stat()
	if err != nil {
		return ""
	}
	text, _ := io.ReadAll(io.NewSectionReader(c.log, max(0, info.Size()-enough), enough))
	return string(text)
}

// serverEnv is all that the server needs. The rest of this process's environment can hold secrets, which other
// processes of the server's user could read.
func serverEnv() []string {
	env := []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	if zone, given := os.LookupEnv("TZ"); given {
		env = append(env, "TZ="+zone)
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
