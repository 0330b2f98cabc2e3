package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func (d *decoder) block(prefix *netip.Prefix, raw any, path string) {
	s, ok := text(raw)
	parsed, err := netip.ParsePrefix(s)
	if !ok || err != nil {
		d.report(path, "%s is not an address block; use one such as 10.0.0.0/16", shown(raw))
		return
	}
	*prefix = parsed
}

func (d *decoder) scalar(v reflect.Value, raw any, path, example string) {
	s, ok := text(raw)
	switch v.Kind() {
	case reflect.String:
		if problem := notText(raw); problem != "" {
			d.report(path, "%s", problem)
			return
		}
		v.SetString(s)
	case reflect.Bool:
		if !ok || s != "true" && s != "false" {
			d.report(path, "%s is neither true nor false; use true or false", shown(raw))
			return
		}
		v.SetBool(s == "true")
	case reflect.Int:
		// No setting comes near this size, and a million minutes still fit a time.Duration.
		const most = 1_000_000
		example = cmp.Or(example, "2")
		n, err := strconv.Atoi(s)
		switch {
		case n < -most || n > most: // also where n does not fit an int
			d.report(path, "%s is out of range; use a number such as %s", shown(raw), example)
			return
		case !ok || err != nil:
			d.report(path, "%s is not a whole number; use a number such as %s", shown(raw), example)
			return
		}
		v.SetInt(int64(n))
	}
	d.written[path] = true
}

// notText is why a value is not taken for a text, or empty. It shows no value: it may be a secret.
func notText(raw any) string {
	switch raw := raw.(type) {
	case string:
		return ""
	case json.Number:
		if rewritten(raw) {
			return "a number that JavaScript rewrites, such as 1.0 as 1, or with more than 15 digits; put the value in quotes"
		}
		return ""
	}
	return kind(raw) + " is not a text; put the value in quotes"
}

// rewritten tells whether a number reads otherwise once the CDK CLI has passed it on.
func rewritten(n json.Number) bool {
	value, err := n.Float64()
	if err != nil {
		return true
	}
	// Go writes a number as JavaScript does, but for the sign of zero.
	text, err := json.Marshal(value)
	return err != nil || string(text) != n.String() || n == "-0"
}

// text is a single value as it is written; objects and lists have none.
func text(raw any) (string, bool) {
	switch raw := raw.(type) {
	case string:
		return raw, true
	case json.Number:
		return raw.String(), true
	case bool:
		return strconv.FormatBool(raw), true
	}
	return "", false
}

// shown is a value for a message.
func shown(raw any) string {
	s, ok := text(raw)
	if !ok {
		return kind(raw)
	}
	if _, quoted := raw.(string); quoted {
		return limits.Quote(s)
	}
	return limits.Short(s)
}

// kind says what a value is without showing it: it may hold a secret.
func kind(raw any) string {
	switch raw.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case nil:
		return "null"
	}
	return fmt.Sprint(raw) // true or false
}
