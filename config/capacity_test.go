package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

// Each line of the file is a configuration with what it is refused for, what it is warned of, or neither.
func TestFleetsSuitTheirDatabaseNetworkAndAlarms(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/capacity.jsonl")
	require.NoError(t, err)
	for line := range bytes.Lines(text) {
		var c struct {
			Name            string
			Context         json.RawMessage `json:"ctx"`
			Refused, Warned string
		}
		require.NoError(t, json.Unmarshal(line, &c))
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			cfg, err := config.Load(c.Context)
			if c.Refused != "" {
				require.ErrorContains(t, err, c.Refused)
				return
			}
			require.NoError(t, err)
			var warned string
			for _, warning := range cfg.Environments[0].Policy().Warnings() {
				warned += warning.Rule
			}
			assert.Equal(t, c.Warned, warned)
		})
	}
}
