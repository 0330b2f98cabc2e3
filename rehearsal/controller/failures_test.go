//go:build unix && slow

package controller_test

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/controller"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/rehearsaltest"
)

// What a version that never becomes ready leaves, by method, and how it heals.
func TestAFailedDeploymentLeaves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method rollout.Method
		left   map[string]int
		heals  bool // there is something for the pipeline to do
	}{
		{rollout.AllAtOnce, map[string]int{}, true},
		{rollout.Rolling, map[string]int{"v1": 1}, true},
		{rollout.RollingWithAdditionalBatch, map[string]int{"v1": 2}, true},
		{rollout.Immutable, map[string]int{"v1": 2}, true},
		{rollout.TrafficSplitting, map[string]int{"v1": 2}, true},
		{rollout.BlueGreen, map[string]int{"v1": 2}, false},
	} {
		t.Run(string(c.method), func(t *testing.T) {
			t.Parallel()
			release := newRelease(c.method, "SICK=1")
			release.Policy.CommandTimeout, release.Heal = 15*time.Minute, true
			release.Policy.Fleet = rollout.Fleet{Min: 2, Max: 4}
			outcome, s, users := rehearse(t, release)
			assert.False(t, outcome.Succeeded)
			assert.Regexp(t, `^not healthy within the command timeout of 15m0s \(here [\d.]+s\): i-\d+ is (initial|unhealthy) `+
				`\(health checks failed with these codes: \[503\]\)`, outcome.Reason)
			assert.Equal(t, rollout.Register, outcome.Steps[outcome.Failed].Step.Action)
			assert.Equal(t, c.left, outcome.Left)
			if c.method != rollout.AllAtOnce {
				assert.Zero(t, users.failed.Load())
				assert.Zero(t, users.of("v2"), "nobody met the bad version")
			}
			if !c.heals {
				assert.Nil(t, outcome.WayBack)
				return
			}
			require.NotNil(t, outcome.WayBack)
			assert.True(t, outcome.WayBack.Succeeded, outcome.WayBack.Reason)
			assert.Equal(t, map[string]int{"v1": 2}, outcome.WayBack.Left)
			assert.True(t, s.events[len(s.events)-1].WayBack)
		})
	}
}

func TestAFailureInTheSecondBatchLeavesMixedVersions(t *testing.T) {
	t.Parallel()
	// The new version starts once and never again.
	release := newRelease(rollout.Rolling, "ONLY="+t.TempDir()+"/once")
	outcome, _, users := rehearse(t, release)
	assert.False(t, outcome.Succeeded)
	assert.Contains(t, outcome.Reason, "started before")
	assert.Equal(t, map[string]int{"v1": 1, "v2": 1}, outcome.Left)
	assert.Contains(t, outcome.Steps[outcome.Failed].Step.IfFails, "1 of 3 on the new version, 1 on the old")
	assert.Nil(t, outcome.WayBack, "not asked for")
	assert.Zero(t, users.failed.Load())
}

func TestACommandThatExitsFailsAtOnce(t *testing.T) {
	t.Parallel()
	for _, method := range []rollout.Method{rollout.Rolling, rollout.Immutable} {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			release := newRelease(method, "EXIT=1")
			release.Policy.CommandTimeout = time.Hour
			outcome, _, users := rehearse(t, release)
			assert.False(t, outcome.Succeeded)
			assert.Contains(t, outcome.Reason, "cannot work like this")
			assert.Less(t, outcome.Took, 3*time.Second)
			assert.Zero(t, users.failed.Load())
		})
	}
}

func TestAnInstanceThatEndsInConfirmation(t *testing.T) {
	t.Parallel()
	release := newRelease(rollout.Immutable, "LIFE=200ms")
	release.Policy.CommandTimeout = 6 * time.Minute
	outcome, _, _ := rehearse(t, release)
	assert.False(t, outcome.Succeeded)
	assert.Contains(t, outcome.Reason, "has exited")
	assert.Equal(t, map[string]int{"v1": 3}, outcome.Left)
}

