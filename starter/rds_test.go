package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDatabaseTLS(t *testing.T) {
	const rds = "db.abc.eu-west-1.rds.amazonaws.com"
	cases := []struct {
		name                string
		host, mode, libpq   string
		encrypts, fallsBack bool
		verifies            bool
	}{
		{name: "verifies Amazon RDS", host: rds, encrypts: true, verifies: true},
		{name: "verifies Amazon RDS whatever PGSSLMODE says", host: rds, libpq: "disable",
			encrypts: true, verifies: true},
		{name: "verifies Amazon RDS in China", host: "db.abc.rds.cn-north-1.amazonaws.com.cn",
			encrypts: true, verifies: true},
		{name: "lets RDS_SSLMODE override that", host: rds, mode: "require", encrypts: true},
		{name: "follows PGSSLMODE for another host", host: "127.0.0.1", libpq: "disable"},
		{name: "prefers encryption for another host by default", host: "127.0.0.1",
			encrypts: true, fallsBack: true},
		{name: "lets RDS_SSLMODE override PGSSLMODE", host: "127.0.0.1", mode: "disable", libpq: "require"},
		{name: "is not deceived by a similar name", host: "rds.amazonaws.com.example.com",
			encrypts: true, fallsBack: true},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PGSSLMODE", test.libpq)
			t.Setenv("PGSSLROOTCERT", "")
			variables := rdsVariables()
			variables["RDS_HOSTNAME"], variables["RDS_SSLMODE"] = test.host, test.mode
			conn := poolFor(t, variables).ConnConfig

			assert.Equal(t, test.fallsBack, len(conn.Fallbacks) > 0, "falls back to no encryption")
			if !test.encrypts {
				assert.Nil(t, conn.TLSConfig)
				return
			}
			require.NotNil(t, conn.TLSConfig)
			assert.Equal(t, test.verifies, !conn.TLSConfig.InsecureSkipVerify)
			if test.verifies {
				assert.Equal(t, test.host, conn.TLSConfig.ServerName)
				assert.True(t, rdsRoots().Equal(conn.TLSConfig.RootCAs), "trusts the RDS authorities only")
			}
		})
	}

	t.Run("trusts the same authorities with a URL that wants Amazon RDS verified", func(t *testing.T) {
		conn := poolFor(t, map[string]string{"DATABASE_URL": "postgres://me:x@" + rds + "/app?sslmode=verify-full"}).ConnConfig
		assert.False(t, conn.TLSConfig.InsecureSkipVerify)
		assert.True(t, rdsRoots().Equal(conn.TLSConfig.RootCAs))
	})

	t.Run("sends no password to a server it cannot verify", func(t *testing.T) {
		impostor := newImpostor(t, rds)
		pool := poolFor(t, rdsVariables())
		impostor.receive(pool)
		database, err := OpenDatabase(pool, soon)
		require.NoError(t, err)
		t.Cleanup(database.Close)

		err = database.Check(t.Context())
		require.Error(t, err)
		assert.Equal(t, "the certificate of the database is not trusted", databaseReason(err))
		assert.Error(t, <-impostor.handshake, "the handshake must fail")
	})

	t.Run("goes on once the server is verified", func(t *testing.T) {
		impostor := newImpostor(t, rds)
		pool := poolFor(t, rdsVariables())
		impostor.receive(pool)
		pool.ConnConfig.TLSConfig.RootCAs = impostor.authority
		database, err := OpenDatabase(pool, soon)
		require.NoError(t, err)
		t.Cleanup(database.Close)

		require.Error(t, database.Check(t.Context()), "it is not a database")
		assert.NoError(t, <-impostor.handshake)
	})
}

func TestRDSAuthorities(t *testing.T) {
	names := map[string]bool{}
	for rest := rdsCertificates; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		name := certificate.Subject.CommonName
		assert.False(t, names[name], "%s is there twice", name)
		names[name] = true
		assert.True(t, certificate.IsCA, name)
		assert.NoError(t, certificate.CheckSignatureFrom(certificate), name)
		assert.True(t, certificate.NotAfter.After(time.Now()), "%s has expired", name)
	}
	assert.Len(t, names, bytes.Count(rdsCertificates, []byte("BEGIN CERTIFICATE")))
	for _, region := range []string{"us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"} {
		for _, key := range []string{"RSA2048", "RSA4096", "ECC384"} {
			name := "Amazon RDS " + region + " Root CA " + key + " G1"
			assert.True(t, names[name], "%s is missing", name)
		}
	}
}
