package config

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// unaffected are the rules of package rollout that a policy breaks beside its numbers out of range. Rollout itself
// judges no more than these numbers, with which it cannot reckon. So each is put at its default, and
// what is then broken is reported if it reads the same with other values there: it has nothing to do
// with them.
func unaffected(p rollout.Policy, outOfRange rollout.Problems) rollout.Problems {
	var fields []string
	for _, problem := range outOfRange {
		fields = append(fields, problem.Field)
		policyField(&p, problem.Field).SetZero()
	}
	if len(fields) == 0 || !p.InRange() {
		return nil
	}
	found := violations(p)
	for _, name := range fields {
		for _, other := range variants(p, name) {
			again := violations(other)
			found = slices.DeleteFunc(found, func(f rollout.Problem) bool {
				return !slices.ContainsFunc(again, func(g rollout.Problem) bool { return g.Rule == f.Rule && g.Message == f.Message })
			})
		}
	}
	return found
}

// variants are the policy with other values of a field.
func variants(p rollout.Policy, name string) (all []rollout.Policy) {
	full := p.WithDefaults()
	var values []any
	switch value := policyField(&full, name).Interface().(type) {
	case rollout.Method:
		values = []any{rollout.Immutable, rollout.Rolling}
	case int:
		values = []any{2*value + 1}
	case time.Duration:
		values = []any{value + time.Minute}
	}
	for _, value := range values {
		other := p
		policyField(&other, name).Set(reflect.ValueOf(value))
		all = append(all, other)
	}
	return all
}

func policyField(p *rollout.Policy, path string) reflect.Value {
	v := reflect.ValueOf(p).Elem()
	for name := range strings.SplitSeq(path, ".") {
		v = v.FieldByName(name)
	}
	return v
}
