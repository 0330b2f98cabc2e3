package rollout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	t.Run("rolling takes one of two out, twice", func(t *testing.T) {
		t.Parallel()
		var got []string
		for _, s := range (rollout.Policy{}).Plan() {
			got = append(got, fmt.Sprintf("%d %s old=%d new=%d out=%d", s.Batch, s.Action, s.Old, s.New, s.Out))
		}
		assert.Equal(t, []string{
			"1 drain old=1 new=0 out=1", "1 deploy old=1 new=0 out=1", "1 register old=1 new=0 out=1", "1 confirm old=1 new=1 out=0",
			"2 drain old=0 new=1 out=1", "2 deploy old=0 new=1 out=1", "2 register old=0 new=1 out=1", "2 confirm old=0 new=2 out=0",
			"0 bake old=0 new=2 out=0",
		}, got)
	})
	t.Run("the last batch may be smaller", func(t *testing.T) {
		t.Parallel()
		p := rollout.Policy{BatchSize: 2, Fleet: rollout.Fleet{Min: 5, Max: 5}}
		var sizes []int
		for _, s := range p.Plan() {
			if s.Action == rollout.Deploy {
				sizes = append(sizes, s.Instances)
			}
		}
		assert.Equal(t, []int{2, 2, 1}, sizes)
		assert.Equal(t, 3, p.Floor())
	})
	t.Run("a failure says which batch is out", func(t *testing.T) {
		t.Parallel()
		plan := rollout.Policy{Fleet: rollout.Fleet{Min: 3}}.Plan()
		assert.Equal(t, "batch 2 is out of service, 1 of 3 on the new version, 1 on the old; the pipeline deploys the previous version again", plan[4].IfFails)
	})
	t.Run("estimates are the sum of the documented waits", func(t *testing.T) {
		t.Parallel()
		// Two batches of: drain 60 s, deploy 60 s, first check 10 s, confirmation 120 s.
		assert.Equal(t, 2*250*time.Second, rollout.Policy{}.Plan().Deployment())
		assert.Equal(t, 2*250*time.Second+10*time.Minute, rollout.Policy{}.Plan().Duration())
		slow := rollout.Policy{Method: rollout.TrafficSplitting, Evaluation: 30 * time.Minute}.Plan().Duration()
		fast := rollout.Policy{Method: rollout.TrafficSplitting, Evaluation: 3 * time.Minute}.Plan().Duration()
		assert.Equal(t, 27*time.Minute, slow-fast)
	})
}

func TestBlueGreenPlan(t *testing.T) {
	t.Parallel()
	steps := func(p rollout.Policy) (got []string) {
		p.Method = rollout.BlueGreen
		for _, s := range p.Plan() {
			got = append(got, fmt.Sprintf("%s %d old=%d new=%d out=%d", s.Action, s.Instances, s.Old, s.New, s.Out))
		}
		return got
	}
	t.Run("the idle fleet is updated in batches of half the minimum", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, []string{
			"drain 2 old=4 new=0 out=4", "deploy 2 old=4 new=0 out=4", "register 2 old=4 new=0 out=4", "confirm 2 old=4 new=0 out=4",
			"drain 2 old=4 new=0 out=4", "deploy 2 old=4 new=0 out=4", "register 2 old=4 new=0 out=4", "confirm 2 old=4 new=0 out=4",
			"trial 4 old=4 new=0 out=4", "swap 4 old=4 new=4 out=0", "watch 4 old=0 new=4 out=4", "bake 4 old=0 new=4 out=4",
		}, steps(rollout.Policy{Fleet: rollout.Fleet{Min: 4}}))
	})
	t.Run("a shrunk one grows before and shrinks after", func(t *testing.T) {
		t.Parallel()
		got := steps(rollout.Policy{ShrinkIdle: true, Fleet: rollout.Fleet{Min: 4}})
		assert.Equal(t, []string{"launch 3 old=4 new=0 out=4", "register 3 old=4 new=0 out=4", "confirm 3 old=4 new=0 out=4"}, got[:3])
		assert.Equal(t, []string{"watch 4 old=0 new=4 out=4", "bake 4 old=0 new=4 out=4", "terminate 3 old=0 new=4 out=1"}, got[len(got)-3:])
	})
	t.Run("with a minimum of one, an instance is launched first", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, []string{
			"launch 1 old=1 new=0 out=2", "register 1 old=1 new=0 out=2", "confirm 1 old=1 new=0 out=2",
			"drain 1 old=1 new=0 out=2", "deploy 1 old=1 new=0 out=2", "register 1 old=1 new=0 out=2", "confirm 1 old=1 new=0 out=2",
			"drain 1 old=1 new=0 out=2", "terminate 1 old=1 new=0 out=1",
			"trial 1 old=1 new=0 out=1", "swap 1 old=1 new=1 out=0", "watch 1 old=0 new=1 out=1", "bake 1 old=0 new=1 out=1",
		}, steps(rollout.Policy{Fleet: rollout.Fleet{Min: 1}}))
	})
}

func TestWayBack(t *testing.T) {
	t.Parallel()
	const again = "the pipeline deploys the previous version again"
	for _, c := range []struct {
		policy rollout.Policy
		how    string
		takes  time.Duration
	}{
		{rollout.Policy{}, again, 500 * time.Second},
		{rollout.Policy{Method: rollout.AllAtOnce}, again, 190 * time.Second},
		{rollout.Policy{Method: rollout.Immutable}, again, 800 * time.Second},
		{rollout.Policy{Method: rollout.TrafficSplitting}, again + "; during the evaluation its requests go back at once", 730 * time.Second},
		{rollout.Policy{Method: rollout.BlueGreen}, "the addresses of the two environments are swapped back", 70 * time.Second},
		{rollout.Policy{Method: rollout.BlueGreen, ShrinkIdle: true}, "the idle environment grows again and the addresses are swapped back", 440 * time.Second},
		{rollout.Policy{Method: rollout.BlueGreen, ShrinkIdle: true, Fleet: rollout.Fleet{Min: 1}}, "the addresses of the two environments are swapped back", 70 * time.Second},
	} {
		assert.Equal(t, rollout.WayBack{How: c.how, Takes: c.takes}, c.policy.WayBack(), "%+v", c.policy)
	}
}
