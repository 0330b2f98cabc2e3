//go:build slow

package release_test

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// website is a server on the loopback interface that counts what reaches it.
type website struct {
	url     string
	seen    atomic.Int64
	handler atomic.Value // http.HandlerFunc
}

// handle answers from now on with handler.
func (w *website) handle(handler http.HandlerFunc) { w.handler.Store(handler) }

// serve answers requests with handler.
func serve(t *testing.T, handler http.HandlerFunc) *website {
	t.Helper()
	w := &website{}
	w.handle(handler)
	server := httptest.NewUnstartedServer(w)
	server.Config.ErrorLog = discard
	server.Start()
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// serveTLS answers with a certificate that nobody signed.
func serveTLS(t *testing.T) *website {
	t.Helper()
	return serveWith(t, nil, answers(http.StatusOK))
}

// serveWith answers with a certificate, or with one that nobody signed.
func serveWith(t *testing.T, certificate *tls.Certificate, handler http.HandlerFunc) *website {
	t.Helper()
	w := &website{}
	w.handle(handler)
	server := httptest.NewUnstartedServer(w)
	server.Config.ErrorLog = discard
	if certificate != nil {
		server.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// refuse is an address where nobody listens.
func refuse(t *testing.T) *website {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return &website{url: "http://" + listener.Addr().String()}
}

// ServeHTTP counts a request and answers it.
func (w *website) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	w.seen.Add(1)
	w.handler.Load().(http.HandlerFunc)(writer, request)
}

// answers returns a handler that says the same to everybody.
func answers(status int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
	}
}

// discard keeps complaints of a server about a client out of the output of the tests.
var discard = log.New(io.Discard, "", 0)
