//go:build unix

package fault

import (
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

// forgetful accepts connections that are dropped while they are idle.
type forgetful struct{ net.Listener }

// Accept implements [net.Listener].
func (f forgetful) Accept() (net.Conn, error) {
	conn, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &dropped{Conn: conn}, nil
}

// dropped is a connection that forgets what arrives after the moment when it gave up.
type dropped struct {
	net.Conn

	mu    sync.Mutex
	gives time.Time // zero while a request is under way
	end   *time.Timer
}

// noteIdle is told by the server what a connection does.
func noteIdle(conn net.Conn, state http.ConnState) {
	d, ok := conn.(*dropped)
	if !ok {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.end != nil {
		d.end.Stop()
	}
	d.gives = time.Time{}
	if state == http.StateIdle {
		idle := rand.N(keptFor)
		d.gives = time.Now().Add(idle)
		d.end = time.AfterFunc(idle+newsTakes, func() { _ = d.Close() })
	}
}

// Read implements [net.Conn].
func (d *dropped) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil && !d.gives.IsZero() && time.Now().After(d.gives) {
		_ = d.Close()
		return 0, io.EOF
	}
	return n, err
}
