package balancer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"syscall"
	"time"
)

// newProxy forwards to t, and to nothing else: an Application Load Balancer does not try a request
// again on another target.
func newProxy(t *Target) *httputil.ReverseProxy {
	b := t.group.balancer
	return &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { rewrite(r, t.addr) },
		Transport:     once{t.transport},
		FlushInterval: -1, // What a target sends bit by bit reaches the client bit by bit.
		BufferPool:    buffers{},
		ErrorLog:      log.New(io.Discard, "", 0),
		ModifyResponse: func(response *http.Response) error {
			x := exchangeOf(response.Request.Context())
			b.answered(t, response.Header)
			if response.StatusCode == http.StatusSwitchingProtocols {
				x.idle.Stop()
				return nil
			}
			x.touch()
			response.Body = &download{ReadCloser: response.Body, exchange: x}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			x := exchangeOf(r.Context())
			status, reason := x.status(err)
			b.failed(status, t.instance, reason)
			if r.ContentLength != 0 {
				// The server would wait for the rest of the body before it sends the answer.
				w.Header().Set("Connection", "close")
			}
			b.answered(t, w.Header())
			b.answer(w, status, t.instance+": "+reason)
		},
	}
}

func exchangeOf(ctx context.Context) *exchange { return ctx.Value(exchangeKey{}).(*exchange) }

// rewrite adds the headers of a load balancer; the host stays that of the client. Sources: HTTP headers
// and Application Load Balancers; Request tracing for your Application Load Balancer.
func rewrite(r *httputil.ProxyRequest, addr string) {
	r.Out.URL.Scheme, r.Out.URL.Host = "http", addr
	r.Out.Host = r.In.Host
	r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
	r.SetXForwarded()
	r.Out.Header.Del("X-Forwarded-Host")
	if _, port, ok := strings.Cut(r.In.Host, ":"); ok {
		r.Out.Header.Set("X-Forwarded-Port", port)
	}
	if r.Out.Header.Get("X-Amzn-Trace-Id") == "" {
		var id [12]byte
		_, _ = rand.Read(id[:])
		r.Out.Header.Set("X-Amzn-Trace-Id", fmt.Sprintf("Root=1-%08x-%x", time.Now().Unix(), id))
	}
}

// once keeps [http.Transport] from sending a request a second time. The transport does that silently
// where a kept connection turns out to be closed. An Application Load Balancer answers 502 where its
// request and the news of the end have crossed on their way, which is the loss that a rehearsal has to
// show. Source: Edit attributes for your Application Load Balancer.
type once struct{ transport *http.Transport }

// RoundTrip implements [http.RoundTripper]. The transport sends again what has no body and either a
// safe method or a key that promises idempotency, so a request without a body gets one that is empty:
// with these methods the transport finds that out before it writes the header, and what is sent stays
// the same. The key keeps its name, in letters that the transport does not look for.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodDelete:
		if r.Body == nil || r.Body == http.NoBody {
			r.Body = io.NopCloser(strings.NewReader(""))
		}
	}
	r.GetBody = nil
	for _, key := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, ok := r.Header[key]; ok {
			r.Header[strings.ToLower(key)] = values
			delete(r.Header, key)
		}
	}
	return o.transport.RoundTrip(r)
}

// plain is err in the words of a report.
func plain(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(err.Error(), "server closed idle connection"):
		return "connection closed early"
	case strings.Contains(err.Error(), "malformed"):
		return "malformed answer"
	}
	return err.Error()
}

// buffers are shared by all answers.
type buffers struct{}

var pool = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// Get implements [httputil.BufferPool].
func (buffers) Get() []byte { return pool.Get().(*[32 << 10]byte)[:] }

// Put implements [httputil.BufferPool].
func (buffers) Put(b []byte) { pool.Put((*[32 << 10]byte)(b)) }
