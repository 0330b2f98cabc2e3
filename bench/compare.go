package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
)

// compareApps tells where the two apps do not do the same work: for the environments of cdk.json, and
// for two of them, the templates should be equal as JSON values.
func compareApps(ctx context.Context, w *workspace) ([]string, error) {
	original, err := json.Marshal(w.context)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, context := range []string{string(original), w.contextWith(2)} {
		app, twin := w.alone("compare-app", context, "false"), w.aloneTwin("compare-twin", context, "false")
		var templates []map[string]any
		for _, c := range []command{app, twin} {
			if _, err := w.run(ctx, c); err != nil {
				return nil, err
			}
			read, err := readTemplates(c.env["CDK_OUTDIR"])
			if err != nil {
				return nil, err
			}
			templates = append(templates, read)
			os.RemoveAll(c.env["CDK_OUTDIR"])
		}
		all = append(all, differences("", templates[0], templates[1])...)
	}
	return all, nil
}

func readTemplates(dir string) (map[string]any, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.template.json"))
	if err != nil {
		return nil, err
	}
	templates := map[string]any{}
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var template any
		if err := json.Unmarshal(file, &template); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		templates[filepath.Base(path)] = template
	}
	return templates, nil
}

// differences lists where two JSON values differ.
func differences(path string, app, twin any) []string {
	if reflect.DeepEqual(app, twin) {
		return nil
	}
	a, b := members(app), members(twin)
	if a == nil || b == nil {
		return []string{fmt.Sprintf("%s: %.200s in the app, %.200s in the twin", path, text(app), text(twin))}
	}
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	var all []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		all = append(all, differences(fmt.Sprintf("%s/%.80s", path, key), a[key], b[key])...)
	}
	if len(all) == 0 {
		return []string{path + ": the same in another order"}
	}
	return all
}

// members are the values in an object by their names, and those of a list by what they are: one that
// is put into the middle does not make all that follow differ.
func members(value any) map[string]any {
	list, isList := value.([]any)
	if !isList {
		object, _ := value.(map[string]any)
		return object
	}
	all := map[string]any{}
	for _, v := range list {
		all[text(v)] = v
	}
	if len(all) < len(list) {
		return nil
	}
	return all
}

func text(value any) string {
	b, err := json.Marshal(value)
	if err != nil {
		panic(err) // cannot happen: it was read from JSON
	}
	return string(b)
}
