package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

func TestReadUndoesSettings(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		p.Fleet.Desired = 0
		p.Health = rollout.HealthCheck{Path: "/up", Interval: 7 * time.Second, Timeout: 3 * time.Second, Healthy: 4, Unhealthy: 5}
		p.Drain, p.IdleTimeout, p.CommandTimeout = 40*time.Second, 30*time.Second, 20*time.Minute
		p.TrafficPercent, p.Evaluation, p.StickySessions, p.IgnoreHealthCheck = 30, 8*time.Minute, true, true
		read, err := rollout.Read(p.Settings())
		require.NoError(t, err)
		require.Equal(t, p.Settings(), read.Settings(), "%+v", p)
		if p.Method != rollout.BlueGreen {
			require.Equal(t, p.WithDefaults().Plan(), read.Plan(), "%+v", p)
		}
	})
}

func TestReadNamesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	_, err := rollout.Read([]rollout.Setting{
		{Namespace: "aws:autoscaling:asg", Name: "MinSize", Value: "two"},
		{Namespace: "aws:elasticbeanstalk:command", Name: "Timeout", Value: "10m"},
		{Namespace: "aws:somebody:else", Name: "Timeout", Value: "10m"},
	})
	assert.EqualError(t, err, `aws:autoscaling:asg MinSize is "two", which is not a whole number`+"\n"+
		`aws:elasticbeanstalk:command Timeout is "10m", which is not a whole number`)
	policy, err := rollout.Read(nil)
	require.NoError(t, err)
	assert.Equal(t, rollout.Policy{}.WithDefaults(), policy.WithDefaults())
}
