//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

func fixture(name string) string { return filepath.Join("testdata", name+".template.json") }

func TestPolicyOfATemplate(t *testing.T) {
	t.Parallel()
	t.Run("is that of its environment", func(t *testing.T) {
		t.Parallel()
		p, note, err := options{template: fixture("rolling")}.policy()
		require.NoError(t, err)
		assert.Equal(t, "testdata/rolling.template.json", note)
		assert.Equal(t, rollout.Rolling, p.Method)
		assert.Equal(t, 2, p.BatchSize)
		assert.Equal(t, 5, p.Fleet.Desired)
		assert.Equal(t, "/up", p.Health.Path)
		assert.Equal(t, 15*time.Second, p.Health.Interval)
		assert.Equal(t, 90*time.Second, p.Drain)
		assert.Equal(t, 900*time.Second, p.CommandTimeout)
	})
	t.Run("is blue/green with two environments", func(t *testing.T) {
		t.Parallel()
		p, _, err := options{template: fixture("blue-green")}.policy()
		require.NoError(t, err)
		assert.Equal(t, rollout.BlueGreen, p.Method)
		assert.Equal(t, 4, p.Fleet.Desired)
		assert.Equal(t, 4, p.Plan().Floor())
	})
	t.Run("is the one that a synth writes", func(t *testing.T) {
		t.Parallel()
		// It may lie in a nested template.
		templates, err := filepath.Glob("../testdata/showcase-web*.template.json")
		require.NoError(t, err)
		templates = slices.DeleteFunc(templates, func(path string) bool {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			return !strings.Contains(string(text), `"AWS::ElasticBeanstalk::Environment"`)
		})
		require.Len(t, templates, 1)
		p, _, err := options{template: templates[0]}.policy()
		require.NoError(t, err)
		assert.Equal(t, rollout.Rolling, p.Method)
		assert.Equal(t, 10*time.Second, p.Health.Interval)
	})
	t.Run("is changed by flags", func(t *testing.T) {
		t.Parallel()
		p, _, err := options{template: fixture("rolling"), method: "Immutable", instances: 3, batch: 1, compare: true}.policy()
		require.NoError(t, err)
		assert.Equal(t, rollout.Immutable, p.Method)
		assert.Equal(t, rollout.Immutable, p.ConfigurationUpdates)
		assert.Equal(t, []int{3, 6, 3}, []int{p.Fleet.Min, p.Fleet.Max, p.Fleet.Desired})
		assert.Equal(t, 1, p.BatchSize)
		assert.Equal(t, 5*time.Minute, p.Bake)
	})
	t.Run("may have downtime here", func(t *testing.T) {
		t.Parallel()
		p, _, err := options{method: "AllAtOnce"}.policy()
		require.NoError(t, err)
		assert.True(t, p.DowntimeExpected())
	})
}

func TestTheApplicationGetsTheVariablesOfTheEnvironment(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"DATABASE_POOL=7", "IDLE_TIMEOUT=105s"},
		variables(rollout.Policy{IdleTimeout: 90 * time.Second, Connections: rollout.Connections{PerInstance: 7}}))
}

func TestBadTemplates(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"no-such": "testdata/no-such.template.json cannot be read: no such file or directory",
		"broken":  "testdata/broken.template.json does not hold the JSON that a synth writes; run the synth again",
		"network": "testdata/network.template.json has no Elastic Beanstalk environment; the name of the stack of an environment ends in -web",
		"numbers": `testdata/numbers.template.json: aws:elasticbeanstalk:command BatchSize is "half", which is not a whole number`,
	} {
		_, _, err := options{template: fixture(name)}.policy()
		assert.EqualError(t, err, want)
	}
	_, _, err := options{template: fixture("rolling"), batch: 20}.policy()
	assert.ErrorContains(t, err, "this policy cannot be rehearsed (testdata/rolling.template.json):\n")
	assert.ErrorContains(t, err, "rollout/batch-range")
}
