//go:build slow

package release_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

const shopHost = "shop.example.com"

// certified returns a certificate for shopHost that ends at a time, and the setting by which Node.js knows
// the authority that signed it.
func certified(t *testing.T, end time.Time) (*tls.Certificate, variables) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	root, err := x509.CreateCertificate(rand.Reader, authority, authority, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{shopHost}, NotBefore: authority.NotBefore, NotAfter: end,
	}, authority, key.Public(), key)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "authority.pem")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}), 0o600))
	return &tls.Certificate{Certificate: [][]byte{leaf}, PrivateKey: key}, variables{"NODE_EXTRA_CA_CERTS": path}
}

func asHost(host string) variables { return variables{release.VariableProbeHost: host} }

// calm asks less often: a handshake for each request takes its time.
var calm = variables{release.VariableProbeInterval: "150"}

func TestProbeNamesTheHostThatItAsksFor(t *testing.T) {
	t.Parallel()
	picky := func(w http.ResponseWriter, r *http.Request) {
		if r.Host != shopHost {
			w.WriteHeader(http.StatusBadRequest)
		}
	}
	t.Run("without TLS", func(t *testing.T) {
		t.Parallel()
		code, lines := probe(t, deploying("Updating", "Ready"), serve(t, picky), asHost(shopHost))
		assert.Zero(t, code)
		says(t, lines, " as shop.example.com every ")
	})
	t.Run("and says that it can where an application refuses the environment's own name", func(t *testing.T) {
		t.Parallel()
		code, lines := probe(t, deploying("Updating", "Ready"), serve(t, picky))
		assert.Equal(t, 1, code)
		says(t, lines, "400: where the application checks the Host header, set probeHost")
	})
	t.Run("and judges redirects by that name", func(t *testing.T) {
		t.Parallel()
		code, lines := probe(t, deploying("Updating", "Ready"),
			serve(t, answers(http.StatusMovedPermanently, "Location", "https://"+shopHost+"/")), asHost(shopHost))
		assert.Equal(t, 1, code)
		assert.Contains(t, verdict(t, lines), "× redirect to https")
	})
}

func TestProbeOverTLS(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		host      string
		ends      time.Duration
		unknown   bool
		asked     string
		indicated string
		code      int
	}{
		"checks the name that it is given":                 {host: shopHost, ends: time.Hour, asked: shopHost, indicated: shopHost},
		"refuses a certificate for another name":           {host: "other.example.com", ends: time.Hour, code: 1},
		"takes any name where it is given none":            {ends: time.Hour, asked: "localhost", indicated: "localhost"},
		"refuses an expired certificate in any case":       {ends: -time.Hour, code: 1},
		"refuses an authority that is not known in either": {ends: time.Hour, unknown: true, code: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			certificate, trusted := certified(t, time.Now().Add(c.ends))
			if c.unknown {
				trusted = nil
			}
			var seen sync.Map
			site := serveWith(t, certificate, func(_ http.ResponseWriter, r *http.Request) {
				name, _, _ := strings.Cut(r.Host, ":")
				seen.Store([2]string{name, r.TLS.ServerName}, true)
			})
			site.url = strings.Replace(site.url, "127.0.0.1", "localhost", 1)
			code, lines := probe(t, deploying("Updating", "Ready"), site, trusted, asHost(c.host), calm)
			assert.Equal(t, c.code, code)
			if c.code == 1 {
				assert.Contains(t, verdict(t, lines), "× TLS error")
				says(t, lines, "TLS error: the certificate must be valid, of a public authority and, where probeHost is set, for that name")
				return
			}
			_, found := seen.Load([2]string{c.asked, c.indicated})
			assert.True(t, found)
			if c.host == "" {
				says(t, lines, "the name in the certificate is not checked: set probeHost to check it")
			}
		})
	}
}

func TestBlueGreenOverTLS(t *testing.T) {
	t.Parallel()
	certificate, trusted := certified(t, time.Now().Add(time.Hour))
	var others sync.Map
	s := newShopServed(t, func(t *testing.T, handler http.HandlerFunc) *website {
		return serveWith(t, certificate, func(w http.ResponseWriter, r *http.Request) {
			if r.Host != shopHost || r.TLS.ServerName != shopHost {
				others.Store(r.Host, true)
			}
			handler(w, r)
		})
	})
	code, lines := s.release(t, "v1", trusted, asHost(shopHost), calm, variables{release.VariableSwapProbe: "600"})
	assert.Zero(t, code)
	assert.Contains(t, verdict(t, lines), "0 of ")
	s.serves(t, "shop-green", "v1")
	assert.EqualValues(t, 10+4, s.tried.Load(), "the idle environment is validated over TLS, too")
	others.Range(func(host, _ any) bool { assert.Fail(t, "another host", host); return true })
}
