package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// impostor speaks PostgreSQL up to the end of the TLS handshake, with a certificate that bears the
// right name but comes from an authority of its own.
type impostor struct {
	address   string
	authority *x509.CertPool
	handshake chan error
}

func newImpostor(t *testing.T, host string) *impostor {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		DNSNames:              []string{host},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	authority := x509.NewCertPool()
	authority.AddCert(certificate)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	server := &impostor{listener.Addr().String(), authority, make(chan error, 10)}
	go server.serve(listener, &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	})
	return server
}

func (i *impostor) serve(listener net.Listener, cfg *tls.Config) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		// A client asks for TLS in 8 bytes, and S is yes.
		_, _ = io.ReadFull(conn, make([]byte, 8))
		_, _ = conn.Write([]byte("S"))
		i.handshake <- tls.Server(conn, cfg).Handshake()
		_ = conn.Close()
	}
}

// receive sends the pool's connections here, whatever host they are for.
func (i *impostor) receive(pool *pgxpool.Config) {
	pool.ConnConfig.LookupFunc = func(context.Context, string) ([]string, error) {
		return []string{"127.0.0.1"}, nil
	}
	pool.ConnConfig.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", i.address)
	}
}
