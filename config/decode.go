package config

import (
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
)

// decoder puts JSON values into settings and collects what does not fit. A setting whose value
// does not fit keeps its default, so that nothing is reported twice.
type decoder struct {
	problems Problems
	written  map[string]bool // the paths that the user gave a value
}

func (d *decoder) report(path, format string, args ...any) {
	d.problems = append(d.problems, Problem{path, fmt.Sprintf(format, args...)})
}

// concerns reports whether a problem is one of a setting, or of a part of a setting, whose value did not
// fit: the checks have judged its default instead.
func (d *decoder) concerns(problem Problem) bool {
	return slices.ContainsFunc(d.problems, func(reported Problem) bool {
		return problem.Path == reported.Path || strings.HasPrefix(problem.Path, reported.Path+".")
	})
}

// decode puts a JSON value into the setting at path. Null leaves the setting as it is.
func (d *decoder) decode(v reflect.Value, raw any, path, example string) {
	if raw == nil {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if prefix, ok := v.Addr().Interface().(*netip.Prefix); ok {
			d.block(prefix, raw, path)
			return
		}
		d.object(v, raw, path)
	case reflect.Slice:
		d.list(v, raw, path)
	case reflect.Map:
		d.texts(v.Addr().Interface().(*map[string]string), raw, path)
	default:
		d.scalar(v, raw, path, example)
	}
}

func (d *decoder) object(v reflect.Value, raw any, path string) {
	values, ok := raw.(map[string]any)
	if !ok {
		d.report(path, `%s is not an object; use { "%s": … }`, kind(raw), v.Type().Field(0).Tag.Get("json"))
		return
	}
	known := map[string]bool{}
	for f, field := range v.Fields() {
		key := f.Tag.Get("json")
		known[key] = true
		d.decode(field, values[key], member(path, key), f.Tag.Get("default"))
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !known[key] {
			d.report(member(path, key), "unknown setting; %s", suggest(v.Type(), key))
		}
	}
}

func (d *decoder) list(v reflect.Value, raw any, path string) {
	values, ok := raw.([]any)
	if !ok {
		d.report(path, `%s is not a list; use [ { "%s": … } ]`, kind(raw), v.Type().Elem().Field(0).Tag.Get("json"))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(values), len(values)))
	for i, value := range values {
		setDefaults(v.Index(i))
		d.decode(v.Index(i), value, fmt.Sprintf("%s[%d]", path, i), "")
	}
}

func (d *decoder) texts(m *map[string]string, raw any, path string) {
	values, ok := raw.(map[string]any)
	if !ok {
		d.report(path, `%s is not an object; use { "NAME": "value" }`, kind(raw))
		return
	}
	for key, value := range values {
		if value == nil {
			continue
		}
		if problem := notText(value); problem != "" {
			d.report(member(path, key), "%s", problem)
			continue
		}
		if *m == nil {
			*m = map[string]string{}
		}
		(*m)[key], _ = text(value)
	}
}

// setDefaults gives every setting the value of its tag.
func setDefaults(v reflect.Value) {
	d := decoder{written: map[string]bool{}}
	for f, field := range v.Fields() {
		value, tagged := f.Tag.Lookup("default")
		switch {
		case tagged:
			d.decode(field, value, "", "")
		case field.Kind() == reflect.Struct:
			setDefaults(field)
		}
	}
	if len(d.problems) > 0 {
		panic("the default of a setting in " + v.Type().Name() + " does not fit its type")
	}
}
