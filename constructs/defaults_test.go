package constructs

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// The configuration states its defaults in its own reference, the constructs theirs for those who
// use them alone. They are the same.
func TestDefaultsAreThoseOfTheConfiguration(t *testing.T) {
	cfg, err := config.Load([]byte(`{}`))
	require.NoError(t, err)
	env := cfg.Environments[0]

	assert.Equal(t, rollout.Policy{}.WithDefaults(), env.Policy().WithDefaults())
	assert.Equal(t, NetworkProps{}.withDefaults(), NetworkProps{
		CIDR: env.Network.CIDR, Zones: env.Network.Zones, NAT: NAT(env.Network.NAT), LogRetentionDays: cfg.LogRetentionDays,
	})
	database := DatabaseProps{
		InstanceClass: env.Database.InstanceClass, StorageGiB: env.Database.StorageGiB, Version: env.Database.Version,
		Name: env.Database.Name, BackupDays: env.Database.BackupDays, MultiAZ: env.Database.MultiAZ, LogRetentionDays: cfg.LogRetentionDays,
	}
	database.User = DatabaseProps{}.withDefaults().User // not in the configuration
	assert.Equal(t, DatabaseProps{}.withDefaults(), database)
	assert.Equal(t, EnvironmentProps{}.withDefaults(), EnvironmentProps{
		Policy: env.Policy().WithDefaults(), InstanceType: env.Fleet.InstanceType, VolumeGiB: env.Fleet.VolumeGiB,
		UpdateWindow: env.Updates.Window, UpdateLevel: env.Updates.Level, LogRetentionDays: cfg.LogRetentionDays,
	})
	assert.Equal(t, RepositoryProps{}.withDefaults(), RepositoryProps{Branch: cfg.Repository.Branch, NoGitUser: !cfg.Repository.GitUser})
	assert.Equal(t, PipelineProps{}.withDefaults().LogRetentionDays, cfg.LogRetentionDays)
}
