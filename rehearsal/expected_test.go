//go:build unix

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fault"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/report"
)

func TestExpected(t *testing.T) {
	t.Parallel()
	four := rollout.Policy{Fleet: rollout.Fleet{Min: 4}, AllowDowntime: true, DowntimeReason: "a test"}
	of := func(method rollout.Method, name string) *report.Fault {
		return expected(scenario{four.With(method).WithDefaults(), name}, "v1", "v2")
	}
	left := func(old int) map[string]int {
		if old == 0 {
			return map[string]int{"v1": 0}
		}
		return map[string]int{"v1": old}
	}
	t.Run("a version that does not get ready leaves what had not had its turn", func(t *testing.T) {
		t.Parallel()
		for method, old := range map[rollout.Method]int{
			rollout.AllAtOnce: 0, rollout.Rolling: 3, rollout.RollingWithAdditionalBatch: 4,
			rollout.Immutable: 4, rollout.TrafficSplitting: 4, rollout.BlueGreen: 4,
		} {
			for _, name := range []string{fault.ExitsAtStart, fault.NeverReady} {
				f := of(method, name)
				assert.False(t, f.Succeeds, method)
				assert.Equal(t, method == rollout.AllAtOnce, f.Loses, method)
				assert.Equal(t, left(old), f.Left, method)
			}
		}
	})
	t.Run("what passes the health checks is deployed", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{fault.SlowStart, fault.IgnoresSIGTERM} {
			f := of(rollout.Immutable, name)
			assert.True(t, f.Succeeds)
			assert.False(t, f.Loses)
			assert.Equal(t, map[string]int{"v2": 4}, f.Left)
		}
	})
	t.Run("a start that takes longer than the command timeout fails", func(t *testing.T) {
		t.Parallel()
		hasty := four.WithDefaults()
		hasty.CommandTimeout = 80e9
		assert.False(t, expected(scenario{hasty, fault.SlowStart}, "v1", "v2").Succeeds)
	})
	t.Run("errors put the release back", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{fault.ErrorsLater, fault.DropsKeepAlive, brokenMigration} {
			f := of(rollout.Rolling, name)
			assert.False(t, f.Succeeds, name)
			assert.True(t, f.Loses, name)
			assert.Equal(t, name == brokenMigration, f.Stays, name)
		}
	})
	t.Run("by blue/green, what is bad for a minute has been by the time of the trial, and what gets bad is seen in it", func(t *testing.T) {
		t.Parallel()
		early, later := of(rollout.BlueGreen, fault.ReadyTooEarly), of(rollout.BlueGreen, fault.ErrorsLater)
		assert.True(t, early.Succeeds)
		assert.False(t, early.Loses)
		assert.Equal(t, map[string]int{"v2": 4}, early.Left)
		assert.False(t, later.Succeeds)
		assert.False(t, later.Loses)
		assert.Equal(t, map[string]int{"v1": 4}, later.Left)
	})
	t.Run("where health is ignored, what never gets ready goes through, and the load balancer asks all", func(t *testing.T) {
		t.Parallel()
		for _, method := range rollout.Methods() {
			blind := four.With(method).WithDefaults()
			blind.IgnoreHealthCheck = true
			f := expected(scenario{blind, fault.NeverReady}, "v1", "v2")
			if method == rollout.BlueGreen { // Its trial asks for the readiness path all the same.
				assert.False(t, f.Succeeds)
				assert.Equal(t, map[string]int{"v1": 4}, f.Left)
				continue
			}
			assert.True(t, f.Succeeds, method)
			assert.Equal(t, method == rollout.AllAtOnce, f.Loses, method)
			assert.Equal(t, map[string]int{}, f.Left, method)
			assert.False(t, expected(scenario{blind, fault.ExitsAtStart}, "v1", "v2").Succeeds, method)
		}
	})
	t.Run("every fault says what users see and what prevents it", func(t *testing.T) {
		t.Parallel()
		for _, name := range faultNames() {
			if f := of(rollout.Rolling, name); name != allFaults {
				assert.NotEmpty(t, f.Effect, name)
				assert.NotEmpty(t, f.Prevention, name)
			}
		}
	})
}
