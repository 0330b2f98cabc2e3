package rollout_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// everySmallFleet runs the law for every method, minimum, maximum, desired size and batch up to 6.
func everySmallFleet(t *testing.T, law func(t *testing.T, p rollout.Policy)) {
	t.Helper()
	const most = 6
	for _, method := range rollout.Methods() {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			for minimum := 1; minimum <= most; minimum++ {
				for maximum := minimum; maximum <= most; maximum++ {
					for desired := minimum; desired <= maximum; desired++ {
						for batch := 1; batch <= maximum; batch++ {
							law(t, rollout.Policy{Method: method, BatchSize: batch,
								Fleet: rollout.Fleet{Min: minimum, Max: maximum, Desired: desired}})
						}
					}
				}
			}
		})
	}
}

func TestLaws(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		plan, fleet := p.Plan(), p.Fleet.Desired
		name := fmt.Sprintf("%+v", p)

		last := plan[len(plan)-1]
		require.Equal(t, []int{0, fleet}, []int{last.Old, last.New}, "every plan ends with all instances on the new version: %s", name)

		floor := plan[0].InService()
		covered, peak := 0, 0
		for _, s := range plan {
			require.True(t, s.Old >= 0 && s.New >= 0 && s.Out >= 0, "no negative count: %s %+v", name, s)
			require.NotEmpty(t, s.IfFails, "every step says what its failure leaves: %s", name)
			floor = min(floor, s.InService())
			peak = max(peak, s.InService())
			if s.Action == rollout.Deploy {
				covered += s.Instances
			}
		}
		require.Equal(t, floor, plan.Floor(), "the floor is the least in service of all steps: %s", name)

		allowed, inPlace := 2*fleet, 0
		switch p.Method {
		case rollout.AllAtOnce, rollout.Rolling:
			allowed, inPlace = fleet, fleet
		case rollout.RollingWithAdditionalBatch:
			allowed, inPlace = fleet+min(p.BatchSize, fleet), fleet
		}
		require.LessOrEqual(t, peak, allowed, "never more in service than fleet and method allow: %s", name)
		require.Equal(t, inPlace, covered, "the batches cover the fleet exactly: %s", name)
		require.Positive(t, plan.Duration(), name)
	})
}

func TestFloorHoldsForEveryFleetSize(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		require.GreaterOrEqual(t, p.Plan().Floor(), p.Floor(), "a larger fleet never serves with less: %+v", p)
	})
}

func TestAcceptedPoliciesKeepServing(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		if p.Method == rollout.BlueGreen {
			return // refused below
		}
		if p.Validate() == nil {
			require.Positive(t, p.Floor(), "%+v", p)
			require.Positive(t, p.ConfigurationFloor(), "%+v", p)
		} else {
			require.True(t, p.Floor() == 0 || p.ConfigurationFloor() == 0, "only downtime refuses a small fleet in range: %+v", p)
		}
	})
}

func TestEverySettingIsEmittedByEveryMethod(t *testing.T) {
	t.Parallel()
	type option struct{ namespace, name string }
	options := func(p rollout.Policy) (all []option) {
		for _, s := range p.Settings() {
			all = append(all, option{s.Namespace, s.Name})
		}
		return all
	}
	want := options(rollout.Policy{})
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		require.Equal(t, want, options(p), "an option left out would keep the value of another method")
		for _, s := range p.Settings() {
			require.NotEmpty(t, s.Value, s.Name)
		}
	})
}

func TestSettingsStayInBeanstalksRanges(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		n := map[string]int{}
		for _, s := range p.Settings() {
			n[s.Name], _ = strconv.Atoi(s.Value)
		}
		require.LessOrEqual(t, n["BatchSize"], p.Fleet.Max)
		require.GreaterOrEqual(t, n["MaxBatchSize"], 1)
		if p.Fleet.Max > 1 {
			require.Less(t, n["MinInstancesInService"], p.Fleet.Max, "Auto Scaling refuses a minimum in service that is not below the maximum")
		}
	})
}

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
		assert.Equal(t, "batch 2 is out of service, 1 of 3 on the new version, 1 on the old; deploy a good version to heal", plan[4].IfFails)
	})
	t.Run("estimates are the sum of the documented waits", func(t *testing.T) {
		t.Parallel()
		// Two batches of: drain 60 s, deploy 60 s, first check 10 s, confirmation 120 s.
		assert.Equal(t, 2*250*time.Second, rollout.Policy{}.Plan().Duration())
		slow := rollout.Policy{Method: rollout.TrafficSplitting, Evaluation: 30 * time.Minute}.Plan().Duration()
		fast := rollout.Policy{Method: rollout.TrafficSplitting, Evaluation: 3 * time.Minute}.Plan().Duration()
		assert.Equal(t, 27*time.Minute, slow-fast)
	})
}

