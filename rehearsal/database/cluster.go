package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startTimeout is far longer than a slow machine needs.
const startTimeout = time.Minute

var errPortTaken = errors.New("the port was taken meanwhile")

// cluster is a PostgreSQL server with a folder of its own.
type cluster struct {
	programs   string
	folder     *folder
	log        *os.File            // without a name, so nobody can put another file in its place
	credential *syscall.Credential // of the server; nil for that of this process
	password   string
	server     *process
}

// startCluster starts a server that listens on the loopback interface only, and opens its database.
func startCluster(ctx context.Context, programs, base string) (*Database, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout,
		fmt.Errorf("the database is not there after %s", startTimeout))
	defer cancel()
	credential, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder(base)
	if err != nil {
		return nil, err
	}
	c := &cluster{programs: programs, folder: folder, credential: credential}
	c.password = randomName() + randomName()
	var db *Database
	if c.log, err = openLog(folder.path + ".log"); err == nil {
		db, err = c.open(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start a database: %w", err), c.close())
	}
	return db, nil
}

func (c *cluster) open(ctx context.Context) (*Database, error) {
	if err := c.initialize(ctx); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		db, err := c.listen(ctx)
		if !errors.Is(err, errPortTaken) || attempt == 5 {
			return db, err
		}
	}
}

// initialize makes the cluster's files. Other users of this machine can reach the port, hence the
// password: who logs in may run programs as the server's user.
//
// Once the folder belongs to the server's user, this process, which may be root's, writes nothing there: a link could
// stand in the place of each file.
func (c *cluster) initialize(ctx context.Context) error {
	const secret = "password"
	if err := c.writeFile(secret, []byte(c.password)); err != nil {
		return err
	}
	if err := c.writeCertificate(); err != nil {
		return err
	}
	if err := c.writeFile(authenticationFile, []byte(hostBasedAuthentication)); err != nil {
		return err
	}
	if c.credential != nil {
		if err := os.Chown(c.folder.path, int(c.credential.Uid), int(c.credential.Gid)); err != nil {
			return err
		}
	}
	initdb, err := c.start("initdb", "--pgdata", c.path("data"), "--username=app",
		"--pwfile", c.path(secret), "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
	if err != nil {
		return err
	}
	defer c.folder.use(0)
	select {
	case <-initdb.ended:
	case <-ctx.Done():
		c.stop(initdb)
		return context.Cause(ctx)
	}
	if initdb.err != nil {
		return errors.Join(c.explain(fmt.Errorf("initdb: %w", initdb.err)), c.checkParents())
	}
	return nil
}

// listen starts the server on a free port and waits until it answers.
func (c *cluster) listen(ctx context.Context) (*Database, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	c.server, err = c.start("postgres", "-D", c.path("data"),
		"-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", "", // no Unix socket: its path can be too long
		"-c", "hba_file="+c.path(authenticationFile), "-c", "ssl=on", "-c", "ssl_cert_file="+c.path(certificateFile), "-c", "ssl_key_file="+c.path(keyFile),
		"-c", "max_connections=500", "-c", "fsync=off", "-c", "synchronous_commit=off",
		"-c", "full_page_writes=off", "-c", "wal_level=minimal", "-c", "max_wal_senders=0",
		"-c", "dynamic_shared_memory_type=mmap") // in the folder, not in /dev/shm
	if err != nil {
		return nil, err
	}
	address := &url.URL{
		Scheme: "postgres", User: url.UserPassword("app", c.password), Path: "/postgres",
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), RawQuery: url.Values{"sslmode": {"verify-full"}, "sslrootcert": {c.path(certificateFile)}}.Encode(),
	}
	for {
		db, err := newDatabase(ctx, address, c.explain, c.close)
		switch {
		case err == nil:
			db.applicationPassword = randomName() + randomName()
			return db, nil
		case ctx.Err() != nil:
			return nil, c.explain(context.Cause(ctx))
		case c.server.hasEnded() && strings.Contains(c.output(), "could not bind"):
			return nil, c.explain(errPortTaken)
		case c.server.hasEnded():
			return nil, c.explain(fmt.Errorf("the server has ended: %w", c.server.err))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (c *cluster) close() error {
	if c.server != nil {
		c.stop(c.server)
		c.folder.use(0)
	}
	if c.log != nil {
		_ = c.log.Close()
	}
	return c.folder.remove()
}
