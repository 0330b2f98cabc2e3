package rollout_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

func TestConfigurationFloor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method            rollout.Method
		min, max, want    int
		updateType, batch string
	}{
		{rollout.Rolling, 2, 4, 2, "Health", "1"},
		{rollout.Rolling, 2, 2, 1, "Health", "1"},
		{rollout.RollingWithAdditionalBatch, 3, 3, 2, "Health", "1"},
		{rollout.Immutable, 2, 2, 2, "Immutable", "1"},
		{rollout.TrafficSplitting, 2, 4, 2, "Health", "1"},
		{rollout.BlueGreen, 2, 4, 2, "Health", "1"},
		{rollout.BlueGreen, 4, 8, 4, "Health", "2"},
		{rollout.BlueGreen, 2, 2, 1, "Health", "1"},
	} {
		p := rollout.Policy{Method: c.method, Fleet: rollout.Fleet{Min: c.min, Max: c.max}}
		assert.Equal(t, c.want, p.ConfigurationFloor(), "%+v", c)
		assert.Equal(t, c.updateType, value(p, "RollingUpdateType"), "%+v", c)
		assert.Equal(t, c.batch, value(p, "MaxBatchSize"), "%+v", c)
	}
}

func value(p rollout.Policy, option string) string {
	for _, s := range p.Settings() {
		if s.Name == option {
			return s.Value
		}
	}
	return ""
}

func TestMinInServiceCanBeChosen(t *testing.T) {
	t.Parallel()
	p := rollout.Policy{MinInService: 3, Fleet: rollout.Fleet{Min: 2, Max: 6}}
	assert.Equal(t, 3, p.ConfigurationFloor())
	assert.Equal(t, "3", value(p, "MinInstancesInService"))
}

// Beanstalk refuses one without the other in an update of settings and version.
func TestUpdatesAreImmutableOnlyBesideImmutableDeployments(t *testing.T) {
	t.Parallel()
	for _, updates := range []rollout.Method{"", rollout.Rolling, rollout.Immutable} {
		everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
			if p.ConfigurationUpdates = updates; value(p, "RollingUpdateType") == "Immutable" {
				require.Equal(t, "Immutable", value(p, "DeploymentPolicy"), "%+v", p)
			} else if p.Method == rollout.Immutable {
				require.Equal(t, rollout.Rolling, updates, "%+v", p)
			}
		})
	}
}

// What changes the live environment's variables may follow its deployment policy.
func TestBlueGreenKeepsHalfOfEachEnvironmentInService(t *testing.T) {
	t.Parallel()
	for minimum, want := range map[int][2]string{
		1: {"RollingWithAdditionalBatch", "1"}, 2: {"Rolling", "1"}, 3: {"Rolling", "1"}, 5: {"Rolling", "2"},
	} {
		p := rollout.Policy{Method: rollout.BlueGreen, Fleet: rollout.Fleet{Min: minimum}}
		assert.Equal(t, want, [2]string{value(p, "DeploymentPolicy"), value(p, "BatchSize")})
	}
}

func TestSwitchesAreEmitted(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"StickinessEnabled", "IgnoreHealthCheck"} {
		assert.Equal(t, "false", value(rollout.Policy{}, option))
		assert.Equal(t, "true", value(rollout.Policy{StickySessions: true, IgnoreHealthCheck: true}, option))
	}
}
