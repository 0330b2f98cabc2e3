// Package constructstest helps to test constructs: it synthesizes once and hands out templates as
// plain Go values, which can be asserted on without CDK, in any number and in parallel.
//
// Synthesizing starts Node.js, which takes seconds. So a test package calls [Main] from its
// TestMain, and [Synth] once for each shape that its tests look at.
package constructstest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/synth"
)

// Main runs prepare and then the tests of a package that synthesizes, and ends the process. CDK's
// own validation of templates is off: it takes longer than all tests together, and every synth of
// the app runs it.
func Main(m *testing.M, prepare func()) {
	synth.Start()
	prepare()
	code := m.Run()
	synth.Stop()
	os.Exit(code)
}

// Synth lets define fill an app and returns what CDK made of it. The feature flags are those of the
// project's cdk.json.
func Synth(define func(awscdk.App)) (assembly Assembly, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%v", cause)
		}
	}()
	dir, err := os.MkdirTemp("", "cdk.out-")
	if err != nil {
		return assembly, err
	}
	defer os.RemoveAll(dir)
	context, err := flags()
	if err != nil {
		return assembly, err
	}
	context["@aws-cdk/core:failSynthOnValidationErrors"] = false // they are in Findings
	app := awscdk.NewApp(&awscdk.AppProps{
		Outdir: &dir, AutoSynth: new(false), AnalyticsReporting: new(false), Context: &context,
	})
	define(app)
	app.Synth(nil)
	return read(dir)
}

// flags are the feature flags that the app is synthesized with.
func flags() (map[string]any, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "cdk.json"))
		if err == nil {
			var cdk struct{ Context map[string]any }
			err = json.Unmarshal(text, &cdk)
			return cdk.Context, err
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return nil, err
	}
}

// Assembly is what a synth wrote.
type Assembly struct {
	// Stacks are the templates by the name of their stack.
	Stacks map[string]Template
	// DependsOn names the stacks that each stack has to wait for.
	DependsOn map[string][]string
	// Missing is what CDK would have to look up in an account.
	Missing []any
	// Findings are the warnings and errors that constructs and aspects were annotated with.
	Findings []synth.Finding
}

func read(dir string) (Assembly, error) {
	var manifest struct {
		Missing   []any
		Artifacts map[string]struct {
			Type         string
			Dependencies []string
			Properties   struct{ TemplateFile string }
		}
	}
	if err := parse(filepath.Join(dir, "manifest.json"), &manifest); err != nil {
		return Assembly{}, err
	}
	assembly := Assembly{Stacks: map[string]Template{}, DependsOn: map[string][]string{}, Missing: manifest.Missing}
	for name, artifact := range manifest.Artifacts {
		if artifact.Type != "aws:cloudformation:stack" {
			continue
		}
		template := Template{}
		path := filepath.Join(dir, artifact.Properties.TemplateFile)
		if err := parse(path, &template); err != nil {
			return Assembly{}, err
		}
		template.Text, _ = os.ReadFile(path)
		var assets assetManifest
		if err := parse(filepath.Join(dir, name+".assets.json"), &assets); err != nil {
			return Assembly{}, err
		}
		if err := template.addNested(dir, assets); err != nil {
			return Assembly{}, err
		}
		assembly.Stacks[name] = template
		for _, other := range artifact.Dependencies {
			if !strings.HasSuffix(other, ".assets") {
				assembly.DependsOn[name] = append(assembly.DependsOn[name], other)
			}
		}
		slices.Sort(assembly.DependsOn[name])
	}
	findings, err := synth.Findings(dir)
	assembly.Findings = findings
	return assembly, err
}

func parse(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// assetManifest names the files of a stack's assets by their hashes.
type assetManifest struct {
	Files map[string]struct{ Source struct{ Path string } }
}

// addNested adds what the stack's nested stacks define, see [Template].
func (t *Template) addNested(dir string, assets assetManifest) error {
	for stack, resource := range t.Of("AWS::CloudFormation::Stack") {
		url := fmt.Sprint(resource.At("TemplateURL"))
		for hash, asset := range assets.Files {
			if !strings.Contains(url, hash) {
				continue
			}
			path := filepath.Join(dir, asset.Source.Path)
			nested := Template{}
			if err := parse(path, &nested); err != nil {
				return err
			}
			if t.Nested == nil {
				t.Nested = map[string][]byte{}
			}
			t.Nested[stack], _ = os.ReadFile(path)
			parameters, _ := resource.At("Parameters").(map[string]any)
			for id, inner := range nested.Resources {
				inner.Properties, _ = withParameters(inner.Properties, parameters).(map[string]any)
				inner.DependsOn = slices.Concat(resource.DependsOn, inner.DependsOn)
				t.Resources[stack+"."+id] = inner
			}
		}
	}
	return nil
}

// withParameters puts the values that a nested stack is given in place of references to its parameters.
func withParameters(value any, parameters map[string]any) any {
	switch v := value.(type) {
	case map[string]any:
		if name, _ := v["Ref"].(string); parameters[name] != nil {
			return parameters[name]
		}
		replaced := map[string]any{}
		for key, one := range v {
			replaced[key] = withParameters(one, parameters)
		}
		return replaced
	case []any:
		replaced := make([]any, len(v))
		for i, one := range v {
			replaced[i] = withParameters(one, parameters)
		}
		return replaced
	}
	return value
}

// Template is a synthesized template. Its resources are also those of its nested stacks, by
// "LogicalIDOfTheStack.LogicalID", with the values of their parameters.
type Template struct {
	Description string
	Resources   map[string]Resource
	Outputs     map[string]map[string]any
	// Text is the template as it was written.
	Text []byte `json:"-"`
	// Nested are the templates of the nested stacks as they were written, by logical ID.
	Nested map[string][]byte `json:"-"`
}

// Resource is a resource of a template.
type Resource struct {
	Type                                string
	Properties                          map[string]any
	DependsOn                           []string
	DeletionPolicy, UpdateReplacePolicy string
}

// Of returns the resources of a type by logical ID.
func (t Template) Of(kind string) map[string]Resource {
	found := map[string]Resource{}
	for id, resource := range t.Resources {
		if resource.Type == kind {
			found[id] = resource
		}
	}
	return found
}

// Only returns the one resource of a type whose logical ID begins with prefix, and fails the test
// if there are none or several.
func (t Template) Only(tb testing.TB, kind, prefix string) Resource {
	tb.Helper()
	var matches []string
	for id := range t.Of(kind) {
		if strings.HasPrefix(id, prefix) {
			matches = append(matches, id)
		}
	}
	if len(matches) != 1 {
		tb.Fatalf("want one %s that begins with %q, found %v", kind, prefix, matches)
	}
	return t.Resources[matches[0]]
}

// At follows a dotted path of keys and indices through a value, such as "Rules.0.Name", and returns
// nil where it ends early.
func At(value any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// At follows path through the resource's properties, see [At].
func (r Resource) At(path string) any { return At(r.Properties, path) }
