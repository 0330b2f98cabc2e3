package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlanCommand(t *testing.T) {
	t.Setenv("CDK_CONTEXT_JSON", `{"method": "Immutable"}`)

	t.Run("shows the configured method", func(t *testing.T) {
		text, err := showPlan([]string{"plan"})
		require.NoError(t, err)
		assert.Contains(t, text, "showcase\n\nImmutable: at least 2 of 2 instances serve during a release")
	})
	t.Run("compares all", func(t *testing.T) {
		text, err := showPlan([]string{"plan", "-compare"})
		require.NoError(t, err)
		assert.Contains(t, text, "Immutable (yours)")
		assert.Contains(t, text, "AllAtOnce")
	})
	t.Run("refuses what it does not know", func(t *testing.T) {
		for _, arguments := range [][]string{{"plna"}, {"--help"}, {"plan", "-all"}, {"plan", "production"}} {
			_, err := showPlan(arguments)
			assert.ErrorContains(t, err, "use none, or: plan, or: plan -compare")
		}
	})
	t.Run("refuses a bad configuration", func(t *testing.T) {
		t.Setenv("CDK_CONTEXT_JSON", `{"batchSize": "2"}`)
		_, err := showPlan([]string{"plan"})
		assert.ErrorContains(t, err, "rollout/batch-takes-all")
	})
}

func TestContextOf(t *testing.T) {
	context, err := contextOf([]byte(`{"app": "x", "tags": {}, "context": {"service": "shop"}}`))
	require.NoError(t, err)
	assert.JSONEq(t, `{"service": "shop"}`, string(context))

	_, err = contextOf([]byte(`{"environments": [], "repository": {}, "context": {}}`))
	assert.EqualError(t, err, `repository, environments in cdk.json beside "context", where it is not read; move it into "context"`)
	_, err = contextOf([]byte(`[]`))
	assert.ErrorContains(t, err, "cdk.json is not a JSON object")
}

func TestLostFeatureFlagsAreNoticed(t *testing.T) {
	assert.NoError(t, checkFlags([]byte(`{"@aws-cdk/core:defaultCrossStackReferences": "weak"}`)))
	for _, context := range []string{`{}`, `null`, `{"service": "shop"}`} {
		assert.ErrorContains(t, checkFlags([]byte(context)), "has lost CDK's feature flags", context)
	}
}
