package main

import (
	"fmt"
	"testing"
	"time"

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
		for want, arguments := range map[string][]string{
			`"plna" is not a valid command line; use no arguments, or:` + "\ngo run . plan ": {"plna"},
			`"plan -all" is not a valid command line`:                                        {"plan", "-all"},
			`"plan -c" is not a valid command line`:                                          {"plan", "-c"},
			`"plan -compare=x" is not a valid command line`:                                  {"plan", "-compare=x"},
			`"plan production" is not a valid command line`:                                  {"plan", "production"},
			`-c "method" sets nothing; use -c key=value, such as -c method=Immutable`:        {"plan", "-c", "method"},
		} {
			_, err := showPlan(arguments)
			assert.ErrorContains(t, err, want)
		}
	})
	t.Run("tells how it is used", func(t *testing.T) {
		for _, help := range []string{"-h", "--help"} {
			text, err := showPlan([]string{"plan", help})
			require.NoError(t, err)
			assert.Equal(t, usage, text)
		}
	})
	t.Run("takes settings as the CLI does", func(t *testing.T) {
		text, err := showPlan([]string{"plan", "-c", "method=TrafficSplitting", "-c", "trafficPercent=50"})
		require.NoError(t, err)
		assert.Contains(t, text, "TrafficSplitting, 50 % of requests for 5 minutes first")
		_, err = showPlan([]string{"plan", "-c", "method=Canary"})
		assert.ErrorContains(t, err, "(cdk.json and -c):\n  method (-c): rollout/unknown-method")
		t.Setenv("CDK_CONTEXT_JSON", "null")
		_, err = showPlan([]string{"plan", "--context", "method=Immutable"})
		assert.NoError(t, err)
	})
	t.Run("refuses a bad configuration", func(t *testing.T) {
		t.Setenv("CDK_CONTEXT_JSON", `{"batchSize": "2"}`)
		_, err := showPlan([]string{"plan"})
		assert.ErrorContains(t, err, "rollout/batch-takes-all")
	})
	t.Run("compares although the present method is refused", func(t *testing.T) {
		t.Setenv("CDK_CONTEXT_JSON", `{"batchSize": "2"}`)
		text, err := showPlan([]string{"plan", "-compare"})
		require.NoError(t, err)
		assert.Contains(t, text, "Rolling (yours, refused)")
		assert.Contains(t, text, "Rolling with batch 2 of minimum 2 leaves 0 instances in service (rollout/batch-takes-all)")
		t.Setenv("CDK_CONTEXT_JSON", `{"batchSize": "5"}`)
		_, err = showPlan([]string{"plan", "-compare"})
		assert.ErrorContains(t, err, "rollout/batch-range", "a plan of such numbers makes no sense")
	})
}

func TestMethodsAreComparedInNoTimeHoweverLargeTheFleet(t *testing.T) {
	for _, least := range []int{1, 10000} {
		t.Setenv("CDK_CONTEXT_JSON", fmt.Sprintf(`{"environments": [{"allowHTTP": "a demo", "fleet": {"minInstances": %d, "maxInstances": 10000}}]}`, least))
		begin := time.Now()
		text, err := showPlan([]string{"plan", "-compare"})
		require.NoError(t, err)
		_, err = showPlan([]string{"plan"})
		require.ErrorContains(t, err, "a managed platform update doubles 10000 instances to 20000")
		assert.Less(t, time.Since(begin), time.Second)
		assert.Contains(t, text, "Rolling (yours, refused)")
		assert.Less(t, len(text), 10_000)
	}
}
