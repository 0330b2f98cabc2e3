package database

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// The files of the server's certificate, in the cluster's folder. The certificate is its own authority.
const (
	certificateFile = "server.crt"
	keyFile         = "server.key"
)

const authenticationFile = "hba.conf"

// Only TLS connections are let in, as by the deployed database with rds.force_ssl.
const hostBasedAuthentication = "hostssl all all 127.0.0.1/32 scram-sha-256\n"

// writeCertificate writes a key and a certificate for the loopback interface, which outlast a rehearsal.
func (c *cluster) writeCertificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "rehearsal"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(7 * 24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:        true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name, kind string
		content    []byte
	}{{certificateFile, "CERTIFICATE", certificate}, {keyFile, "PRIVATE KEY", secret}} {
		block := pem.EncodeToMemory(&pem.Block{Type: file.kind, Bytes: file.content})
		if err := c.writeFile(file.name, block); err != nil {
			return fmt.Errorf("cannot write the certificate of the database: %w", err)
		}
	}
	return nil
}

// writeFile writes a file that only the server and this process can read.
func (c *cluster) writeFile(name string, content []byte) error {
	if err := os.WriteFile(c.path(name), content, 0o600); err != nil {
		return err
	}
	if c.credential == nil {
		return nil
	}
	return os.Chown(c.path(name), int(c.credential.Uid), int(c.credential.Gid))
}
