package constructs

import (
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
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

	// What an instance costs, how many connections the database accepts and how large the subnets are, only
	// the configuration knows.
	policy := env.Policy().WithDefaults()
	policy.Connections, policy.Subnets, policy.Fleet.HourlyPrice = rollout.Connections{}, rollout.Subnets{}, 0

	assert.Equal(t, rollout.Policy{}.WithDefaults(), policy)
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
		Policy: policy, InstanceType: env.Fleet.InstanceType, VolumeGiB: env.Fleet.VolumeGiB,
		UpdateWindow: env.Updates.Window, UpdateLevel: env.Updates.Level, LogRetentionDays: cfg.LogRetentionDays,
	})
	alarms := AlarmsProps{Environment: &Environment{Policy: policy}}.withDefaults()
	assert.Equal(t, AlarmsProps{
		Environment: alarms.Environment, ErrorPercent: env.Alarms.ErrorPercent, MinRequests: env.Alarms.MinRequests,
		Latency: time.Duration(env.Alarms.LatencyMilliseconds) * time.Millisecond, Health: env.Alarms.Health, HealthyHosts: env.Alarms.HealthyHosts,
		FreeStoragePercent: env.Alarms.FreeStoragePercent, ConnectionsPercent: env.Alarms.ConnectionsPercent, CPUCredits: env.Alarms.CPUCredits,
	}, alarms)
	target := Target{Environment: alarms.Environment}
	assert.Equal(t, env.Deployment.ProbePath, target.probePath())
	assert.Equal(t, RepositoryProps{}.withDefaults(), RepositoryProps{Branch: cfg.Repository.Branch, GitUser: cfg.Repository.GitUser})
	assert.Equal(t, PipelineProps{}.withDefaults().LogRetentionDays, cfg.LogRetentionDays)
}

func TestThePolicyOfAnEnvironmentKnowsItsNetworkAndDatabase(t *testing.T) {
	props := EnvironmentProps{
		Network:  &Network{Instances: make([]awsec2.ISubnet, 3), InstancesArePublic: true, subnetAddresses: 32},
		Database: &Database{class: "db.t4g.micro"},
		Policy:   rollout.Policy{Connections: rollout.Connections{PerInstance: 9}},
	}
	assert.Equal(t, rollout.Policy{
		Fleet: rollout.Fleet{Zones: 3}, Subnets: rollout.Subnets{Addresses: 32, Shared: true},
		Connections: rollout.Connections{PerInstance: 9, Limit: 81},
	}, props.policy())

	own := rollout.Policy{
		Fleet: rollout.Fleet{Zones: 2}, Subnets: rollout.Subnets{Addresses: 64},
		Connections: rollout.Connections{PerInstance: 9, Limit: 400},
	}
	props.Policy = own
	assert.Equal(t, own, props.policy())
}
