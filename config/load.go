package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// cdkKeys are the keys that the CDK CLI itself keeps in the context under bare names.
var cdkKeys = []string{"acknowledged-issue-numbers", "cdk-migrate", "cli-telemetry"}

// Load reads the configuration from the CDK context, a JSON object as the CLI passes it in the
// environment variable CDK_CONTEXT_JSON. An empty context gives the defaults. The error is
// [Problems] and lists everything that is wrong.
func Load(context []byte) (Config, error) { return load(context, false) }

// LoadToCompare is [Load] for those who look for another method: it accepts what rollout refuses, if
// only every number is in range.
func LoadToCompare(context []byte) (Config, error) { return load(context, true) }

func load(context []byte, comparing bool) (Config, error) {
	d := &decoder{written: map[string]bool{}}
	values, problem := object(context, `{ "service": … }`, "run the app with the CDK CLI, as in `cdk synth`")
	if problem != "" {
		return Config{}, Problems{{"context", problem}}
	}
	d.twice(context)
	cfg, taken := d.settings(values)
	if len(cfg.Environments) == 0 {
		cfg.Environments = make([]Environment, 1)
		setDefaults(reflect.ValueOf(&cfg.Environments[0]).Elem())
		cfg.Environments[0].AllowHTTP = showcaseHTTP
	}
	c := checker{cfg: cfg, written: slices.Clone(cfg.Environments), taken: taken, comparing: comparing}
	for i := range cfg.Environments {
		d.complete(&c.written[i], i, nil)
		c.open = append(c.open, d.complete(&cfg.Environments[i], i, taken))
	}
	if problems := append(d.problems, slices.DeleteFunc(c.check(), d.concerns)...); len(problems) > 0 {
		return Config{}, problems.sorted()
	}
	return cfg, nil
}

// complete applies the overrides to an environment and then the defaults that depend on other
// settings, whose paths it returns.
func (d *decoder) complete(e *Environment, index int, taken map[override]reflect.Value) (open []string) {
	given := map[string]bool{}
	for o, value := range taken {
		field, _ := setting(reflect.ValueOf(e).Elem(), o.path)
		field.Set(value)
		given[o.path] = true
	}
	for _, c := range computed {
		if !given[c.path] && !d.written[at(index, c.path)] {
			field, _ := setting(reflect.ValueOf(e).Elem(), c.path)
			field.Set(reflect.ValueOf(c.value(*e)))
			open = append(open, c.path)
		}
	}
	return open
}

// settings decodes a context.
func (d *decoder) settings(values map[string]any) (cfg Config, taken map[override]reflect.Value) {
	maps.DeleteFunc(values, func(key string, _ any) bool {
		return strings.Contains(key, ":") || strings.HasPrefix(key, "@") || slices.Contains(cdkKeys, key)
	})
	taken = d.takeOverrides(values)
	setDefaults(reflect.ValueOf(&cfg).Elem())
	d.decode(reflect.ValueOf(&cfg).Elem(), values, "", "")
	return cfg, taken
}

// object parses a JSON object such as the example, or says why that is impossible. The fix is for a
// text that is not JSON.
func object(text []byte, example, fix string) (values map[string]any, problem string) {
	if len(bytes.TrimSpace(text)) == 0 {
		return map[string]any{}, ""
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var raw any
	if err := decoder.Decode(&raw); err != nil {
		return nil, notJSON(text, err, fix)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, notJSON(text[:decoder.InputOffset()], nil, fix)
	}
	if raw == nil {
		return map[string]any{}, ""
	}
	values, ok := raw.(map[string]any)
	if !ok {
		return nil, fmt.Sprintf(`%s is not an object; use %s`, kind(raw), example)
	}
	return values, ""
}

// notJSON says where a text ceases to be JSON, without what stands there: it may be a secret.
func notJSON(text []byte, err error, fix string) string {
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		text = text[:min(int(syntax.Offset), len(text))]
	}
	line := 1 + bytes.Count(text, []byte("\n"))
	column := len(text) - (1 + bytes.LastIndexByte(text, '\n'))
	return fmt.Sprintf("not JSON from line %d, character %d on; %s", line, max(column, 1), fix)
}
