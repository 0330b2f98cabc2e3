package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each line of the file is a configuration with what it is refused for, what it is warned of, or neither.
func TestFleetsSuitTheirDatabaseNetworkAndAlarms(t *testing.T) {
	t.Parallel()
	for _, c := range casesIn(t, "testdata/capacity.jsonl") {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			cfg, err := load(c.Ctx)
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
