package config

import (
	"reflect"
	"strings"
)

// override is a key of the context that sets the same setting in every environment, for one run
// with -c.
type override struct{ name, path string }

// overrides lists them all. A setting joins them with one line here.
var overrides = []override{
	{"method", "deployment.method"},
	{"batchSize", "deployment.batchSize"},
	{"trafficPercent", "deployment.trafficPercent"},
	{"evaluationMinutes", "deployment.evaluationMinutes"},
	{"bakeMinutes", "deployment.bakeMinutes"},
	{"shrinkIdle", "deployment.shrinkIdle"},
	{"configurationUpdates", "deployment.configurationUpdates"},
	{"allowDowntime", "deployment.allowDowntime"},
	{"downtimeReason", "deployment.downtimeReason"},
	{"minInstances", "fleet.minInstances"},
	{"maxInstances", "fleet.maxInstances"},
	{"instanceType", "fleet.instanceType"},
	{"zones", "network.zones"},
	{"nat", "network.nat"},
	{"instanceClass", "database.instanceClass"},
	{"multiAZ", "database.multiAZ"},
}

// typed is how the user sees an override in an error.
func (o override) typed() string { return o.name + " (-c)" }

// takeOverrides decodes the overrides out of the context. Those that do not fit are reported once
// and not applied.
func (d *decoder) takeOverrides(context map[string]any) map[override]reflect.Value {
	taken := map[override]reflect.Value{}
	for _, o := range overrides {
		raw := context[o.name]
		delete(context, o.name)
		if raw == nil {
			continue
		}
		value, field := setting(reflect.ValueOf(new(Environment)).Elem(), o.path)
		reported := len(d.problems)
		d.decode(value, raw, o.typed(), field.Tag.Get("default"))
		if len(d.problems) == reported {
			taken[o] = value
		}
	}
	return taken
}

// setting finds the field of a path such as fleet.minInstances.
func setting(v reflect.Value, path string) (reflect.Value, reflect.StructField) {
	var field reflect.StructField
	for key := range strings.SplitSeq(path, ".") {
		index, _ := fieldIndex(v.Type(), key)
		field, v = v.Type().Field(index), v.Field(index)
	}
	return v, field
}
