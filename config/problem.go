package config

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	// Path is the setting as the user writes it, such as environments[0].fleet.minInstances, or
	// minInstances (-c).
	Path string
	// Message says what is wrong and what to write instead, in one line.
	Message string
}

// Problems is everything that is wrong with a configuration, in the order of the reference. It is
// never empty where it is an error.
type Problems []Problem

// Error counts the problems and lists them, one a line.
func (p Problems) Error() string {
	var b strings.Builder
	noun := "problems"
	if len(p) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&b, "%d %s in the configuration (cdk.json and -c):", len(p), noun)
	for _, problem := range p {
		fmt.Fprintf(&b, "\n  %s: %s", problem.Path, problem.Message)
	}
	return b.String()
}

// Join adds the problems of another configuration error, but for those of settings that have one already. An error
// of another kind comes back as it is.
func (p Problems) Join(err error) error {
	var more Problems
	if err != nil && !errors.As(err, &more) {
		return err
	}
	known := map[string]bool{}
	for _, problem := range p {
		known[problem.Path] = true
	}
	all := slices.Clone(p)
	for _, problem := range more {
		if !known[problem.Path] {
			all = append(all, problem)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all.sorted()
}

// sorted returns the problems in the order of the reference, each once.
func (p Problems) sorted() Problems {
	seen := map[Problem]bool{}
	p = slices.DeleteFunc(p, func(problem Problem) bool {
		again := seen[problem]
		seen[problem] = true
		return again
	})
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(slices.Compare(position(a.Path), position(b.Path)), cmp.Compare(a.Path, b.Path))
	})
	return p
}

// position is where a path stands in the reference: the index of each of its parts.
func position(path string) []int {
	const last = 1 << 20 // unknown settings come after the known ones, in alphabetical order
	var at []int
	level := reflect.TypeFor[Config]()
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		index, err := strconv.Atoi(part)
		switch {
		case level != nil && level.Kind() == reflect.Struct:
			index, level = fieldIndex(level, part)
		case level != nil && level.Kind() == reflect.Slice && err == nil:
			level = level.Elem()
		default:
			index, level = -1, nil
		}
		if index < 0 {
			return append(at, last)
		}
		at = append(at, index)
	}
	return at
}

func fieldIndex(structure reflect.Type, key string) (int, reflect.Type) {
	for f := range structure.Fields() {
		if f.Tag.Get("json") == key {
			return f.Index[0], f.Type
		}
	}
	return -1, nil
}

// member is the path of a key below a path; keys that are no plain words are quoted.
func member(path, key string) string {
	plain := key != "" && !strings.ContainsFunc(key, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	switch {
	case !plain:
		return path + "[" + limits.Quote(key) + "]"
	case path == "":
		return limits.Short(key)
	}
	return path + "." + limits.Short(key)
}
