package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlanCommand(t *testing.T) {
	t.Setenv("CDK_CONTEXT_JSON", `{"method": "Immutable"}`)

	t.Run("shows the configured method", func(t *testing.T) {
		text, err := showPlan(nil)
		require.NoError(t, err)
		assert.Contains(t, text, "showcase\n\nImmutable: at least 2 of 2 instances serve during a release")
	})
	t.Run("compares all", func(t *testing.T) {
		text, err := showPlan([]string{"-compare"})
		require.NoError(t, err)
		assert.Contains(t, text, "Immutable (yours)")
		assert.Contains(t, text, "AllAtOnce")
	})
	t.Run("refuses what it does not know", func(t *testing.T) {
		for _, arguments := range [][]string{{"-all"}, {"production"}} {
			_, err := showPlan(arguments)
			assert.EqualError(t, err, "plan takes nothing but -compare; use: go run . plan -compare")
		}
	})
	t.Run("refuses a bad configuration", func(t *testing.T) {
		t.Setenv("CDK_CONTEXT_JSON", `{"batchSize": "2"}`)
		_, err := showPlan(nil)
		assert.ErrorContains(t, err, "rollout/batch-takes-all")
	})
}
