package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// Policy is how releases reach the environment, as package rollout models it.
func (e Environment) Policy() rollout.Policy {
	return rollout.Policy{
		Method:               rollout.Method(e.Deployment.Method),
		BatchSize:            e.Deployment.BatchSize,
		TrafficPercent:       e.Deployment.TrafficPercent,
		Evaluation:           time.Duration(e.Deployment.EvaluationMinutes) * time.Minute,
		Bake:                 time.Duration(e.Deployment.BakeMinutes) * time.Minute,
		ProbeMaxFailures:     e.Deployment.ProbeMaxFailures,
		ShrinkIdle:           e.Deployment.ShrinkIdle,
		ConfigurationUpdates: rollout.Method(e.Deployment.ConfigurationUpdates),
		MinInService:         e.Deployment.MinInService,
		Fleet: rollout.Fleet{
			Min:         e.Fleet.MinInstances,
			Max:         e.Fleet.MaxInstances,
			Zones:       e.Network.Zones,
			ScaleOut:    e.Fleet.ScaleOutPercent,
			ScaleIn:     e.Fleet.ScaleInPercent,
			HourlyPrice: limits.InstancePrice(e.Fleet.InstanceType),
		},
		Connections: rollout.Connections{
			PerInstance: e.Database.ConnectionsPerInstance,
			Limit:       limits.DatabaseConnections(e.Database.InstanceClass),
		},
		Subnets: e.Network.subnets(),
		Health: rollout.HealthCheck{
			Path:      e.Health.Path,
			Interval:  seconds(e.Health.IntervalSeconds),
			Timeout:   seconds(e.Health.TimeoutSeconds),
			Healthy:   e.Health.HealthyThreshold,
			Unhealthy: e.Health.UnhealthyThreshold,
		},
		StickySessions:          e.Deployment.StickySessions,
		IgnoreHealthCheck:       e.Deployment.IgnoreHealthCheck,
		IgnoreHealthCheckReason: e.Deployment.IgnoreHealthCheckReason,
		Drain:                   seconds(e.Deployment.DrainSeconds),
		IdleTimeout:             seconds(e.Deployment.IdleTimeoutSeconds),
		CommandTimeout:          seconds(e.Deployment.CommandTimeoutSeconds),
		AllowDowntime:           e.Deployment.AllowDowntime,
		DowntimeReason:          e.Deployment.DowntimeReason,
	}
}

