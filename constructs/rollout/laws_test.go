package rollout_test

import (
	"fmt"
	"strconv"
	"testing"

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
		case rollout.BlueGreen:
			inPlace = fleet
		}
		require.LessOrEqual(t, peak, allowed, "never more in service than fleet and method allow: %s", name)
		require.Equal(t, inPlace, covered, "the batches cover the fleet exactly: %s", name)
		require.Positive(t, plan.Deployment(), name)

		require.Equal(t, rollout.Bake, last.Action, "every plan ends with the bake: %s", name)
		require.Equal(t, plan.Deployment()+last.Duration, plan.Duration(), "the deployment is all but the bake: %s", name)
	})
}

func TestBlueGreenKeepsTheOldFleetUntilUsersAreGone(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		if p.Method != rollout.BlueGreen {
			return
		}
		for _, p.ShrinkIdle = range []bool{false, true} {
			fleet, swapped, plan := p.Fleet.Desired, false, p.Plan()
			for _, s := range plan {
				swapped = swapped || s.Action == rollout.Swap
				if !swapped {
					require.Equal(t, fleet, s.Old, "the old fleet serves alone until the swap: %+v", p)
					require.GreaterOrEqual(t, s.Out, fleet, "the idle environment is as large: %+v", p)
				}
				if s.Action == rollout.Watch || s.Action == rollout.Bake {
					require.Equal(t, fleet, s.Out, "the old fleet is kept for a rollback: %+v", p)
				}
			}
			if p.ShrinkIdle {
				require.Equal(t, 1, plan[len(plan)-1].Out, "the idle environment shrinks: %+v", p)
			}
			require.True(t, swapped)
		}
	})
}

func TestTheWayBackTakesNoLongerThanARelease(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		back := p.WayBack()
		require.NotEmpty(t, back.How)
		require.Positive(t, back.Takes)
		require.LessOrEqual(t, back.Takes, p.Plan().Deployment(), "%+v", p)
		if p.Method != rollout.BlueGreen {
			require.Equal(t, p.Plan().Deployment(), back.Takes, "the previous version is released like any other: %+v", p)
		}
	})
}

func TestFloorHoldsForEveryFleetSize(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		require.GreaterOrEqual(t, p.Plan().Floor(), p.Floor(), "a larger fleet never serves with less: %+v", p)
		p.Fleet.Desired = p.Fleet.Min
		require.Equal(t, p.Plan().Floor(), p.Floor(), "%+v", p)
	})
}

func TestAcceptedPoliciesKeepServing(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		require.Equal(t, p.Floor() == 0, p.DowntimeExpected(), "%+v", p)
		require.Equal(t, max(1, p.Floor()), p.HealthyFloor(), "%+v", p)
		if p.Validate() == nil {
			require.Positive(t, p.Floor(), "%+v", p)
			require.Positive(t, p.ConfigurationFloor(), "%+v", p)
			return
		}
		for rule := range rulesOf(p) {
			require.Contains(t, []string{"rollout/all-at-once", "rollout/batch-takes-all", "rollout/configuration-update-takes-all",
				"rollout/batch-overloads-the-rest"}, rule, "nothing else refuses a small fleet in range: %+v", p)
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