func TestIgnoreHealthCheckGoesOn(t *testing.T) {
	t.Parallel()
	release := newRelease(rollout.Rolling, "SICK=1")
	release.Policy.CommandTimeout, release.Policy.IgnoreHealthCheck = 3*time.Minute, true
	release.Policy.Fleet = rollout.Fleet{Min: 2, Max: 4}
	outcome, s, users := rehearse(t, release)
	assert.True(t, outcome.Succeeded)
	assert.Empty(t, outcome.Left, "nothing is healthy")
	assert.Zero(t, outcome.Floor)
	assert.Zero(t, users.failed.Load(), "the load balancer fails open")
	var overlooked int
	for _, event := range s.events {
		if len(event.Text) > 10 && event.Text[:10] == "overlooked" {
			overlooked++
		}
	}
	assert.GreaterOrEqual(t, overlooked, 2)
}

// Users who are hurt while a release bakes get the previous version back.
func TestTheBakeBringsThePreviousVersionBack(t *testing.T) {
	t.Parallel()
	for _, method := range []rollout.Method{rollout.Rolling, rollout.TrafficSplitting, rollout.BlueGreen} {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			var s *stage
			var asked atomic.Int32
			release := newRelease(method)
			release.Policy.ShrinkIdle = method == rollout.BlueGreen
			release.Policy.Fleet = rollout.Fleet{Min: 2, Max: 4}
			release.Hurt = func() bool {
				s.mu.Lock()
				defer s.mu.Unlock()
				return s.events[len(s.events)-1].Action == rollout.Bake && asked.Add(1) > 2
			}
			s = prepare(t, release)
			users, stop := load(t, s.url)
			outcome, err := s.Run(t.Context())
			stop()
			require.NoError(t, err)
			assert.False(t, outcome.Succeeded)
			assert.Equal(t, "users met errors during the bake", outcome.Reason)
			assert.Equal(t, map[string]int{"v2": 2}, outcome.Left)
			require.NotNil(t, outcome.WayBack)
			assert.True(t, outcome.WayBack.Succeeded, outcome.WayBack.Reason)
			assert.Equal(t, map[string]int{"v1": 2}, outcome.WayBack.Left)
			assert.Zero(t, users.failed.Load())
		})
	}
}

func TestTheWatchSwapsBack(t *testing.T) {
	t.Parallel()
	var s *stage
	release := newRelease(rollout.BlueGreen)
	release.Hurt = func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.events[len(s.events)-1].Action == rollout.Watch
	}
	s = prepare(t, release)
	outcome, err := s.Run(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "users met errors during the watch", outcome.Reason)
	require.NotNil(t, outcome.WayBack)
	asPlanned(t, steps(*outcome.WayBack), *outcome.WayBack)
	assert.Equal(t, map[string]int{"v1": 3}, outcome.WayBack.Left)
}

func steps(outcome controller.Outcome) (plan rollout.Plan) {
	for _, m := range outcome.Steps {
		plan = append(plan, m.Step)
	}
	return plan
}

func TestPrepareNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	release := newRelease(rollout.Rolling)
	release.From.Command = rehearsaltest.App("EXIT=1")
	f, err := fleet.New(t.TempDir())
	require.NoError(t, err)
	defer f.Close()
	b := balancer.New(release.Balancer())
	defer b.Close()
	_, err = controller.Run(t.Context(), release, b, f, nil)
	assert.ErrorContains(t, err, "the version that is to be replaced does not start: instance i-")
}

// A rehearsal that is cancelled ends within a second and leaves nothing.
func TestCancelledAtRandomPoints(t *testing.T) {
	t.Parallel()
	var point atomic.Int32
	methods := rollout.Methods()
	for range 4 {
		t.Run("lane", func(t *testing.T) {
			t.Parallel()
			for range 5 {
				method := methods[int(point.Add(1))%len(methods)]
				mark := rehearsaltest.Mark(t)
				release := newRelease(method, mark)
				release.From.Command = rehearsaltest.App(mark, "STUBBORN=1")
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(900*600/speed))*time.Millisecond)
				f, err := fleet.New(t.TempDir())
				require.NoError(t, err)
				b := balancer.New(release.Balancer())
				_, err = controller.Run(ctx, release, b, f, nil)
				due, _ := ctx.Deadline()
				f.Close()
				b.Close()
				assert.Error(t, err)
				assert.Less(t, time.Since(due), time.Second, "%s", method)
				rehearsaltest.Gone(t, mark)
				cancel()
			}
		})
	}
}
