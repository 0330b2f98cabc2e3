package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"
)

// uploadSize is what an upload sends: more than fits into the buffers on its way.
const uploadSize = 64 << 10

var upload = bytes.Repeat([]byte("rehearsal "), uploadSize/10+1)[:uploadSize]

// errRetried is why a request failed that net/http has sent a second time by itself: whoever cannot
// repeat a request, such as an upload, would have lost it.
var errRetried = errors.New("the connection ended under the request, and only a second attempt was answered")

// clients are the two ways to use connections.
type clients struct{ kept, single *http.Transport }

// newClients dials by itself: a proxy that the environment names has no business here.
func newClients(keepFor time.Duration) clients {
	dial := (&net.Dialer{}).DialContext
	return clients{
		kept: &http.Transport{
			DialContext: dial, MaxIdleConnsPerHost: 1024, DisableCompression: true, IdleConnTimeout: keepFor,
		},
		single: &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true},
	}
}

func (c clients) of(k Kind) *http.Transport {
	if k == NewConnection || k == Stream {
		return c.single
	}
	return c.kept
}

func (c clients) close() {
	c.kept.CloseIdleConnections()
	c.single.CloseIdleConnections()
}

// request is a request of a kind, in the configuration's words.
func (c Config) request(ctx context.Context, k Kind) (*http.Request, error) {
	method, path, body := http.MethodGet, "", io.Reader(nil)
	switch {
	case k == Upload:
		method, path, body = http.MethodPost, c.UploadPath, bytes.NewReader(upload)
	case k == Slow && c.SlowPath != "":
		path = c.SlowPath
	case k == Slow:
		method, path, body = http.MethodPost, c.UploadPath, &trickle{ctx: ctx, pause: c.SlowFor / pieces, rest: upload}
	case k == Stream:
		path = c.StreamPath
	}
	req, err := http.NewRequestWithContext(ctx, method, c.at(path), body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.ContentLength = uploadSize
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	return req, nil
}

// ask makes the request that was due at a time, and returns the error beside what it says of it.
func (l *Load) ask(ctx context.Context, k Kind, due time.Time) (Sample, error) {
	s := Sample{At: due, Kind: k}
	var retried bool
	req, err := l.cfg.request(watchRetries(ctx, &retried), k)
	if err != nil {
		s.Failure = Other
		return s, err
	}
	resp, err := l.clients.of(k).RoundTrip(req)
	if err != nil {
		s.Latency, s.Failure = time.Since(due), withoutAnswer(err)
		return s, err
	}
	s.Status = resp.StatusCode
	s.Version, s.Instance = resp.Header.Get(l.cfg.VersionHeader), resp.Header.Get(l.cfg.InstanceHeader)
	var said opening
	body := io.Writer(io.Discard)
	if resp.StatusCode >= http.StatusInternalServerError {
		body = &said
	}
	_, err = io.Copy(body, resp.Body)
	_ = resp.Body.Close()
	s.Latency, s.Failure = time.Since(due), answered(resp.StatusCode, err)
	if s.Failure != "" && err == nil {
		err = fmt.Errorf("answered %d: %s", s.Status, said.line())
	}
	if retried && s.Failure == "" {
		s.Failure, err = Reset, errRetried
	}
	return s, err
}

// opening keeps the beginning of what is written to it.
type opening []byte

// Write implements [io.Writer].
func (o *opening) Write(p []byte) (int, error) {
	*o = append(*o, p[:min(len(p), 120-len(*o))]...)
	return len(p), nil
}

// line is the first line.
func (o opening) line() string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(o)), "\n")
	return line
}

// watchRetries sets retried where a request is sent again after the first attempt was written. The
// callbacks of one request come one after the other, and before RoundTrip returns.
func watchRetries(ctx context.Context, retried *bool) context.Context {
	written := false
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { written = true },
		GotConn:      func(httptrace.GotConnInfo) { *retried = *retried || written },
	})
}

// pieces is how many pieces a slow upload is sent in. Each is as large as the buffer of net/http's
// connection: less would wait there.
const pieces = uploadSize / (4 << 10)

// trickle is a body that is sent piece by piece.
type trickle struct {
	ctx   context.Context
	pause time.Duration
	rest  []byte
}

// Read implements [io.Reader].
func (t *trickle) Read(p []byte) (int, error) {
	if len(t.rest) == 0 {
		return 0, io.EOF
	}
	if len(t.rest) < uploadSize {
		select {
		case <-time.After(t.pause):
		case <-t.ctx.Done():
			return 0, t.ctx.Err()
		}
	}
	n := copy(p, t.rest[:min(len(t.rest), uploadSize/pieces)])
	t.rest = t.rest[n:]
	return n, nil
}
