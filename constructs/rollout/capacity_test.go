package rollout_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// With one connection for each instance, the database needs as many as there are instances at any moment.
func TestConnectionsAndAddressesAreEnoughForEveryReleaseAndPlatformUpdate(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
		p.Fleet.Desired = p.Fleet.Max
		most := 2 * p.Fleet.Max // a managed platform update is immutable whatever the method is
		for _, s := range p.Plan() {
			most = max(most, s.Old+s.New+s.Out)
		}
		p.Connections = rollout.Connections{PerInstance: 1, Limit: most - 1 + limits.ReservedConnections}
		p.Subnets = rollout.Subnets{Addresses: (most+1)/2 - 1 + limits.ReservedAddresses}
		rules := rulesOf(p)
		require.Contains(t, rules, "rollout/database-connections", "%+v", p)
		require.Contains(t, rules, "rollout/subnet-addresses", "%+v", p)

		// Two environments, each of them doubled; in 2 zones, with the odd instance of all in the same.
		p.Connections.Limit = 4*p.Fleet.Max + limits.ReservedConnections
		p.Subnets.Addresses = 4*((p.Fleet.Max+1)/2) + limits.ReservedAddresses
		rules = rulesOf(p)
		require.NotContains(t, rules, "rollout/database-connections", "%+v", p)
		require.NotContains(t, rules, "rollout/subnet-addresses", "%+v", p)
	})
}

func TestLoadBalancersTakeAddressesOfSharedSubnetsOnly(t *testing.T) {
	t.Parallel()
	const own = limits.ReservedAddresses + limits.BalancerAddresses
	p := rollout.Policy{Subnets: rollout.Subnets{Addresses: 4 + own, Shared: true}}
	assert.NoError(t, p.Validate(), "8 instances in 2 zones")
	p.Subnets.Addresses--
	assert.ErrorContains(t, p.Validate(), "rollout/subnet-addresses")
	p.Subnets.Shared = false
	assert.NoError(t, p.Validate())
	green := rollout.Policy{Method: rollout.BlueGreen, Subnets: rollout.Subnets{Addresses: 6 + own, Shared: true}}
	assert.ErrorContains(t, green.Validate(), "rollout/subnet-addresses", "BlueGreen has two load balancers")
}

// Whatever is accepted, the instances that a release or a change of settings leaves in service stay below
// the load at which more are needed, from the load on at which none is to spare.
func TestWhatIsLeftInServiceCarriesTheLoad(t *testing.T) {
	t.Parallel()
	for _, thresholds := range [][2]int{{25, 70}, {40, 70}, {50, 60}, {10, 90}} {
		everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
			p.Fleet.ScaleIn, p.Fleet.ScaleOut = thresholds[0], thresholds[1]
			for p.MinInService = range p.Fleet.Max {
				if p.Validate() != nil {
					continue
				}
				left := []int{p.Floor(), p.ConfigurationFloor()}
				if value(p, "DeploymentPolicy") == "Rolling" { // of both environments of BlueGreen too
					batch, err := strconv.Atoi(value(p, "BatchSize"))
					require.NoError(t, err)
					left = append(left, p.Fleet.Min-batch)
				}
				for _, n := range left {
					require.Less(t, p.Fleet.ScaleIn*p.Fleet.Min, p.Fleet.ScaleOut*n, "%+v", p)
				}
			}
		})
	}
}

func TestAnInstanceThatIsAddedIsNotRemovedAgain(t *testing.T) {
	t.Parallel()
	for in := 1; in < 99; in++ {
		for out := in + 1; out <= 99; out++ {
			p := rollout.Policy{Method: rollout.Immutable, Fleet: rollout.Fleet{Min: 2, Max: 4, ScaleIn: in, ScaleOut: out}}
			if p.Validate() == nil {
				require.Greater(t, 2*out, 3*in, "the load of 2 on 3 instances")
			} else {
				require.LessOrEqual(t, 2*out, 3*in)
			}
		}
	}
}

// A fleet that never scales needs enough instances in service too.
func TestABatchThatLeavesAFixedFleetOverloadedIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fleet, batch int
		refused      bool
	}{{2, 1, false}, {3, 1, false}, {3, 2, true}, {4, 2, false}, {4, 3, true}, {10, 6, false}, {10, 7, true}, {10, 9, true}, {100, 64, false}, {100, 99, true}} {
		t.Run(fmt.Sprintf("%d of %d", c.batch, c.fleet), func(t *testing.T) {
			t.Parallel()
			rules := rulesOf(rollout.Policy{BatchSize: c.batch, Fleet: fleet(c.fleet, c.fleet)})
			_, refused := rules["rollout/batch-overloads-the-rest"]
			assert.Equal(t, c.refused, refused)
		})
	}
}
