package limits_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestPortsReadBackAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]limits.Ports{
		"tcp/587":       {Protocol: "tcp", First: 587, Last: 587},
		"udp/4500-4510": {Protocol: "udp", First: 4500, Last: 4510},
		"tcp/1-65535":   {Protocol: "tcp", First: 1, Last: 65535},
	} {
		got, err := limits.EgressPorts(name)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, name, got.String())
		assert.NoError(t, limits.Egress(name, "mail through SMTP"))
	}
	for _, name := range []string{"", "tcp", "tcp/", "tcp/0587", "icmp/8", "tcp/-1", "tcp/1-", "tcp/99999", "tcp/2-99999", "tcp/1,2", "all "} {
		assert.Error(t, limits.Egress(name, "mail through SMTP"), name)
	}
}

func TestWhatEveryInstanceNeedsIsNotAllowedAgain(t *testing.T) {
	t.Parallel()
	for _, open := range limits.AlwaysEgress {
		assert.EqualError(t, limits.Egress(open.Ports.String(), "the package repositories"), open.Ports.String()+" is open in every environment; leave it out")
	}
}
