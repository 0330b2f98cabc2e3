package limits

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

var (
	hostName  = whole(`[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*`)
	aroundURL = regexp.MustCompile(`^[A-Za-z]+://|(:[0-9]+)?([/?#].*)?$`)
)

// HostName checks the name of a host as it is in a Host header without a port, and in TLS, which takes no
// address (RFC 6066, "Server Name Indication").
func HostName(s string) error {
	if isHostName(s) {
		return nil
	}
	fix := strings.TrimSuffix(aroundURL.ReplaceAllString(aroundURL.ReplaceAllString(s, ""), ""), ".")
	if !isHostName(fix) {
		fix = "one such as shop.example.com"
	}
	return fmt.Errorf("%s is not the name of a host; use %s", Quote(s), fix)
}

func isHostName(s string) bool {
	_, err := netip.ParseAddr(s)
	return err != nil && len(s) <= 253 && hostName.MatchString(s)
}
