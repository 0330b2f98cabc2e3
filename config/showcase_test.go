package config_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

func TestTheShowcaseIsTheConfigurationThatIsShipped(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../cdk.json")
	require.NoError(t, err)
	shipped, problems := config.File(text)
	require.Empty(t, problems)
	cfg, err := config.Load(shipped)
	require.NoError(t, err)
	assert.True(t, cfg.IsShowcase())
	cfg.Account, cfg.Region = "111122223333", "eu-west-1"
	assert.True(t, cfg.IsShowcase(), "it may be deployed anywhere")

	cfg.NotifyEmail = "ops@example.com"
	assert.False(t, cfg.IsShowcase())
	for _, other := range []string{`{"service": "shop"}`, `{"environments": [{}, {"name": "production"}]}`, `{"maxInstances": "5"}`} {
		cfg, err := config.Load([]byte(other))
		require.NoError(t, err)
		assert.False(t, cfg.IsShowcase(), other)
	}
}
