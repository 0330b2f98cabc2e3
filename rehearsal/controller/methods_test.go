//go:build unix && slow

package controller_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/controller"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/rehearsaltest"
)

func TestPlanAndMeasurementAgree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		method rollout.Method
		mutate func(*rollout.Policy)
	}{
		{"AllAtOnce", rollout.AllAtOnce, nil},
		{"Rolling", rollout.Rolling, func(p *rollout.Policy) { p.BatchSize = 2 }},
		{"RollingWithAdditionalBatch", rollout.RollingWithAdditionalBatch, func(p *rollout.Policy) { p.BatchSize = 2 }},
		{"Immutable", rollout.Immutable, nil},
		{"TrafficSplitting", rollout.TrafficSplitting, func(p *rollout.Policy) { p.TrafficPercent = 20 }},
		{"BlueGreen", rollout.BlueGreen, nil},
		{"BlueGreen with a shrunk idle environment", rollout.BlueGreen, func(p *rollout.Policy) { p.ShrinkIdle = true }},
		{"BlueGreen of one", rollout.BlueGreen, func(p *rollout.Policy) { p.Fleet = rollout.Fleet{Min: 1, Max: 2} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			release := newRelease(c.method)
			if c.mutate != nil {
				c.mutate(&release.Policy)
			}
			plan := release.Policy.Plan()
			outcome, _, users := rehearse(t, release)
			assert.True(t, outcome.Succeeded, outcome.Reason)
			assert.Equal(t, -1, outcome.Failed)
			assert.Equal(t, map[string]int{"v2": release.Policy.WithDefaults().Fleet.Desired}, outcome.Left)
			assert.Nil(t, outcome.WayBack)
			asPlanned(t, plan, outcome)
			assert.GreaterOrEqual(t, outcome.Took, scaled(plan.Duration())*8/10)
			assert.Positive(t, users.of("v2"))
			if plan.Floor() == 0 {
				assert.Positive(t, users.failed.Load(), "downtime shows")
				return
			}
			assert.Positive(t, users.of("v1"))
			assert.Zero(t, users.failed.Load(), "of %d requests", users.requests.Load())
		})
	}
}

func scaled(d time.Duration) time.Duration { return d / speed }

func TestEventsTellTheStory(t *testing.T) {
	t.Parallel()
	release := newRelease(rollout.Rolling)
	release.Policy.Fleet = rollout.Fleet{Min: 2, Max: 4}
	outcome, s, _ := rehearse(t, release)
	assert.True(t, outcome.Succeeded, outcome.Reason)
	var texts []string
	for _, event := range s.events {
		if event.Text != "" {
			texts = append(texts, event.Text)
		}
	}
	assert.Equal(t, []string{
		"2 instances start with v1", "2 instances serve v1",
		"drain batch 1, 1 instance", "deploy batch 1, 1 instance", "register batch 1, 1 instance", "confirm batch 1, 1 instance",
		"drain batch 2, 1 instance", "deploy batch 2, 1 instance", "register batch 2, 1 instance", "confirm batch 2, 1 instance",
		"bake, 2 instances",
	}, texts)
	for i, event := range s.events[1:] {
		assert.False(t, event.At.Before(s.events[i].At), "in order")
		assert.LessOrEqual(t, event.Old+event.New+event.Out, 2)
	}
}

// A share of the requests on trial is that share.
func TestTrialShare(t *testing.T) {
	t.Parallel()
	release := newRelease(rollout.TrafficSplitting)
	release.Policy.TrafficPercent, release.Policy.Evaluation = 25, 6*time.Minute
	s := prepare(t, release)
	var before, during *seen
	done := make(chan controller.Outcome)
	go func() {
		outcome, err := s.Run(t.Context())
		assert.NoError(t, err)
		done <- outcome
	}()
	before, stop := load(t, s.url)
	s.await(t, rollout.Evaluate)
	stop()
	during, stop = load(t, s.url)
	s.await(t, rollout.Shift)
	stop()
	total, fresh := during.of("v1")+during.of("v2"), during.of("v2")
	assert.Positive(t, before.of("v1"))
	assert.InDelta(t, float64(total)/4, fresh, 4, "of %d", total)
	assert.True(t, (<-done).Succeeded)
}

func (s *stage) await(t *testing.T, action rollout.Action) {
	t.Helper()
	assert.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.events) > 0 && s.events[len(s.events)-1].Action == action
	}, 30*time.Second, time.Millisecond)
}

// The time that an application takes is not compressed: what it finishes within the real delay and the
// real command timeout is not lost at any speed.
func TestAnApplicationTakesItsTime(t *testing.T) {
	t.Parallel()
	release := newRelease(rollout.Rolling, "DELAY=3s")
	release.Policy.Fleet = rollout.Fleet{Min: 2, Max: 4}
	release.Policy.CommandTimeout = 10 * time.Minute // Compressed 1 s.
	release.From.Command = rehearsaltest.App("DELAY=3s")
	s := prepare(t, release)
	users, client := &seen{}, &http.Client{Transport: &http.Transport{}}
	var asking sync.WaitGroup
	for range 4 { // As long as many drains.
		asking.Go(func() { users.meet(client, s.url+"/?takes=3s") })
	}
	time.Sleep(100 * time.Millisecond)
	outcome, err := s.Run(t.Context())
	require.NoError(t, err)
	asking.Wait()
	client.CloseIdleConnections()
	assert.True(t, outcome.Succeeded, outcome.Reason)
	assert.Zero(t, users.failed.Load())
}
