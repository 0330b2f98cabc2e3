//go:build unix

package main

import (
	"fmt"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// policy is how the release goes: as the template says, or else by default, with what the command
// line changes. The note tells where it comes from.
func (o options) policy() (policy rollout.Policy, note string, err error) {
	path, err := findTemplate("cdk.out", o.template)
	if err != nil {
		return policy, "", err
	}
	note = "the defaults, for there is no template in cdk.out"
	if path != "" {
		note = path
		if policy, err = readTemplate(path); err != nil {
			return policy, "", err
		}
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

// readTemplate reads the options of the environment of a template back. Two environments are blue/green.
func readTemplate(path string) (rollout.Policy, error) {
	environments, err := environmentsOf(path)
	if err != nil {
		return rollout.Policy{}, err
	}
	if len(environments) == 0 {
		return rollout.Policy{}, fmt.Errorf("%s has no Elastic Beanstalk environment; the name of the stack of an environment ends in -web", path)
	}
	policy, err := rollout.Read(environments[0]) // Those of blue/green have the same options.
	if err != nil {
		return policy, fmt.Errorf("%s: %s", path, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if len(environments) > 1 {
		policy = policy.With(rollout.BlueGreen)
	}
	return policy, nil
}
