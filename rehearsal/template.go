//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// findTemplate is the template that is asked for: of a stack in the cloud assembly, or a file. Where nothing is
// asked for, it is that of the only stack with an environment, and empty where there is none.
//
// It goes by the manifest: templates of stacks that are gone may lie about in the directory.
func findTemplate(assembly, asked string) (path string, err error) {
	stacks, err := stackTemplates(assembly)
	if err != nil && asked == "" {
		return "", err
	}
	if path, known := stacks[asked]; known {
		return path, nil
	}
	if asked != "" {
		return asked, nil
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(stacks)) {
		environments, err := environmentsOf(stacks[name])
		if err != nil {
			return "", err
		}
		if len(environments) > 0 {
			names = append(names, name)
		}
	}
	switch len(names) {
	case 0:
		return "", nil
	case 1:
		return stacks[names[0]], nil
	}
	return "", fmt.Errorf("%s has %d environments; choose one:\n  -template %s", assembly, len(names), strings.Join(names, "\n  -template "))
}

// stackTemplates are the templates of the stacks in a cloud assembly. There are none without an assembly.
func stackTemplates(assembly string) (map[string]string, error) {
	path := filepath.Join(assembly, "manifest.json")
	var manifest struct {
		Artifacts map[string]struct {
			Type       string
			Properties struct{ TemplateFile string }
		}
	}
	if err := readJSON(path, &manifest); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	templates := map[string]string{}
	for name, artifact := range manifest.Artifacts {
		if artifact.Type == "aws:cloudformation:stack" {
			templates[name] = filepath.Join(assembly, artifact.Properties.TemplateFile)
		}
	}
	return templates, nil
}

// environmentsOf are the options of each Elastic Beanstalk environment in a template and in the stacks that are
// nested in it.
func environmentsOf(path string) ([][]rollout.Setting, error) {
	return environmentsIn(path, strings.TrimSuffix(path, ".template.json")+".assets.json")
}

// environmentsIn finds nested templates through assets, the file in which CDK lists those of a stack and of
// all that are nested in it.
func environmentsIn(path, assets string) (environments [][]rollout.Setting, err error) {
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				TemplateURL    json.RawMessage
				OptionSettings []struct {
					Namespace, OptionName string
					Value                 any
				}
			}
		}
	}
	if err := readJSON(path, &template); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(template.Resources)) {
		switch resource := template.Resources[name]; resource.Type {
		case "AWS::ElasticBeanstalk::Environment":
			settings := []rollout.Setting{}
			for _, o := range resource.Properties.OptionSettings {
				// What is only known when it is deployed is none of a policy's.
				if value, literal := o.Value.(string); literal {
					settings = append(settings, rollout.Setting{Namespace: o.Namespace, Name: o.OptionName, Value: value})
				}
			}
			environments = append(environments, settings)
		case "AWS::CloudFormation::Stack":
			nested, err := assetPath(assets, resource.Properties.TemplateURL)
			if err != nil {
				return nil, err
			}
			if nested == "" {
				continue // not one of this assembly
			}
			more, err := environmentsIn(nested, assets)
			if err != nil {
				return nil, err
			}
			environments = append(environments, more...)
		}
	}
	return environments, nil
}

// assetHash is how CDK names an uploaded template.
var assetHash = regexp.MustCompile(`/([0-9a-f]{64})\.json`)

// assetPath is the file in the cloud assembly that CDK uploads to a URL, or empty where it uploads none.
func assetPath(assets string, url json.RawMessage) (string, error) {
	hash := assetHash.FindSubmatch(url)
	if hash == nil {
		return "", nil
	}
	var list struct {
		Files map[string]struct{ Source struct{ Path string } }
	}
	if err := readJSON(assets, &list); err != nil {
		return "", err
	}
	file, known := list.Files[string(hash[1])]
	if !known {
		return "", nil
	}
	return filepath.Join(filepath.Dir(assets), file.Source.Path), nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if cause := (*fs.PathError)(nil); errors.As(err, &cause) {
		return fmt.Errorf("%s cannot be read: %w", path, cause.Err) // It names the path once more.
	}
	if json.Unmarshal(text, into) != nil {
		return fmt.Errorf("%s does not hold the JSON that a synth writes; run the synth again", path)
	}
	return nil
}
