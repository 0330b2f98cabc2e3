package config_test

import "testing"

func TestReleasesThatAreNotWatchedWellAreRefused(t *testing.T) {
	t.Parallel()
	refuse(t, []bad{
		{first(`"deployment": {"bakeMinutes": 0}`), say("deployment.bakeMinutes: 0 is not allowed; leave it out for its default, 10")},
		{first(`"deployment": {"bakeMinutes": 4}`), say("deployment.bakeMinutes: rollout/bake-range: bake 4 minutes is outside 5 minutes to 60 minutes; use 5")},
		{first(`"deployment": {"probeMaxFailures": -1}`), say("deployment.probeMaxFailures: rollout/probe-range: tolerated failures -1 is outside 0 to 1000; use 0")},
		{first(`"deployment": {"probePath": "up"}`), say(`deployment.probePath: "up" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`)},
		{first(`"deployment": {"probePath": ""}`), say("deployment.probePath: an empty text is not allowed; leave it out for its default, /readyz (health.path)")},
		{first(`"deployment": {"probeHost": "https://shop.example.com/"}`), say(`deployment.probeHost: "https://shop.example.com/" is not the name of a host; use shop.example.com`)},
		{first(`"deployment": {"shrinkIdle": true}`), say("deployment.shrinkIdle: rollout/shrink-idle-without-blue-green: the idle environment is to shrink, and Rolling has none; remove shrinkIdle, or use BlueGreen")},
		{first(`"deployment": {"configurationUpdates": ""}`), say("deployment.configurationUpdates: an empty text is not allowed; leave it out for its default, Rolling (that of the method)")},
		{first(`"deployment": {"configurationUpdates": "AllAtOnce"}`), say(`deployment.configurationUpdates: rollout/unknown-configuration-update: unknown way to update the configuration "AllAtOnce"; use Rolling`)},
		{`{"method": "Immutable", "configurationUpdates": "Rolling"}`, []string{"configurationUpdates (-c): rollout/matching-configuration-updates: releases with Immutable keep the old instances until the new ones are healthy, but configuration updates Rolling replace 1 instance at a time, and at least 2 of 2 serve; use configurationUpdates Immutable"}},
		{first(`"deployment": {"method": "BlueGreen", "configurationUpdates": "Immutable"}`), say("deployment.configurationUpdates: rollout/matching-configuration-updates: configuration updates Immutable match the method Immutable only: with BlueGreen, Beanstalk refuses to update settings and version together; use configurationUpdates Rolling")},
		{first(`"deployment": {"minInService": 0}`), say("deployment.minInService: 0 is not allowed; leave it out for its default, 2 (minInstances, less one where maxInstances is the same)")},
		{first(`"deployment": {"minInService": 4}`), say("deployment.minInService: rollout/min-in-service-cannot-be-kept: 4 instances cannot stay in service while one is replaced, for there are never more than 4; use minInService 3 or maxInstances 5")},
		{first(`"deployment": {"method": "TrafficSplitting", "stickySessions": true}`), say("deployment.stickySessions: rollout/sticky-traffic-splitting: sticky sessions put users on trial instead of 10 % of the requests, and keep them there for 5 minutes; remove stickySessions, or use Immutable")},
		{first(`"deployment": {"ignoreHealthCheck": true}`), say("deployment.ignoreHealthCheckReason: rollout/ignore-health-check-without-reason: health checks are ignored without a reason; say why in ignoreHealthCheckReason, or remove ignoreHealthCheck")},
		{first(`"deployment": {"ignoreHealthCheckReason": "a demo"}`), say("deployment.ignoreHealthCheck: rollout/reason-without-ignore-health-check: a reason to ignore health checks is given but they are not ignored; set ignoreHealthCheck to true, or remove ignoreHealthCheckReason")},
		{first(`"deployment": {"ignoreHealthCheck": true, "ignoreHealthCheckReason": "yes"}`), say(`deployment.ignoreHealthCheckReason: rollout/ignore-health-check-without-reason: health checks are ignored without a reason ("yes" is a refusal or explains nothing; use two words or more); say why in ignoreHealthCheckReason, or remove ignoreHealthCheck and remove ignoreHealthCheckReason`)},
		{first(`"alarms": {"errorPercent": 0}`), say("alarms.errorPercent: 0 is not allowed; leave it out for its default, 2")},
		{first(`"alarms": {"errorPercent": 101, "minRequests": -1, "latencyMilliseconds": 60001, "health": "Ok", "healthyHosts": 5, "freeStoragePercent": 91, "connectionsPercent": 101, "cpuCredits": 1001}`), say(
			"alarms.errorPercent: 101 percent is outside 1 to 49; use 49",
			"alarms.minRequests: -1 requests a minute is outside 1 to 10000; use 1",
			"alarms.latencyMilliseconds: 60001 milliseconds are hardly ever reached, for the load balancer gives a request up after 60 s; use 30000",
			`alarms.health: "Ok" is not a health that an alarm can wait for; use one of Warning, Degraded, Severe`,
			"alarms.healthyHosts: a good release leaves 1 in service, fewer than 5 healthy instances, so it would be put back; use 1",
			"alarms.freeStoragePercent: 91 percent is outside 1 to 50; use 50",
			"alarms.connectionsPercent: 101 percent is outside 1 to 99; use 99",
			"alarms.cpuCredits: 1001 credits is outside 1 to 1000; use 1000")},
		{first(`"alarms": {"health": "", "healthyHosts": 0}`), say(
			"alarms.health: an empty text is not allowed; leave it out for its default, Degraded",
			"alarms.healthyHosts: 0 is not allowed; leave it out for its default, 1 (what a release leaves in service)")},
		{first(`"dashboard": "no"`), say(`dashboard: "no" is neither true nor false; use true or false`)},
	})
}

