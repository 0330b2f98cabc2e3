package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

func TestTheApplicationIsGivenAKeepAliveThatOutlastsTheLoadBalancer(t *testing.T) {
	t.Parallel()
	for _, idle := range []time.Duration{0, 10 * time.Second, 76 * time.Second, time.Hour} {
		p := rollout.Policy{IdleTimeout: idle}
		given, err := time.ParseDuration(p.Variables()["IDLE_TIMEOUT"])
		require.NoError(t, err)
		assert.Greater(t, given, p.WithDefaults().IdleTimeout)
	}
	assert.Equal(t, map[string]string{"IDLE_TIMEOUT": "75s"}, rollout.Policy{}.Variables())
}

func TestTheApplicationIsGivenItsNumberOfConnections(t *testing.T) {
	t.Parallel()
	p := rollout.Policy{Connections: rollout.Connections{PerInstance: 7}}
	assert.Equal(t, map[string]string{"IDLE_TIMEOUT": "75s", "DATABASE_POOL": "7"}, p.Variables())
}

func TestAnIdleTimeoutThatFewApplicationsOutlastIsAWarning(t *testing.T) {
	t.Parallel()
	p := rollout.Policy{IdleTimeout: 76 * time.Second, Drain: 76 * time.Second}
	require.NoError(t, p.Validate())
	require.Len(t, p.Warnings(), 1)
	assert.Equal(t, rollout.Problem{Rule: "rollout/unusual-idle-timeout", Field: "IdleTimeout",
		Message: "the load balancer keeps unused connections for 76 s, and the application has to keep them longer or requests fail: " +
			"the starter reads IDLE_TIMEOUT=91s, any other application has to"}, p.Warnings()[0])
}
