package rollout

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// Read is the policy that [Policy.Settings] were computed from, as far as they tell: two
// environments are no option, so a policy of BlueGreen is read as that of its single environments.
// Options that it does not know are left alone, missing ones are at their defaults. The error names
// each value that is none.
func Read(settings []Setting) (Policy, error) {
	r := reader{values: map[Setting]string{}}
	for _, s := range settings {
		r.values[Setting{Namespace: s.Namespace, Name: s.Name}] = s.Value
	}
	policy := Policy{
		Method:         Method(r.text(command, "DeploymentPolicy")),
		BatchSize:      r.number(command, "BatchSize"),
		TrafficPercent: r.number(splitting, "NewVersionPercent"),
		Evaluation:     time.Duration(r.number(splitting, "EvaluationTime")) * time.Minute,
		MinInService:   r.number(update, "MinInstancesInService"),
		Fleet: Fleet{Min: r.number(group, "MinSize"), Max: r.number(group, "MaxSize"),
			ScaleOut: r.number(trigger, "UpperThreshold"), ScaleIn: r.number(trigger, "LowerThreshold")},
		Health: HealthCheck{
			Path:      r.text(process, "HealthCheckPath"),
			Interval:  r.seconds(process, "HealthCheckInterval"),
			Timeout:   r.seconds(process, "HealthCheckTimeout"),
			Healthy:   r.number(process, "HealthyThresholdCount"),
			Unhealthy: r.number(process, "UnhealthyThresholdCount"),
		},
		StickySessions:    r.text(process, "StickinessEnabled") == "true",
		IgnoreHealthCheck: r.text(command, "IgnoreHealthCheck") == "true",
		Drain:             r.seconds(process, "DeregistrationDelay"),
		IdleTimeout:       r.seconds(balancer, "IdleTimeout"),
		CommandTimeout:    r.seconds(command, "Timeout"),
	}
	switch r.text(update, "RollingUpdateType") {
	case "Immutable":
		policy.ConfigurationUpdates = Immutable
	case "Health", "Time":
		policy.ConfigurationUpdates = Rolling
	}
	return policy, errors.Join(r.problems...)
}

type reader struct {
	values   map[Setting]string
	problems []error
}

func (r *reader) text(namespace, name string) string {
	return r.values[Setting{Namespace: namespace, Name: name}]
}

func (r *reader) number(namespace, name string) int {
	text := r.text(namespace, name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		r.problems = append(r.problems, fmt.Errorf("%s %s is %s, which is not a whole number", namespace, name, limits.Quote(text)))
	}
	return n
}

func (r *reader) seconds(namespace, name string) time.Duration {
	return time.Duration(r.number(namespace, name)) * time.Second
}