func TestFleetsThatCannotCarryAReleaseAreRefused(t *testing.T) {
	t.Parallel()
	refuse(t, []bad{
		{first(`"network": {"zones": 1}`), say("network.zones: rollout/single-zone: all 2 instances are in one zone and go down with it; use zones 2")},
		{first(`"network": {"zones": 4}`), say("network.zones: 4 is not a number of availability zones that is supported; use 2 or 3")},
		{first(`"fleet": {"scaleOutPercent": 0}`), say("fleet.scaleOutPercent: 0 is not allowed; leave it out for its default, 70")},
		{first(`"fleet": {"scaleOutPercent": 101}`), say("fleet.scaleOutPercent: rollout/scale-out-range: scale-out 101 is outside 1 to 99; use 99")},
		{first(`"fleet": {"scaleInPercent": 80}`), say("fleet.scaleInPercent: rollout/scaling-order: instances are removed below 80 % of CPU and added above 70 %, so the fleet never rests; use scaleInPercent 34")},
		{first(`"fleet": {"minInstances": 3}, "deployment": {"batchSize": 2}`), say("deployment.batchSize: rollout/batch-overloads-the-rest: while a batch of 2 is out of service the other 1 of 3 instances carry its load, so 25 % of CPU becomes 75 %, and above 70 % instances are added: the fleet scales every time; use batchSize 1, scaleInPercent 23, or RollingWithAdditionalBatch")},
		{first(`"database": {"connectionsPerInstance": 5001}`), say("database.connectionsPerInstance: rollout/connections-range: connections per instance 5001 is outside 0 to 5000; use 9")},
		{first(`"database": {"connectionsPerInstance": 20}, "deployment": {"method": "Immutable"}`), say("database.connectionsPerInstance: rollout/database-connections: a managed platform update doubles 4 instances to 8, which open 8 × 20 = 160 database connections, and the database accepts 76 (81 less 5 that are reserved); use connectionsPerInstance 9 or an instanceClass that accepts 165 connections")},
	})
}
