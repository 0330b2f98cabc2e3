package config_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

// goWords are what a Go program shows of itself, and nobody who wrote a configuration understands.
var goWords = regexp.MustCompile(`<nil>|%!|\bmap\[|\[\]byte|\bnil\b|(^|[^.])json:|strconv|netip|reflect|unmarshal|runtime error|interface ?\{|0x[0-9a-f]{6,}|&\{|\bstruct\b|json\.Number|float64|parsing "`)

// eachSetting visits every setting, with a way to write a configuration of nothing but a value of it.
func eachSetting(t *testing.T, visit func(path string, with func(value any) string)) {
	t.Helper()
	var walk func(object reflect.Type, path string, wrap func(any) any)
	walk = func(object reflect.Type, path string, wrap func(any) any) {
		for f := range object.Fields() {
			key := f.Tag.Get("json")
			at := strings.TrimPrefix(path+"."+key, ".")
			inner := func(value any) any { return wrap(map[string]any{key: value}) }
			switch kind := f.Type.Kind(); {
			case kind == reflect.Slice:
				walk(f.Type.Elem(), at, func(value any) any { return inner([]any{value}) })
			case kind == reflect.Struct && f.Type.PkgPath() == object.PkgPath():
				walk(f.Type, at, inner)
			}
			visit(at, func(value any) string {
				text, err := json.Marshal(inner(value))
				assert.NoError(t, err)
				return string(text)
			})
			if f.Type.Kind() == reflect.Map {
				visit(at+".NAME", func(value any) string {
					text, err := json.Marshal(inner(map[string]any{"NAME": value}))
					assert.NoError(t, err)
					return string(text)
				})
				visit(at+" as a key", func(value any) string {
					if _, is := value.(string); !is {
						value = "x"
					}
					text, err := json.Marshal(inner(map[string]any{fmt.Sprint(value): "x"}))
					assert.NoError(t, err)
					return string(text)
				})
			}
		}
	}
	walk(reflect.TypeFor[config.Config](), "", func(value any) any { return value })
	for _, key := range []string{"method", "minInstances", "instanceType", "nat", "multiAZ", "downtimeReason"} {
		visit(key, func(value any) string {
			text, err := json.Marshal(map[string]any{key: value})
			assert.NoError(t, err)
			return string(text)
		})
	}
}

// Anything may have been pasted somewhere: a message stays readable, and shows no more than the beginning.
func TestLongValuesAreShortenedInEveryMessage(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3000)
	values := map[string]any{
		"letters": long, "capitals": strings.ToUpper(long), "digits": strings.Repeat("7", 3000), "a number": json.Number(strings.Repeat("7", 3000)),
		"a path": "/" + long + "é", "an ARN": "arn:aws:acm:eu-west-1:111122223333:certificate/" + long, "a secret": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:" + long + "?",
		"a wrong region": "arn:aws:acm:" + long + ":111122223333:certificate/1", "an address": long + "@example.com", "two addresses": "Ops <" + long + "@example.com>",
		"an SQL-like name": "pg_" + long, "a key": "ssh-rsa " + long, "another key": long + " AAAA", "a type": "t4g." + long, "a class": "db.t4g." + long, "a family": long + ".large",
		"a zone": "eu-west-1" + long, "a version": "17." + long, "a window": "Sun:" + long, "an aws key": "aws:" + long, "a branch": long + " ..", "a reference": "refs/heads/" + long,
		"a block": "10.0.0.0/" + strings.Repeat("7", 3000),
	}
	// 60 characters and the prefix of a value in quotes, wherever it begins.
	tooLong := regexp.MustCompile(`[xX7]{61}`)
	eachSetting(t, func(path string, with func(any) string) {
		for name, value := range values {
			_, err := config.Load([]byte(with(value)))
			if err != nil {
				assert.NotRegexp(t, tooLong, err.Error(), "%s: %s", path, name)
				if strings.Contains(err.Error(), "not a whole number") || strings.Contains(err.Error(), "neither true nor false") {
					return // whatever the text is
				}
			}
		}
	})
	_, err := config.Load([]byte(`{"` + long + `": 1, "environments": [{"` + long + `": 1}]}`))
	assert.NotRegexp(t, tooLong, err.Error())
}

func TestMessagesHaveNoGoWords(t *testing.T) {
	t.Parallel()
	values := []any{nil, true, 0, -1, 1.5, json.Number("1e999"), json.Number("12345678901234567890"), "", " ", "x", "\u0000", "\n", "é", "%s%d", []any{}, []any{nil}, []any{[]any{}},
		map[string]any{}, map[string]any{"": nil}, map[string]any{"a": map[string]any{}}, "0x10", "1_000", "9999999999999999999999"}
	eachSetting(t, func(path string, with func(any) string) {
		for _, value := range values {
			_, err := config.Load([]byte(with(value)))
			if err != nil {
				assert.NotRegexp(t, goWords, err.Error(), "%s: %q", path, value)
			}
		}
	})
	for _, text := range []string{"nul", "{", `{"a"}`, "[1,", "\xff", "{} x", `{"environments": [null, 1, "x", []]}`, `""`, "1", "true"} {
		if _, err := config.Load([]byte(text)); err != nil {
			assert.NotRegexp(t, goWords, err.Error(), text)
		}
		if _, problems := config.File([]byte(text)); len(problems) > 0 {
			assert.NotRegexp(t, goWords, problems.Error(), text)
		}
	}
}
