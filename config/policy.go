package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// Policy is how releases reach the environment, as package rollout models it.
func (e Environment) Policy() rollout.Policy {
	return rollout.Policy{
		Method:         rollout.Method(e.Deployment.Method),
		BatchSize:      e.Deployment.BatchSize,
		TrafficPercent: e.Deployment.TrafficPercent,
		Evaluation:     time.Duration(e.Deployment.EvaluationMinutes) * time.Minute,
		Fleet:          rollout.Fleet{Min: e.Fleet.MinInstances, Max: e.Fleet.MaxInstances},
		Health: rollout.HealthCheck{
			Path:      e.Health.Path,
			Interval:  seconds(e.Health.IntervalSeconds),
			Timeout:   seconds(e.Health.TimeoutSeconds),
			Healthy:   e.Health.HealthyThreshold,
			Unhealthy: e.Health.UnhealthyThreshold,
		},
		Drain:          seconds(e.Deployment.DrainSeconds),
		IdleTimeout:    seconds(e.Deployment.IdleTimeoutSeconds),
		CommandTimeout: seconds(e.Deployment.CommandTimeoutSeconds),
		AllowDowntime:  e.Deployment.AllowDowntime,
		DowntimeReason: e.Deployment.DowntimeReason,
	}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// policySettings maps the fields of a policy to the settings of an environment that they come
// from. The number of instances at the beginning of a release is no setting; it is the minimum.
var policySettings = map[string]string{
	"Method":           "deployment.method",
	"BatchSize":        "deployment.batchSize",
	"TrafficPercent":   "deployment.trafficPercent",
	"Evaluation":       "deployment.evaluationMinutes",
	"Fleet.Min":        "fleet.minInstances",
	"Fleet.Max":        "fleet.maxInstances",
	"Fleet.Desired":    "fleet.minInstances",
	"Health.Path":      "health.path",
	"Health.Interval":  "health.intervalSeconds",
	"Health.Timeout":   "health.timeoutSeconds",
	"Health.Healthy":   "health.healthyThreshold",
	"Health.Unhealthy": "health.unhealthyThreshold",
	"Drain":            "deployment.drainSeconds",
	"IdleTimeout":      "deployment.idleTimeoutSeconds",
	"CommandTimeout":   "deployment.commandTimeoutSeconds",
	"AllowDowntime":    "deployment.allowDowntime",
	"DowntimeReason":   "deployment.downtimeReason",
}

// policy checks what rollout knows about deployments. Zeros come first: rollout would take them
// for settings that were left out.
func (c *checker) policy(i int, e Environment) {
	for _, path := range slices.Sorted(maps.Values(policySettings)) {
		v, field := setting(reflect.ValueOf(&e).Elem(), path)
		normal, hasDefault := field.Tag.Lookup("default")
		if unset, computed := field.Tag.Lookup("unset"); computed {
			normal, hasDefault = unset, true
		}
		if hasDefault && v.IsZero() {
			c.add(c.path(i, path), fmt.Errorf("%s is not allowed; leave it out for its default, %s", zero(v), normal))
		}
	}
	for _, problem := range rolloutProblems(e) {
		c.add(c.cause(i, problem), problem)
	}
}

func zero(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return "an empty text"
	}
	return "0"
}

func rolloutProblems(e Environment) rollout.Problems {
	var problems rollout.Problems
	errors.As(e.Policy().Validate(), &problems)
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
		if _, taken := c.taken[o]; taken && slices.Contains(slices.Collect(maps.Values(policySettings)), o.path) {
			typed = append(typed, o.typed())
		}
	}
	if len(typed) == 0 {
		return at(i, path)
	}
	return strings.Join(typed, ", ")
}
