package rollout

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// Change is one field of a policy at another value. The zero value leaves the field to its default.
type Change struct {
	// Field is the field as [Problem] names it.
	Field string
	// Value has the type of the field.
	Value any
	// Bare tells that the value is said without the name of its field, which is known.
	Bare bool
}

// Way is a way out of a problem: changes that mend it together.
type Way []Change

// Apply is the policy with the changes of the way.
func (w Way) Apply(p Policy) Policy {
	for _, change := range w {
		field(&p, change.Field).Set(reflect.ValueOf(change.Value))
	}
	return p
}

// and is the way with the changes of another one, which go first where both change the same field.
func (w Way) and(other Way) Way {
	var all Way
	changed := map[string]bool{}
	for _, change := range other {
		changed[change.Field] = true
	}
	for _, change := range w {
		if !changed[change.Field] {
			all = append(all, change)
		}
	}
	all = append(all, other...)
	for i := range all {
		all[i].Bare = false
	}
	return all
}

// set is a way of one change.
func set(name string, value any) Way { return Way{{Field: name, Value: value}} }

func field(p *Policy, path string) reflect.Value {
	v := reflect.ValueOf(p).Elem()
	for name := range strings.SplitSeq(path, ".") {
		v = v.FieldByName(name)
	}
	return v
}

// names are the words for fields whose values are things that one can use.
var names = map[string]string{
	"Method":                  "%s",
	"ConfigurationUpdates":    "configuration updates %s",
	"BatchSize":               "batch %s",
	"Fleet.Min":               "minimum %s",
	"Fleet.Max":               "maximum %s",
	"Fleet.Desired":           "desired %s",
	"Fleet.Zones":             "%s zones",
	"Fleet.ScaleIn":           "scale-in %s %%",
	"Fleet.ScaleOut":          "scale-out %s %%",
	"MinInService":            "%s in service",
	"Connections.PerInstance": "%s connections per instance",
	"Connections.Limit":       "a database that accepts %s",
	"Subnets.Addresses":       "subnets of %s addresses",
	"TrafficPercent":          "a traffic share of %s",
	"Evaluation":              "an evaluation of %s",
	"Bake":                    "a bake of %s",
	"Health.Path":             limits.PathForm("%s"),
	"Health.Interval":         "an interval of %s",
	"Health.Timeout":          "a health check timeout of %s",
	"Health.Healthy":          "healthy threshold %s",
	"Health.Unhealthy":        "unhealthy threshold %s",
	"ProbeMaxFailures":        "%s tolerated failures",
	"Drain":                   "a deregistration delay of %s",
	"IdleTimeout":             "an idle timeout of %s",
	"CommandTimeout":          "a command timeout of %s",
}

// Words are those of this package for a change: for a thing to use, or if it is none, what to do.
func (c Change) Words() string {
	if text, order := c.Order(); order {
		return text
	}
	value := c.Text()
	switch {
	case c.Bare:
		return value
	case c.Field == "MinInService":
		value = instances(c.Value.(int))
	}
	return fmt.Sprintf(names[c.Field], value)
}

// Text is the value of a change.
func (c Change) Text() string {
	switch value := c.Value.(type) {
	case time.Duration:
		if c.Field == "Evaluation" || c.Field == "Bake" {
			return minutes(value)
		}
		return secs(value)
	default:
		return fmt.Sprint(value)
	}
}

// Order is what to do in words where there is nothing to use: switches are set or removed, and
// reasons are for people to give. The names are those of the configuration.
func (c Change) Order() (text string, order bool) {
	name := c.Field[strings.LastIndex(c.Field, ".")+1:]
	name = strings.ToLower(name[:1]) + name[1:]
	switch value := c.Value.(type) {
	case bool:
		if value {
			return "set " + name + " to true", true
		}
		return "remove " + name, true
	case string:
		switch {
		case c.Field == "Health.Path":
			return "", false
		case value == "":
			return "remove " + name, true
		}
		return "say why in " + name, true
	case int:
		if value == 0 && c.Field == "MinInService" {
			return "remove " + name, true
		}
	}
	return "", false
}

// say joins the changes; it tells whether the text begins with a thing to use.
func (w Way) say(words func(Change) string) (text string, thing bool) {
	var things, orders []string
	for _, change := range w {
		if _, order := change.Order(); order {
			orders = append(orders, words(change))
			continue
		}
		things = append(things, words(change))
	}
	// What goes with a method is part of the choice.
	if len(things) > 1 && w[0].Field == "Method" {
		things = []string{things[0] + " with " + strings.Join(things[1:], " and ")}
	}
	return strings.Join(append(things, orders...), " and "), len(things) > 0
}
