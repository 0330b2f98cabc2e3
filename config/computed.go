package config

import (
	"reflect"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// computed are the defaults that depend on other settings, each after those that it depends on. Its
// value for an environment in which the rules are broken does not matter.
var computed = []struct {
	path  string
	value func(Environment) any
}{
	{"fleet.maxInstances", func(e Environment) any { // as rollout has it
		least := e.Fleet.MinInstances
		if least < 1 {
			least = 2 // the minimum is refused; nothing has to be said of the maximum
		}
		return max(least, min(2*least, 10000))
	}},
	{"deployment.probePath", func(e Environment) any { return e.Health.Path }},
	{"deployment.configurationUpdates", func(e Environment) any {
		e.Deployment.ConfigurationUpdates = ""
		return string(e.Policy().WithDefaults().ConfigurationUpdates)
	}},
	{"deployment.minInService", func(e Environment) any {
		e.Deployment.MinInService = 0
		return e.Policy().WithDefaults().MinInService
	}},
	{"alarms.latencyMilliseconds", func(e Environment) any {
		if e.Deployment.IdleTimeoutSeconds < 1 {
			return 3000 // the timeout is refused
		}
		return limits.UsualLatency(e.Deployment.IdleTimeoutSeconds)
	}},
	{"alarms.cpuCredits", func(e Environment) any {
		if limits.DatabaseClass(e.Database.InstanceClass) == nil && !limits.HasCPUCredits(e.Database.InstanceClass) {
			return 0
		}
		return 30
	}},
	{"alarms.healthyHosts", func(e Environment) any {
		if !e.Policy().InRange() {
			return 1 // a plan of numbers out of range may have no end
		}
		return e.Policy().HealthyFloor()
	}},
}

// leftOut tells whether an environment has a setting as it would be if nothing were written.
func leftOut(e Environment, path string) bool {
	v, field := setting(reflect.ValueOf(&e).Elem(), path)
	for _, c := range computed {
		if c.path == path {
			return v.Interface() == c.value(e)
		}
	}
	d := decoder{written: map[string]bool{}}
	normal := reflect.New(v.Type()).Elem()
	if value, tagged := field.Tag.Lookup("default"); tagged {
		d.decode(normal, value, "", "")
	}
	return v.Interface() == normal.Interface()
}
