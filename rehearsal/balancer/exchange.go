package balancer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// exchange is one request on one target.
type exchange struct {
	target    *Target
	writer    *http.ResponseController
	client    context.Context // ends when the client goes
	ctx       context.Context // ends also when the exchange is cut or idle
	cancel    context.CancelCauseFunc
	idle      *time.Timer
	uploading atomic.Bool // whether the next byte has to come from the client
	broken    atomic.Bool // whether the client's body could not be read
}

type exchangeKey struct{}

// ClientClosed is the status of a request whose client did not wait for the answer, and so does not get
// it. Source: Troubleshoot your Application Load Balancers, under HTTP 460.
const ClientClosed = 460

var (
	errTargetIdle = errors.New("the target was silent for the idle timeout")
	errClientIdle = errors.New("the client was silent for the idle timeout")
)

// touch begins the idle timeout again: any data in either direction does. Source: Edit attributes for your
// Application Load Balancer.
func (x *exchange) touch() { x.idle.Reset(x.target.group.balancer.cfg.IdleTimeout) }

func (x *exchange) timeout() {
	x.target.group.balancer.mu.Lock()
	defer x.target.group.balancer.mu.Unlock()
	if x.uploading.Load() {
		x.cut(errClientIdle)
		return
	}
	x.cut(errTargetIdle)
}

// cut ends the exchange from the balancer's side. A client that does not read gets a second for the
// answer and is then left. The caller holds the mutex, so that the connection still belongs to x.
func (x *exchange) cut(cause error) {
	if !x.target.exchanges[x] {
		return
	}
	x.cancel(cause)
	_ = x.writer.SetWriteDeadline(time.Now().Add(time.Second))
}

func (x *exchange) end() {
	x.idle.Stop()
	b := x.target.group.balancer
	b.mu.Lock()
	if x.ctx.Err() != nil {
		_ = x.writer.SetWriteDeadline(time.Time{})
	}
	x.cancel(nil)
	delete(x.target.exchanges, x)
	x.target.endIfDrained()
	b.mu.Unlock()
	b.running.Done()
}

// status is what the client gets for an error of the target's transport. Source: Troubleshoot your
// Application Load Balancers, which lists the causes of each status.
func (x *exchange) status(err error) (status int, reason string) {
	switch cause := context.Cause(x.ctx); {
	case errors.Is(cause, errTargetIdle):
		return http.StatusGatewayTimeout, cause.Error()
	case errors.Is(cause, errClientIdle):
		return http.StatusRequestTimeout, cause.Error()
	case errors.Is(cause, errCut):
		return http.StatusBadGateway, cause.Error()
	case x.client.Err() != nil:
		return ClientClosed, "the client closed the connection"
	case x.broken.Load():
		return http.StatusBadRequest, "the client did not send the whole body"
	case timedOut(err):
		return http.StatusGatewayTimeout, "no connection to the target in time"
	}
	// The target refuses connections, ends one with a request under way, or answers with what is no HTTP.
	return http.StatusBadGateway, plain(err)
}

func timedOut(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// upload is the body of a request on its way to a target.
type upload struct {
	io.ReadCloser
	exchange *exchange
}

// Read counts as life of the client.
func (u *upload) Read(p []byte) (int, error) {
	u.exchange.uploading.Store(true)
	n, err := u.ReadCloser.Read(p)
	u.exchange.uploading.Store(false)
	if err == nil || err == io.EOF {
		u.exchange.touch()
		return n, err
	}
	u.exchange.broken.Store(true)
	return n, err
}

// download is the body of a response on its way to the client.
type download struct {
	io.ReadCloser
	exchange *exchange
}

// Read counts as life of the target. An answer that has begun cannot get another status: the client
// sees it break off.
func (d *download) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	if err == nil || err == io.EOF {
		d.exchange.touch()
		return n, err
	}
	if x := d.exchange; x.client.Err() == nil {
		_, reason := x.status(err)
		x.target.group.balancer.failed(0, x.target.instance, reason)
	}
	return n, err
}
