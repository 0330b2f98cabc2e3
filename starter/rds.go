package main

import (
	"crypto/x509"
	_ "embed"
	"strings"
	"sync"
)

// The certificate authorities that sign the certificates of Amazon RDS, one set for each region. AWS
// publishes them at https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem; this copy holds
// those that have not expired. They are not in any system's list of authorities.
//
//go:embed rds-ca.pem
var rdsCertificates []byte

var rdsRoots = sync.OnceValue(func() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(rdsCertificates)
	return roots
})

// isRDS reports whether host is an endpoint of Amazon RDS. In China the service comes before the
// region, as in name.id.rds.cn-north-1.amazonaws.com.cn.
func isRDS(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return strings.HasSuffix(host, ".rds.amazonaws.com") ||
		strings.HasSuffix(host, ".amazonaws.com.cn") && strings.Contains(host, ".rds.")
}
