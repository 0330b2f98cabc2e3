package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// advice says the ways out of a problem in the words of the configuration. Rollout knows that they
// break none of its rules; those that break another one here are left out.
func (c *checker) advice(i int, problem rollout.Problem) string {
	before := c.besides(i, nil)
	conflicts := func(way rollout.Way) []string {
		return slices.DeleteFunc(c.besides(i, way), func(path string) bool { return slices.Contains(before, path) })
	}
	sound := slices.DeleteFunc(slices.Clone(problem.Ways), func(way rollout.Way) bool { return len(conflicts(way)) > 0 })
	switch {
	case len(sound) > 0:
		problem.Ways = sound
	case len(problem.Ways) > 0 && len(problem.Conflicts) == 0:
		problem.Conflicts, problem.Ways = conflicts(problem.Ways[0]), problem.Ways[:1]
	}
	return problem.Advice(words)
}

// besides are the settings of an environment that are refused for other reasons than rollout's, with
// a way out of a problem.
func (c *checker) besides(i int, way rollout.Way) []string {
	e := c.cfg.Environments[i]
	for _, change := range way {
		apply(&e, change)
	}
	for _, d := range computed {
		if slices.Contains(c.open[i], d.path) && !slices.ContainsFunc(way, func(change rollout.Change) bool {
			return policySettings[change.Field] == d.path && !reflect.ValueOf(change.Value).IsZero()
		}) {
			field, _ := setting(reflect.ValueOf(&e).Elem(), d.path)
			field.Set(reflect.ValueOf(d.value(e)))
		}
	}
	trial := *c
	trial.problems, trial.cfg.Environments = nil, slices.Clone(c.cfg.Environments)
	trial.cfg.Environments[i] = e
	trial.place(i, e)
	trial.names()
	var paths []string
	for _, problem := range trial.problems {
		paths = append(paths, problem.Path)
	}
	return paths
}

// apply does to an environment what rollout does to its policy.
func apply(e *Environment, change rollout.Change) {
	field, _ := setting(reflect.ValueOf(e).Elem(), policySettings[change.Field])
	switch value := change.Value.(type) {
	case time.Duration:
		field.SetInt(int64(value / unit(policySettings[change.Field])))
	case rollout.Method:
		field.SetString(string(value))
	default:
		// Neither is a setting of its own, and no other class or block breaks a rule here.
		if change.Field != "Connections.Limit" && change.Field != "Subnets.Addresses" {
			field.Set(reflect.ValueOf(value))
		}
	}
}

func unit(path string) time.Duration {
	if strings.HasSuffix(path, "Minutes") {
		return time.Minute
	}
	return time.Second
}

// words are those of the configuration for a change.
func words(change rollout.Change) string {
	path := policySettings[change.Field]
	name := path[strings.LastIndex(path, ".")+1:]
	if _, order := change.Order(); order || change.Field == "Method" || change.Field == "Health.Path" {
		return change.Words()
	}
	value := change.Value
	if d, ok := value.(time.Duration); ok {
		value = int(d / unit(path))
	}
	switch {
	case change.Bare:
		return fmt.Sprint(value)
	case change.Field == "Subnets.Addresses":
		return fmt.Sprintf("a cidr of /%d", limits.BlockMask(value.(int)))
	case change.Field == "Connections.Limit":
		return fmt.Sprintf("an instanceClass that accepts %d connections", value)
	}
	return fmt.Sprintf("%s %v", name, value)
}
