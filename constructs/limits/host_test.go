package limits_test

import (
	"strings"
	"testing"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestHostName(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{limits.HostName("shop.example.com"), ""},
		{limits.HostName("Shop-2.example.com"), ""},
		{limits.HostName("xn--bcher-kva.example"), ""},
		{limits.HostName("localhost"), ""},
		{limits.HostName("https://shop.example.com/cart?x=1"), `"https://shop.example.com/cart?x=1" is not the name of a host; use shop.example.com`},
		{limits.HostName("shop.example.com:443"), `"shop.example.com:443" is not the name of a host; use shop.example.com`},
		{limits.HostName("shop.example.com."), `"shop.example.com." is not the name of a host; use shop.example.com`},
		{limits.HostName("*.example.com"), `"*.example.com" is not the name of a host; use one such as shop.example.com`},
		{limits.HostName("büchereien.example"), `"büchereien.example" is not the name of a host; use one such as shop.example.com`},
		{limits.HostName("a b"), `"a b" is not the name of a host; use one such as shop.example.com`},
		{limits.HostName("10.0.0.1"), `"10.0.0.1" is not the name of a host; use one such as shop.example.com`},
		{limits.HostName("2001:db8::1"), `"2001:db8::1" is not the name of a host; use one such as shop.example.com`},
		{limits.HostName("-a.example"), `"-a.example" is not the name of a host; use one such as shop.example.com`},
		{limits.HostName(strings.Repeat("a", 64) + ".example"), `"` + strings.Repeat("a", 60) + `…" is not the name of a host; use one such as shop.example.com`},
	})
}
