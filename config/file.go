package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// File takes the context out of the text of cdk.json, nil if that cannot be read, and reports what only the text shows: keys
// that are there twice, values that JavaScript rewrites when the CDK CLI reads them, and settings beside
// "context", where nothing reads them.
func File(text []byte) (context []byte, problems Problems) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // the CLI takes a byte order mark too
	if !utf8.Valid(text) {
		return nil, Problems{{"cdk.json", "not in the encoding UTF-8; save it as UTF-8"}}
	}
	values, problem := object(text, `{ "app": …, "context": … }`, "correct it, or restore it with: git checkout cdk.json")
	if problem != "" {
		return nil, Problems{{"cdk.json", problem}}
	}
	d := &decoder{written: map[string]bool{}}
	d.twice(text)
	for key, value := range values {
		d.beside(key, value)
	}
	context = []byte("{}")
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) == nil && members["context"] != nil {
		context = members["context"]
	}
	if inner, ok := values["context"].(map[string]any); ok {
		d.settings(inner)
	}
	return context, d.problems.sorted()
}

// beside refuses a setting beside "context".
func (d *decoder) beside(key string, value any) {
	if key == "context" || elsewhere(key) == "" && !slices.ContainsFunc(overrides, func(o override) bool { return o.name == key }) {
		return
	}
	// The CLI has a setting of the same name there, a list.
	if _, list := value.([]any); list && key == "tags" {
		return
	}
	d.report(key, `beside "context" in cdk.json, where nothing reads it; move it into "context"`)
}

// twice refuses keys that an object has more than once: which of them counts is nothing to rely on.
func (d *decoder) twice(text []byte) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	d.repeated(decoder, "")
}

// repeated reads one value of a text that is valid JSON.
func (d *decoder) repeated(decoder *json.Decoder, path string) {
	token, err := decoder.Token()
	if err != nil {
		return
	}
	switch token {
	case json.Delim('{'):
		times := map[string]int{}
		for decoder.More() {
			key, _ := decoder.Token()
			name, _ := key.(string)
			times[name]++
			at := member(path, name)
			if at == "context" {
				at = "" // as settings are named
			}
			d.repeated(decoder, at)
			if times[name] == 2 {
				d.report(member(path, name), "written more than once; keep one")
			}
		}
		_, _ = decoder.Token()
	case json.Delim('['):
		for i := 0; decoder.More(); i++ {
			d.repeated(decoder, fmt.Sprintf("%s[%d]", path, i))
		}
		_, _ = decoder.Token()
	}
}
