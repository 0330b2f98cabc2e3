package limits_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestInstancePriceFollowsTheSize(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]float64{
		"t4g.nano": 0.0042, "t4g.micro": 0.0084, "t4g.small": 0.0168, "t4g.large": 0.0672, "t3.medium": 0.0416, "t3a.large": 0.0752,
		"m7g.medium": 0.0408, "m7g.xlarge": 0.1632, "m8g.2xlarge": 0.35904, "c7g.16xlarge": 2.32, "r7i.48xlarge": 12.7008,
		"m7gd.large": 0, "m7g.metal": 0, "u7i-12tb.224xlarge": 0, "m7g": 0, "": 0, "db.m7g.large": 0,
	} {
		assert.InDelta(t, want, limits.InstancePrice(name), 1e-9, name)
	}
}

func TestDatabaseConnectionsFollowTheMemory(t *testing.T) {
	t.Parallel()
	for class, want := range map[string]int{
		"db.t4g.micro": 81, "db.t3.micro": 81, "db.t4g.small": 193, "db.t4g.medium": 419, "db.t4g.large": 869,
		"db.m7g.large": 869, "db.m7g.xlarge": 1770, "db.r7g.large": 1770, "db.x2g.large": 3573, "db.m7g.8xlarge": 5000,
		"db.m9g.large": 869, "db.c6gd.large": 419, "db.serverless": 0, "db.t4g.smal": 0, "t4g.micro": 0, "": 0,
	} {
		assert.Equal(t, want, limits.DatabaseConnections(class), class)
	}
}
