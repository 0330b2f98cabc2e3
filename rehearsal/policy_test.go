//go:build unix

package main

import (
	"os"
	"path/filepath"
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
		p, _, err := options{template: "../testdata/showcase-web.template.json"}.policy()
		require.NoError(t, err)
		assert.Equal(t, rollout.Rolling, p.Method)
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
		"no-such": "the template testdata/no-such.template.json cannot be read: no such file or directory",
		"broken":  "testdata/broken.template.json is no template: it does not hold the JSON that a synth writes",
		"network": "testdata/network.template.json has no Elastic Beanstalk environment; the template of an environment ends in -web.template.json",
		"numbers": `testdata/numbers.template.json: aws:elasticbeanstalk:command BatchSize is "half", which is not a whole number`,
	} {
		_, _, err := options{template: fixture(name)}.policy()
		assert.EqualError(t, err, want)
	}
	_, _, err := options{template: fixture("rolling"), batch: 20}.policy()
	assert.ErrorContains(t, err, "this policy cannot be rehearsed (testdata/rolling.template.json):\n")
	assert.ErrorContains(t, err, "rollout/batch-range")
}

func TestFindTemplate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	app, other := filepath.Join(dir, "app-web.template.json"), filepath.Join(dir, "other-web.template.json")
	for _, c := range []struct{ file, path string }{{filepath.Join(dir, "app-network.template.json"), ""}, {app, app}} {
		require.NoError(t, os.WriteFile(c.file, nil, 0o600))
		path, err := findTemplate(dir)
		require.NoError(t, err)
		assert.Equal(t, c.path, path)
	}
	require.NoError(t, os.WriteFile(other, nil, 0o600))
	_, err := findTemplate(dir)
	assert.EqualError(t, err, dir+" has 2 environments; choose one:\n  -template "+app+"\n  -template "+other)
}