func TestConfigurationFloor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method            rollout.Method
		min, max, want    int
		updateType, batch string
	}{
		{rollout.Rolling, 2, 4, 2, "Health", "1"},
		{rollout.Rolling, 2, 2, 1, "Health", "1"},
		{rollout.RollingWithAdditionalBatch, 3, 3, 2, "Health", "1"},
		{rollout.Immutable, 2, 2, 2, "Immutable", "1"},
		{rollout.TrafficSplitting, 2, 4, 2, "Immutable", "2"},
	} {
		p := rollout.Policy{Method: c.method, Fleet: rollout.Fleet{Min: c.min, Max: c.max}}
		assert.Equal(t, c.want, p.ConfigurationFloor(), "%+v", c)
		assert.Equal(t, c.updateType, value(p, "RollingUpdateType"), "%+v", c)
		assert.Equal(t, c.batch, value(p, "MaxBatchSize"), "%+v", c)
	}
}

func value(p rollout.Policy, option string) string {
	for _, s := range p.Settings() {
		if s.Name == option {
			return s.Value
		}
	}
	return ""
}

func TestSummary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy rollout.Policy
		want   string
	}{
		{rollout.Policy{}, "Rolling, 1 of 2 at a time: at least 1 of 2 instances serve during a release"},
		{rollout.Policy{Method: rollout.RollingWithAdditionalBatch}, "RollingWithAdditionalBatch, 1 of 2 at a time: at least 2 of 2 instances serve during a release"},
		{rollout.Policy{Method: rollout.Immutable}, "Immutable: at least 2 of 2 instances serve during a release"},
		{rollout.Policy{Method: rollout.TrafficSplitting}, "TrafficSplitting, 10 % of requests for 5 minutes first: at least 2 of 2 instances serve during a release"},
		{rollout.Policy{Method: rollout.AllAtOnce, AllowDowntime: true, DowntimeReason: "a demo"},
			"AllAtOnce: no instance serves for a while during a release (allowed: a demo)"},
	} {
		assert.Equal(t, c.want, c.policy.Summary())
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `Rolling, 1 of 2 at a time: at least 1 of 2 instances serve during a release

step  action    batch  old  new  out  in service  takes about
1     drain     1      1    0    1    #.          1 min 00 s
2     deploy    1      1    0    1    #.          1 min 00 s
3     register  1      1    0    1    #.          10 s
4     confirm   1      1    1    0    #*          2 min 00 s
5     drain     2      0    1    1    *.          1 min 00 s
6     deploy    2      0    1    1    *.          1 min 00 s
7     register  2      0    1    1    *.          10 s
8     confirm   2      0    2    0    **          2 min 00 s

# old version, * new version, . not in service; 2 instances when the release begins
A release takes about 8 min 20 s. While settings change, at least 2 of 2 instances serve.

If it fails:
  in step 1 to 4: batch 1 is out of service, 0 of 2 on the new version, 1 on the old; deploy a good version to heal
  in step 5 to 8: batch 2 is out of service, 1 of 2 on the new version, 0 on the old; deploy a good version to heal
`, rollout.Policy{}.Describe())
}

func TestCompare(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `method                      takes about  least in service  most instances  extra instance-minutes  way back                                 a failed deployment leaves
AllAtOnce                   3 min 10 s   0 of 2            2               0                       redeploy                                 downtime
Rolling                     8 min 20 s   1 of 2            2               0                       redeploy                                 one batch out of service, earlier batches on the new version
RollingWithAdditionalBatch  15 min 30 s  2 of 2            3               15                      redeploy                                 minimal if the first batch fails, else like Rolling
Immutable (yours)           13 min 20 s  2 of 2            4               20                      redeploy (new instances are terminated)  minimal
TrafficSplitting            12 min 10 s  2 of 2            4               24                      traffic back to the old fleet            the share of traffic that was on the new version
BlueGreen                   7 min 00 s   2 of 2            4               14                      swap URL                                 minimal
`, rollout.Policy{Method: rollout.Immutable}.Compare())
}

func TestMethodTable(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `| method | deploy time (1 fastest) | zero downtime | rollback | code deployed to | a failed deployment leaves |
|---|---|---|---|---|---|
| AllAtOnce | 1 | no | redeploy | existing instances | downtime |
| Rolling | 2, by batch size | yes | redeploy | existing instances | one batch out of service, earlier batches on the new version |
| RollingWithAdditionalBatch | 3, by batch size | yes | redeploy | new and existing | minimal if the first batch fails, else like Rolling |
| Immutable | 4 | yes | redeploy (new instances are terminated) | new instances | minimal |
| TrafficSplitting | 4, plus evaluation time | yes | traffic back to the old fleet | new instances | the share of traffic that was on the new version |
| BlueGreen | 5 | yes | swap URL | new environment | minimal |
`, rollout.MethodTable())
}