// subnets are those of the instances, if they can be told.
func (n Network) subnets() rollout.Subnets {
	if limits.CIDR(n.CIDR) != nil {
		return rollout.Subnets{}
	}
	return rollout.Subnets{Addresses: limits.SubnetAddresses(n.CIDR), Shared: n.NAT == limits.NATNone}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// policySettings maps the fields of a policy to the settings of an environment that they come
// from. The number of instances at the beginning of a release is no setting; it is the minimum.
var policySettings = map[string]string{
	"Method":                  "deployment.method",
	"BatchSize":               "deployment.batchSize",
	"TrafficPercent":          "deployment.trafficPercent",
	"Evaluation":              "deployment.evaluationMinutes",
	"Bake":                    "deployment.bakeMinutes",
	"ProbeMaxFailures":        "deployment.probeMaxFailures",
	"ShrinkIdle":              "deployment.shrinkIdle",
	"ConfigurationUpdates":    "deployment.configurationUpdates",
	"MinInService":            "deployment.minInService",
	"StickySessions":          "deployment.stickySessions",
	"IgnoreHealthCheck":       "deployment.ignoreHealthCheck",
	"IgnoreHealthCheckReason": "deployment.ignoreHealthCheckReason",
	"Fleet.Zones":             "network.zones",
	"Fleet.ScaleOut":          "fleet.scaleOutPercent",
	"Fleet.ScaleIn":           "fleet.scaleInPercent",
	"Fleet.HourlyPrice":       "fleet.instanceType",
	"Connections.PerInstance": "database.connectionsPerInstance",
	"Connections.Limit":       "database.instanceClass",
	"Subnets.Addresses":       "network.cidr",
	"Subnets.Shared":          "network.nat",
	"Fleet.Min":               "fleet.minInstances",
	"Fleet.Max":               "fleet.maxInstances",
	"Fleet.Desired":           "fleet.minInstances",
	"Health.Path":             "health.path",
	"Health.Interval":         "health.intervalSeconds",
	"Health.Timeout":          "health.timeoutSeconds",
	"Health.Healthy":          "health.healthyThreshold",
	"Health.Unhealthy":        "health.unhealthyThreshold",
	"Drain":                   "deployment.drainSeconds",
	"IdleTimeout":             "deployment.idleTimeoutSeconds",
	"CommandTimeout":          "deployment.commandTimeoutSeconds",
	"AllowDowntime":           "deployment.allowDowntime",
	"DowntimeReason":          "deployment.downtimeReason",
}

// zeros refuses settings that were written as 0 or empty: rollout would take them for settings that
// were left out, and an alarm for one that never sounds. An application may open no connections.
func (c *checker) zeros(i int, e Environment) {
	paths := slices.Collect(maps.Values(policySettings))
	for f := range reflect.TypeFor[Alarms]().Fields() {
		paths = append(paths, "alarms."+f.Tag.Get("json"))
	}
	// Of these, 0 is a number, and what is empty is judged elsewhere.
	allowed := []string{policySettings["Connections.PerInstance"], policySettings["Subnets.Addresses"], policySettings["Subnets.Shared"]}
	for _, path := range append(paths, "deployment.probePath") {
		v, field := setting(reflect.ValueOf(&e).Elem(), path)
		if v.IsZero() && !leftOut(e, path) && !slices.Contains(allowed, path) {
			c.add(c.path(i, path), fmt.Errorf("%s is not allowed; leave it out for its default, %s", zero(v), usual(e, path, field)))
		}
	}
}

// usual says the default of a setting: also of one that depends on others, where it can be told.
func usual(e Environment, path string, field reflect.StructField) string {
	for _, c := range computed {
		if c.path == path && e.Policy().InRange() {
			return fmt.Sprintf("%v (%s)", c.value(e), field.Tag.Get("unset"))
		}
	}
	return cmp.Or(field.Tag.Get("default"), field.Tag.Get("unset"))
}

func zero(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return "an empty text"
	}
	return "0"
}

// policy checks what rollout knows about deployments.
func (c *checker) policy(i int, e Environment) {
	if c.comparing && e.Policy().InRange() {
		return
	}
	open := c.leftOpen(i, e)
	problems := rolloutProblems(open)
	if !c.comparing && !e.Policy().InRange() {
		problems = append(problems, unaffected(open.Policy(), problems)...)
	}
	for _, problem := range problems {
		c.add(c.cause(i, problem), fmt.Errorf("%s: %s; %s", problem.Rule, problem.Message, c.advice(i, problem)))
	}
}

// leftOpen is an environment without the defaults that depend on other settings, so that they follow
// what a fix changes.
func (c *checker) leftOpen(i int, e Environment) Environment {
	for _, path := range c.open[i] {
		// These are unknown to rollout.
		if slices.Contains(slices.Collect(maps.Values(policySettings)), path) {
			field, _ := setting(reflect.ValueOf(&e).Elem(), path)
			field.SetZero()
		}
	}
	return e
}

func rolloutProblems(e Environment) rollout.Problems { return violations(e.Policy()) }

func violations(p rollout.Policy) rollout.Problems {
	var problems rollout.Problems
	errors.As(p.Validate(), &problems)
	return problems
}

// cause is the path of what has to change for a rule of package rollout. A rule that cdk.json
// alone satisfies is broken by the overrides, also where its smallest fix is another setting.
func (c *checker) cause(i int, problem rollout.Problem) string {
	path := policySettings[problem.Field]
	broken := slices.ContainsFunc(rolloutProblems(c.written[i]), func(p rollout.Problem) bool { return p.Rule == problem.Rule })
	if broken || c.path(i, path) != at(i, path) {
		return c.path(i, path)
	}
	var typed []string
	for _, o := range overrides {
		// A price breaks no rule, so a type of instances does not either.
		if _, taken := c.taken[o]; taken && o.path != policySettings["Fleet.HourlyPrice"] && slices.Contains(slices.Collect(maps.Values(policySettings)), o.path) {
			typed = append(typed, o.typed())
		}
	}
	if len(typed) == 0 {
		return at(i, path)
	}
	return strings.Join(typed, ", ")
}
