package config_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

const certificate = `"certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/12345678"`

func TestPlainHTTPNeedsACertificateOrAReason(t *testing.T) {
	t.Parallel()
	const missing = "allowHTTP: there is neither a certificate nor a reason to serve plain HTTP, which everyone on the way can read and change; " +
		"give the ARN of an ACM certificate, or say here in two words or more why HTTP is acceptable"
	for settings, want := range map[string]string{
		``:                                     missing,
		`"allowHTTP": ""`:                      missing,
		`"allowHTTP": "yes"`:                   `allowHTTP: "yes" is not a reason; explain in two words or more why plain HTTP is acceptable, or leave it out`,
		`"allowHTTP": true`:                    "allowHTTP: true is not a text; put the value in quotes",
		`"allowHTTP": "none", ` + certificate:  `allowHTTP: "none" is not a reason; explain in two words or more why plain HTTP is acceptable, or leave it out`,
		`"certificateArn": "shop.example.com"`: `certificateArn: "shop.example.com" is not the ARN of an ACM certificate; use one such as arn:aws:acm:eu-west-1:111122223333:certificate/…`,
	} {
		_, err := config.Load([]byte(first(settings)))
		assert.EqualError(t, err, message(say(want)...), settings)
	}
	for _, settings := range []string{certificate, `"allowHTTP": "an internal tool behind a VPN"`, `"allowHTTP": "old links lead here", ` + certificate} {
		_, err := config.Load([]byte(first(settings)))
		assert.NoError(t, err, settings)
	}
	_, err := config.Load([]byte(`{"environments": [{"name": "a1", ` + certificate + `}, {"name": "b2"}]}`))
	assert.EqualError(t, err, message("environments[1]."+missing), "each environment for itself")
}

func TestWaysOutOfTheInstancesNeedReasons(t *testing.T) {
	t.Parallel()
	const form = "is not a protocol and a port; use a name such as tcp/587 or udp/4500-4510, or all"
	why := func(name string) string { return fmt.Sprintf(`"allowEgress": {%q: "mail through SMTP"}`, name) }
	refuse(t, []bad{
		{first(`"allowEgress": ["tcp/587"]`), say(`allowEgress: a list is not an object; use { "NAME": "value" }`)},
		{first(`"allowEgress": {"tcp/587": ""}`), say(`allowEgress["tcp/587"]: a way out of the instances needs a reason; say in words why it is open, or leave it out`)},
		{first(`"allowEgress": {"tcp/587": "open"}`), say(`allowEgress["tcp/587"]: "open" is not a reason; explain in two words or more why it is open, or leave it out`)},
		{first(why("smtp")), say(`allowEgress.smtp: "smtp" ` + form)},
		{first(why("587")), say(`allowEgress.587: "587" ` + form)},
		{first(why("TCP/587")), say(`allowEgress["TCP/587"]: "TCP/587" ` + form)},
		{first(why("tcp/0")), say(`allowEgress["tcp/0"]: "tcp/0" ` + form)},
		{first(why("tcp/65536")), say(`allowEgress["tcp/65536"]: "tcp/65536" is beyond the last port; use 1 to 65535`)},
		{first(why("udp/4510-4500")), say(`allowEgress["udp/4510-4500"]: "udp/4510-4500" is not a range; use udp/4500-4510`)},
		{first(why("tcp/587-587")), say(`allowEgress["tcp/587-587"]: "tcp/587-587" is not a range; use tcp/587`)},
		{first(why("tcp/443")), say(`allowEgress["tcp/443"]: tcp/443 is open in every environment; leave it out`)},
		{first(why("udp/123")), say(`allowEgress["udp/123"]: udp/123 is open in every environment; leave it out`)},
		{first(`"allowEgress": {"all": "a proxy decides", "tcp/587": "mail through SMTP"}`),
			say("allowEgress: all opens every port, so the other names have no effect; remove it or them")},
		{first(`"allowEgress": {` + many(51) + `}`), say("allowEgress: 51 names are more than the 50 that a security group has room for; use ranges of ports")},
	})
	for _, fine := range []string{why("tcp/587"), why("udp/1-65535"), why("all"), `"allowEgress": {` + many(50) + `}`} {
		_, err := load(first(fine))
		assert.NoError(t, err, fine)
	}
}

// many are ways out, each with a reason.
func many(n int) string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf(`"tcp/%d": "a service of ours"`, 9000+i))
	}
	return strings.Join(names, ", ")
}

// What the synth does not warn of is that very configuration.
func TestOnlyTheShippedConfigurationIsTheShowcase(t *testing.T) {
	t.Parallel()
	shipped, err := os.ReadFile("../cdk.json")
	require.NoError(t, err)
	context, problems := config.File(shipped)
	require.Empty(t, problems)
	for text, want := range map[string]bool{
		string(context): true, `{}`: true, `{"account": "111122223333", "region": "eu-west-1"}`: true,
		`{"service": "shop"}`: false, `{"notifyEmail": "ops@example.com"}`: false, `{"method": "Immutable"}`: false,
		first(`"allowHTTP": "no certificate yet"`): false, first(certificate): false,
		`{"environments": [{` + plainHTTP + `}, {"name": "b2", ` + plainHTTP + `}]}`: false,
	} {
		cfg, err := config.Load([]byte(text))
		require.NoError(t, err)
		assert.Equal(t, want, cfg.IsShowcase(), text)
	}
}
