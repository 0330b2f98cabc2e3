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
	"slices"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// policy is how the release goes: as the template says, or else by default, with what the command
// line changes. The note tells where it comes from.
func (o options) policy() (policy rollout.Policy, note string, err error) {
	path := o.template
	if path == "" {
		if path, err = findTemplate("cdk.out"); err != nil {
			return policy, "", err
		}
		note = "the defaults, for there is no template in cdk.out"
	}
	if path != "" {
		if policy, err = readTemplate(path); err != nil {
			return policy, "", err
		}
		note = path
	}
	if o.method != "" {
		policy = policy.With(rollout.Method(o.method))
	}
	if o.batch > 0 {
		policy.BatchSize = o.batch
	}
	if o.instances > 0 {
		policy.Fleet = rollout.Fleet{Min: o.instances, Max: max(2*o.instances, 2)}
		policy.MinInService = 0
	}
	// Downtime is what one may want to see here.
	if policy.DowntimeExpected() || policy.ConfigurationFloor() == 0 {
		policy.AllowDowntime, policy.DowntimeReason = true, "a rehearsal"
	}
	if policy.IgnoreHealthCheck {
		policy.IgnoreHealthCheckReason = "a rehearsal"
	}
	if o.compare {
		policy.Bake = comparedBake
	}
	if err := policy.Validate(); err != nil {
		return policy, "", fmt.Errorf("this policy cannot be rehearsed (%s):\n%w", note, err)
	}
	return policy.WithDefaults(), note, nil
}

// findTemplate is the template of the only environment in a cloud assembly, and empty where there is none.
func findTemplate(assembly string) (path string, err error) {
	paths, _ := filepath.Glob(filepath.Join(assembly, "*-web.template.json"))
	if len(paths) > 1 {
		return "", fmt.Errorf("%s has %d environments; choose one:\n  -template %s",
			assembly, len(paths), strings.Join(paths, "\n  -template "))
	}
	return strings.Join(paths, ""), nil
}

// readTemplate reads the options of the environment back. Two environments are blue/green.
func readTemplate(path string) (rollout.Policy, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return rollout.Policy{}, unreadable(path, err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				OptionSettings []struct {
					Namespace, OptionName string
					Value                 any
				}
			}
		}
	}
	if err := json.Unmarshal(text, &template); err != nil {
		return rollout.Policy{}, fmt.Errorf("%s is no template: it does not hold the JSON that a synth writes", path)
	}
	var settings []rollout.Setting
	environments := 0
	for _, name := range slices.Sorted(maps.Keys(template.Resources)) {
		resource := template.Resources[name]
		if resource.Type != "AWS::ElasticBeanstalk::Environment" {
			continue
		}
		if environments++; environments > 1 {
			continue // The twins have the same options.
		}
		for _, o := range resource.Properties.OptionSettings {
			if value, literal := o.Value.(string); literal {
				settings = append(settings, rollout.Setting{Namespace: o.Namespace, Name: o.OptionName, Value: value})
			}
		}
	}
	if environments == 0 {
		return rollout.Policy{}, fmt.Errorf("%s has no Elastic Beanstalk environment; the template of an environment ends in -web.template.json", path)
	}
	policy, err := rollout.Read(settings)
	if err != nil {
		return policy, fmt.Errorf("%s: %s", path, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if environments > 1 {
		policy = policy.With(rollout.BlueGreen)
	}
	return policy, nil
}

func unreadable(path string, err error) error {
	if cause := (*fs.PathError)(nil); errors.As(err, &cause) {
		err = cause.Err // It names the path once more.
	}
	return fmt.Errorf("the template %s cannot be read: %w", path, err)
}
