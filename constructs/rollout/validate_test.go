package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

func TestRefusals(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		policy rollout.Policy
		want   string
	}{
		{rollout.Policy{Method: "Canary"},
			`rollout/unknown-method: unknown method "Canary"; use Rolling, RollingWithAdditionalBatch, Immutable, TrafficSplitting, or BlueGreen`},
		{rollout.Policy{BatchSize: 2},
			"rollout/batch-takes-all: Rolling with batch 2 of minimum 2 leaves 0 instances in service; use batch 1, minimum 4, or RollingWithAdditionalBatch"},
		{rollout.Policy{Fleet: fleet(1, 4)},
			"rollout/batch-takes-all: Rolling with batch 1 of minimum 1 leaves 0 instances in service; use minimum 2 or RollingWithAdditionalBatch"},
		{rollout.Policy{Method: rollout.RollingWithAdditionalBatch, Fleet: fleet(1, 1)},
			"rollout/configuration-update-takes-all: a change of settings with maximum 1 leaves 0 instances in service, for there is no room for a replacement; use maximum 2 or Immutable"},
		{rollout.Policy{Method: rollout.AllAtOnce},
			"rollout/all-at-once: AllAtOnce leaves 0 of 2 instances in service; use Rolling, or set allowDowntime to true and say why in downtimeReason"},
		{rollout.Policy{Method: rollout.AllAtOnce, AllowDowntime: true, DowntimeReason: " "},
			"rollout/downtime-without-reason: downtime is allowed without a reason; say why in downtimeReason"},
		{rollout.Policy{Method: rollout.AllAtOnce, AllowDowntime: true, DowntimeReason: "TODO"},
			`rollout/downtime-without-reason: downtime is allowed without a reason ("TODO" is a refusal or explains nothing; use two words or more); say why in downtimeReason`},
		{rollout.Policy{IgnoreHealthCheck: true, IgnoreHealthCheckReason: "none"},
			`rollout/ignore-health-check-without-reason: health checks are ignored without a reason ("none" is a refusal or explains nothing; use two words or more); say why in ignoreHealthCheckReason, or remove ignoreHealthCheck and remove ignoreHealthCheckReason`},
		{rollout.Policy{DowntimeReason: "a demo"},
			"rollout/reason-without-downtime: a reason for downtime is given but downtime is not allowed; remove downtimeReason"},
		{rollout.Policy{Fleet: fleet(4, 2)}, "rollout/fleet-order: minimum 4 is above maximum 2; use maximum 4"},
		{rollout.Policy{Fleet: fleet(-1, 2)}, "rollout/minimum-range: minimum -1 is outside 1 to 10000; use 2"},
		{rollout.Policy{Fleet: fleet(2, 10001)}, "rollout/maximum-range: maximum 10001 is outside 1 to 10000; use 14"},
		{rollout.Policy{Fleet: rollout.Fleet{Min: 2, Max: 4, Desired: 5}}, "rollout/desired-range: desired 5 is outside 2 to 4; use desired 4"},
		{rollout.Policy{BatchSize: 5, Fleet: fleet(2, 4)}, "rollout/batch-range: batch 5 is outside 1 to the maximum of 4 instances; use batch 1"},
		{rollout.Policy{TrafficPercent: 101}, "rollout/traffic-range: traffic share 101 is outside 1 to 100; use 100"},
		{rollout.Policy{Evaluation: time.Minute}, "rollout/evaluation-range: evaluation 1 minute is outside 3 minutes to 600 minutes; use 3 minutes"},
		{rollout.Policy{Evaluation: 330 * time.Second}, "rollout/evaluation-range: evaluation 330 s is not in whole minutes; use 5 minutes"},
		{rollout.Policy{Health: rollout.HealthCheck{Path: "healthz"}},
			`rollout/health-path: health check path "healthz" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{rollout.Policy{Health: rollout.HealthCheck{Interval: time.Second}},
			"rollout/health-interval-range: health check interval 1 s is outside 5 s to 300 s; use 6 s"},
		{rollout.Policy{Health: rollout.HealthCheck{Timeout: 2 * time.Minute}},
			"rollout/health-timeout-range: health check timeout 120 s is outside 1 s to 60 s; use 9 s"},
		{rollout.Policy{Health: rollout.HealthCheck{Interval: 5 * time.Second}},
			"rollout/health-timeout: a health check may take 5 s but the next begins after 5 s; use an interval of 10 s"},
		{rollout.Policy{Health: rollout.HealthCheck{Healthy: 1}}, "rollout/healthy-range: healthy threshold 1 is outside 2 to 10; use 2"},
		{rollout.Policy{Health: rollout.HealthCheck{Unhealthy: 11}}, "rollout/unhealthy-range: unhealthy threshold 11 is outside 2 to 10; use 10"},
		{rollout.Policy{Drain: -time.Second}, "rollout/drain-range: deregistration delay -1 s is outside 1 s to 3600 s; use 60 s"},
		{rollout.Policy{Drain: 20 * time.Second},
			"rollout/drain-cuts-requests: a deregistration delay of 20 s cuts requests that the load balancer lets wait for 60 s; use a deregistration delay of 60 s or an idle timeout of 20 s"},
		{rollout.Policy{Drain: 10 * time.Minute},
			"rollout/drain-exceeds-command-timeout: draining for 600 s takes the whole command timeout of 600 s; use a command timeout of 840 s or a deregistration delay of 410 s"},
		{rollout.Policy{IdleTimeout: 2 * time.Hour}, "rollout/idle-timeout-range: idle timeout 7200 s is outside 1 s to 3600 s; use 60 s"},
		{rollout.Policy{CommandTimeout: 90 * time.Minute}, "rollout/command-timeout-range: command timeout 5400 s is outside 1 s to 3600 s; use 3600 s"},
		{rollout.Policy{Fleet: fleet(4, 20)},
			"rollout/exceeds-action-limit: a release of 20 instances takes about 83 minutes, and the pipeline waits for 60 minutes; use batch 2, Immutable, or maximum 14"},
		{rollout.Policy{Fleet: fleet(2, 20)},
			"rollout/exceeds-action-limit: a release of 20 instances takes about 83 minutes, and the pipeline waits for 60 minutes; use Immutable or maximum 14"},
		{rollout.Policy{Method: rollout.TrafficSplitting, Evaluation: time.Hour},
			"rollout/exceeds-action-limit: a release of 4 instances takes about 67 minutes, and the pipeline waits for 60 minutes; use an evaluation of 52 minutes"},
		{rollout.Policy{Method: rollout.Immutable, Drain: 50 * time.Minute, CommandTimeout: time.Hour},
			"rollout/exceeds-action-limit: a release of 4 instances takes about 62 minutes, and the pipeline waits for 60 minutes; use a deregistration delay of 60 s"},
		{rollout.Policy{CommandTimeout: 151 * time.Second},
			"rollout/batch-exceeds-command-timeout: a batch takes about 250 s with Rolling, and Beanstalk gives it up after the command timeout of 151 s; use a command timeout of 300 s"},
		{rollout.Policy{CommandTimeout: 369 * time.Second, Method: rollout.Immutable},
			"rollout/batch-exceeds-command-timeout: a batch takes about 370 s with Immutable, and Beanstalk gives it up after the command timeout of 369 s; use a command timeout of 420 s"},
		{rollout.Policy{CommandTimeout: time.Second},
			"rollout/drain-exceeds-command-timeout: draining for 60 s takes the whole command timeout of 1 s; use a command timeout of 300 s\n" +
				"rollout/health-window-exceeds-command-timeout: an instance needs 150 s to be seen healthy (3 checks every 10 s and Beanstalk's 120 s), the command timeout is 1 s; use a command timeout of 300 s"},
		{rollout.Policy{AllowDowntime: true, DowntimeReason: "a demo"},
			"rollout/nothing-to-allow: there is no downtime to allow: Rolling leaves 1 of 2 instances in service; remove allowDowntime and remove downtimeReason"},
		{rollout.Policy{AllowDowntime: true},
			"rollout/nothing-to-allow: there is no downtime to allow: Rolling leaves 1 of 2 instances in service; remove allowDowntime"},
		{rollout.Policy{CommandTimeout: 150 * time.Second},
			"rollout/health-window-exceeds-command-timeout: an instance needs 150 s to be seen healthy (3 checks every 10 s and Beanstalk's 120 s), the command timeout is 150 s; use a command timeout of 300 s"},
		{rollout.Policy{Bake: 4 * time.Minute}, "rollout/bake-range: bake 4 minutes is outside 5 minutes to 60 minutes; use 5 minutes"},
		{rollout.Policy{Bake: 61 * time.Minute}, "rollout/bake-range: bake 61 minutes is outside 5 minutes to 60 minutes; use 60 minutes"},
		{rollout.Policy{ProbeMaxFailures: -1}, "rollout/probe-range: tolerated failures -1 is outside 0 to 1000; use 0"},
		{rollout.Policy{MinInService: -1}, "rollout/min-in-service-range: instances in service -1 is outside 1 to 9999; use 1"},
		{rollout.Policy{Fleet: rollout.Fleet{ScaleOut: 101}}, "rollout/scale-out-range: scale-out 101 is outside 1 to 99; use 99"},
		{rollout.Policy{Fleet: rollout.Fleet{ScaleOut: 100}}, "rollout/scale-out-range: scale-out 100 is outside 1 to 99; use 99"},
		{rollout.Policy{Fleet: rollout.Fleet{ScaleIn: -5}}, "rollout/scale-in-range: scale-in -5 is outside 1 to 98; use 1"},
		{rollout.Policy{Connections: rollout.Connections{PerInstance: -5}}, "rollout/connections-range: connections per instance -5 is outside 0 to 5000; use 0"},
		{rollout.Policy{ConfigurationUpdates: rollout.AllAtOnce}, `rollout/unknown-configuration-update: unknown way to update the configuration "AllAtOnce"; use Rolling`},
		{rollout.Policy{Method: rollout.Immutable, ConfigurationUpdates: rollout.Rolling}, "rollout/matching-configuration-updates: releases with Immutable keep the old instances until the new ones are healthy, but configuration updates Rolling replace 1 instance at a time, and at least 2 of 2 serve; use configuration updates Immutable"},
		{rollout.Policy{ConfigurationUpdates: rollout.Immutable}, "rollout/matching-configuration-updates: configuration updates Immutable match the method Immutable only: with Rolling, Beanstalk refuses to update settings and version together; use configuration updates Rolling"},
		{rollout.Policy{Method: rollout.BlueGreen, ConfigurationUpdates: rollout.Immutable}, "rollout/matching-configuration-updates: configuration updates Immutable match the method Immutable only: with BlueGreen, Beanstalk refuses to update settings and version together; use configuration updates Rolling"},
		{rollout.Policy{Method: rollout.TrafficSplitting, ConfigurationUpdates: rollout.Immutable, Fleet: fleet(1, 1)}, "rollout/matching-configuration-updates: configuration updates Immutable match the method Immutable only: with TrafficSplitting, Beanstalk refuses to update settings and version together; use configuration updates Rolling\n" +
			"rollout/configuration-update-takes-all: a change of settings with maximum 1 leaves 0 instances in service, for there is no room for a replacement; use maximum 2 or Immutable"},
		{rollout.Policy{MinInService: 4}, "rollout/min-in-service-cannot-be-kept: 4 instances cannot stay in service while one is replaced, for there are never more than 4; use 3 instances in service or maximum 5"},
		{rollout.Policy{MinInService: 1, Fleet: fleet(1, 1), Method: rollout.Immutable}, "rollout/min-in-service-cannot-be-kept: 1 instance cannot stay in service while one is replaced, for there are never more than 1; remove minInService, or use maximum 2"},
		{rollout.Policy{ShrinkIdle: true}, "rollout/shrink-idle-without-blue-green: the idle environment is to shrink, and Rolling has none; remove shrinkIdle, or use BlueGreen"},
		{rollout.Policy{StickySessions: true, Method: rollout.TrafficSplitting}, "rollout/sticky-traffic-splitting: sticky sessions put users on trial instead of 10 % of the requests, and keep them there for 5 minutes; remove stickySessions, or use Immutable"},
		{rollout.Policy{IgnoreHealthCheck: true}, "rollout/ignore-health-check-without-reason: health checks are ignored without a reason; say why in ignoreHealthCheckReason, or remove ignoreHealthCheck"},
		{rollout.Policy{IgnoreHealthCheckReason: "a demo"}, "rollout/reason-without-ignore-health-check: a reason to ignore health checks is given but they are not ignored; set ignoreHealthCheck to true, or remove ignoreHealthCheckReason"},
		{rollout.Policy{Fleet: rollout.Fleet{Zones: 1}}, "rollout/single-zone: all 2 instances are in one zone and go down with it; use 2 zones"},
		{rollout.Policy{Fleet: rollout.Fleet{ScaleIn: 80}}, "rollout/scaling-order: instances are removed below 80 % of CPU and added above 70 %, so the fleet never rests; use scale-in 34 %"},
		{rollout.Policy{Fleet: rollout.Fleet{ScaleIn: 98, ScaleOut: 1}}, "rollout/scaling-order: instances are removed below 98 % of CPU and added above 1 %, so the fleet never rests; use scale-in 25 % and scale-out 70 %"},
		{rollout.Policy{Fleet: rollout.Fleet{ScaleIn: 40}}, "rollout/batch-overloads-the-rest: while a batch of 1 is out of service the other 1 of 2 instances carry its load, so 40 % of CPU becomes 80 %, and above 70 % instances are added: the fleet scales every time; use scale-in 34 % or RollingWithAdditionalBatch"},
		{rollout.Policy{BatchSize: 2, Fleet: fleet(3, 6)}, "rollout/batch-overloads-the-rest: while a batch of 2 is out of service the other 1 of 3 instances carry its load, so 25 % of CPU becomes 75 %, and above 70 % instances are added: the fleet scales every time; use batch 1, scale-in 23 %, or RollingWithAdditionalBatch"},
		{rollout.Policy{Connections: rollout.Connections{PerInstance: 30, Limit: 81}}, "rollout/database-connections: a managed platform update doubles 4 instances to 8, which open 8 × 30 = 240 database connections, and the database accepts 76 (81 less 5 that are reserved); use 9 connections per instance or a database that accepts 245"},
		{rollout.Policy{Method: rollout.Immutable, Connections: rollout.Connections{PerInstance: 20, Limit: 81}}, "rollout/database-connections: a managed platform update doubles 4 instances to 8, which open 8 × 20 = 160 database connections, and the database accepts 76 (81 less 5 that are reserved); use 9 connections per instance or a database that accepts 165"},
		{rollout.Policy{Method: rollout.BlueGreen, Connections: rollout.Connections{PerInstance: 5, Limit: 3}}, "rollout/database-connections: a managed platform update doubles 4 live and 2 idle instances to 12, which open 12 × 5 = 60 database connections, and the database accepts 0 (3 less 5 that are reserved); use a database that accepts 65"},
		{rollout.Policy{Connections: rollout.Connections{PerInstance: 10, Limit: 81}}, "rollout/database-connections: a managed platform update doubles 4 instances to 8, which open 8 × 10 = 80 database connections, and the database accepts 76 (81 less 5 that are reserved); use 9 connections per instance, maximum 3, or a database that accepts 85"},
		{rollout.Policy{Method: rollout.BlueGreen, Connections: rollout.Connections{PerInstance: 9, Limit: 81}}, "rollout/database-connections: a managed platform update doubles 4 live and 2 idle instances to 12, which open 12 × 9 = 108 database connections, and the database accepts 76 (81 less 5 that are reserved); use 6 connections per instance, maximum 2, Immutable, or a database that accepts 113"},
		{rollout.Policy{Fleet: fleet(10, 30), BatchSize: 3, Subnets: rollout.Subnets{Addresses: 32, Shared: true}}, "rollout/subnet-addresses: a managed platform update doubles 30 instances to 60, up to 30 in each of 2 zones, and a subnet has room for 19: of its 32 addresses AWS reserves 5, and load balancers need 8; use maximum 18 or subnets of 64 addresses"},
		{rollout.Policy{Method: rollout.BlueGreen, Fleet: fleet(4, 8), Subnets: rollout.Subnets{Addresses: 32, Shared: true}}, "rollout/subnet-addresses: a managed platform update doubles 8 live and 4 idle instances to 24, up to 12 in each of 2 zones, and a subnet has room for 11: of its 32 addresses AWS reserves 5, and load balancers need 16; use maximum 6, subnets of 64 addresses, or 3 zones"},
		{rollout.Policy{Method: rollout.Immutable, Fleet: fleet(9000, 9000), Subnets: rollout.Subnets{Addresses: 4096}}, "rollout/subnet-addresses: a managed platform update doubles 9000 instances to 18000, up to 9000 in each of 2 zones, and a subnet has room for 4091: of its 4096 addresses AWS reserves 5; use minimum 4090 and maximum 4090"},
		{rollout.Policy{BatchSize: 2, Fleet: fleet(3, 3)}, "rollout/batch-overloads-the-rest: while a batch of 2 is out of service the other 1 of 3 instances carry its load, so 25 % of CPU becomes 75 %, above the 70 % at which instances are missing, and a fleet of fixed size gets no more; use batch 1, minimum 4 and maximum 4, or RollingWithAdditionalBatch"},
		{rollout.Policy{Method: rollout.RollingWithAdditionalBatch, MinInService: 1, BatchSize: 19, Fleet: fleet(20, 20)}, "rollout/configuration-update-overloads-the-rest: a change of settings may leave 1 of 20 instances in service, which carry the load of all, so 25 % of CPU becomes 100 %, above the 70 % at which instances are missing, and a fleet of fixed size gets no more; use 8 instances in service or Immutable"},
		{rollout.Policy{Method: rollout.RollingWithAdditionalBatch, Fleet: rollout.Fleet{Min: 2, Max: 2, ScaleIn: 40}}, "rollout/configuration-update-overloads-the-rest: a change of settings may leave 1 of 2 instances in service, which carry the load of all, so 40 % of CPU becomes 80 %, above the 70 % at which instances are missing, and a fleet of fixed size gets no more; use maximum 3 or Immutable"},
		{rollout.Policy{Method: rollout.Immutable, Fleet: rollout.Fleet{Min: 1, Max: 2, ScaleIn: 69, ScaleOut: 70}}, "rollout/scaling-order: 70 % of CPU on 1 instance becomes 35 % with one more, and below 69 % it is removed again: the fleet never rests; use scale-in 34 %"},
		{rollout.Policy{IdleTimeout: 5 * time.Second, Drain: 5 * time.Second}, "rollout/idle-timeout-cuts-requests: the load balancer lets a health check take 5 s, but gives a request up after 5 s without an answer; use an idle timeout of 60 s and a deregistration delay of 60 s or a health check timeout of 4 s"},
		{rollout.Policy{IdleTimeout: time.Second, Drain: time.Minute}, "rollout/idle-timeout-cuts-requests: the load balancer lets a health check take 5 s, but gives a request up after 1 s without an answer; use an idle timeout of 60 s"},
		{rollout.Policy{Method: rollout.BlueGreen, Fleet: fleet(2, 20)}, "rollout/exceeds-action-limit: BlueGreen needs about 84 minutes to prepare 20 idle instances, 1 at a time, and has 60 minutes until it must swap; use maximum 14 or Immutable"},
		{rollout.Policy{Method: rollout.BlueGreen, Drain: 20 * time.Minute, CommandTimeout: time.Hour}, "rollout/exceeds-action-limit: BlueGreen needs about 93 minutes to prepare 4 idle instances, 1 at a time, and has 60 minutes until it must swap; use a deregistration delay of 60 s, maximum 2, or Immutable"},
		{rollout.Policy{Method: rollout.TrafficSplitting, Drain: 55 * time.Minute, CommandTimeout: time.Hour}, "rollout/exceeds-action-limit: a release of 4 instances takes about 66 minutes, and the pipeline waits for 60 minutes; use a deregistration delay of 60 s"},
	} {
		t.Run(c.want, func(t *testing.T) {
			t.Parallel()
			assert.EqualError(t, c.policy.Validate(), c.want)
		})
	}
}

func TestValidateReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	err := rollout.Policy{Method: "Canary", TrafficPercent: 200, Fleet: rollout.Fleet{Min: -2}}.Validate()
	var problems rollout.Problems
	require.ErrorAs(t, err, &problems)
	var rules []string
	for _, p := range problems {
		rules = append(rules, p.Rule)
	}
	assert.Equal(t, []string{"rollout/unknown-method", "rollout/minimum-range", "rollout/traffic-range"}, rules)
}

func TestDowntimeNeedsConsentAndStaysVisible(t *testing.T) {
	t.Parallel()
	p := rollout.Policy{Method: rollout.AllAtOnce, AllowDowntime: true, DowntimeReason: "a demo"}
	require.NoError(t, p.Validate())
	require.Len(t, p.Warnings(), 1)
	assert.Equal(t, "rollout/all-at-once", p.Warnings()[0].Rule)
	assert.Equal(t, "a demo", p.Warnings()[0].Reason)
	assert.Empty(t, rollout.Policy{}.Warnings())
	assert.NoError(t, rollout.Policy{}.Validate(), "the zero value is a complete policy")
}

func TestEachWarningHasItsOwnReason(t *testing.T) {
	t.Parallel()
	p := rollout.Policy{Method: rollout.AllAtOnce, AllowDowntime: true, DowntimeReason: "a demo",
		IgnoreHealthCheck: true, IgnoreHealthCheckReason: "a broken sidecar"}
	require.NoError(t, p.Validate())
	var got []string
	for _, w := range p.Warnings() {
		got = append(got, w.Rule+": "+w.Reason)
	}
	assert.Equal(t, []string{"rollout/all-at-once: a demo", "rollout/ignore-health-check: a broken sidecar"}, got)
	assert.Equal(t, "a release goes on to the next instances, and counts as deployed, when those before are not healthy", p.Warnings()[1].Message)
}
