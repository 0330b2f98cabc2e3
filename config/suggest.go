package config

import (
	"reflect"
	"strings"
)

// suggest says which setting may have been meant by an unknown key of an object.
func suggest(object reflect.Type, key string) string {
	var known []string
	for f := range object.Fields() {
		known = append(known, f.Tag.Get("json"))
	}
	if object == reflect.TypeFor[Config]() {
		for _, o := range overrides {
			known = append(known, o.name)
		}
	}
	if near := nearest(known, key); near != "" {
		return "did you mean " + near + "?"
	}
	if path := elsewhere(key); path != "" {
		return "did you mean " + path + "?"
	}
	return "known settings: " + strings.Join(known, ", ")
}

// nearest is the name that a typing mistake or two turn into key, or nothing.
func nearest(names []string, key string) string {
	best, least := "", 1+max(1, min(len(key)/3, 3))
	for _, name := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(key)); d < least {
			best, least = name, d
		}
	}
	return best
}

// elsewhere is the path of a setting of the same name that belongs to another object, or nothing.
func elsewhere(key string) string {
	found := ""
	walk(reflect.TypeFor[Config](), "", func(path string, f reflect.StructField) {
		if found == "" && strings.EqualFold(f.Tag.Get("json"), key) {
			found = path
		}
	})
	return found
}

// walk visits every setting, in the order of the reference, with its path.
func walk(object reflect.Type, path string, visit func(path string, f reflect.StructField)) {
	for f := range object.Fields() {
		at := member(path, f.Tag.Get("json"))
		visit(at, f)
		switch inner := nested(f.Type); {
		case inner == nil:
		case f.Type.Kind() == reflect.Slice:
			walk(inner, at+"[]", visit)
		default:
			walk(inner, at, visit)
		}
	}
}

// nested is the type of the settings below a setting, or nil where there are none.
func nested(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[Config]().PkgPath() {
		return t
	}
	return nil
}

// distance is the number of letters to insert, remove or replace to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
