package rollout

import (
	"fmt"
	"strconv"
	"time"
)

// Setting is one Elastic Beanstalk option. Beanstalk takes every value as a string.
type Setting struct{ Namespace, Name, Value string }

// The namespaces of the options (Developer Guide, "General options for all environments").
const (
	command   = "aws:elasticbeanstalk:command"
	splitting = "aws:elasticbeanstalk:trafficsplitting"
	update    = "aws:autoscaling:updatepolicy:rollingupdate"
	group     = "aws:autoscaling:asg"
	trigger   = "aws:autoscaling:trigger"
	process   = "aws:elasticbeanstalk:environment:process:default"
	balancer  = "aws:elbv2:loadbalancer"
	health    = "aws:elasticbeanstalk:healthreporting:system"
)

// Settings computes every option that decides how the fleet is updated and judged. The set is the
// same for all methods: an option that is left out of a later update would keep its old value
// (CloudFormation, AWS::ElasticBeanstalk::Environment), so what a method does not need is set to
// its default.
func (p Policy) Settings() []Setting {
	p = p.WithDefaults()
	method, batch := p.deploymentPolicy()
	updateType, maxBatch := p.configurationUpdate()
	return []Setting{
		{command, "DeploymentPolicy", string(method)},
		{command, "BatchSizeType", "Fixed"},
		{command, "BatchSize", strconv.Itoa(batch)},
		{command, "Timeout", seconds(p.CommandTimeout)},
		{command, "IgnoreHealthCheck", strconv.FormatBool(p.IgnoreHealthCheck)},
		{splitting, "NewVersionPercent", strconv.Itoa(p.TrafficPercent)},
		{splitting, "EvaluationTime", strconv.Itoa(int(p.Evaluation / time.Minute))},
		{update, "RollingUpdateEnabled", "true"},
		{update, "RollingUpdateType", updateType},
		{update, "MaxBatchSize", strconv.Itoa(maxBatch)},
		{update, "MinInstancesInService", strconv.Itoa(p.MinInService)},
		{update, "Timeout", "PT1H"},
		{group, "MinSize", strconv.Itoa(p.Fleet.Min)},
		{group, "MaxSize", strconv.Itoa(p.Fleet.Max)},
		{process, "Port", "80"},
		{process, "Protocol", "HTTP"},
		{process, "HealthCheckPath", p.Health.Path},
		{process, "HealthCheckInterval", seconds(p.Health.Interval)},
		{process, "HealthCheckTimeout", seconds(p.Health.Timeout)},
		{process, "HealthyThresholdCount", strconv.Itoa(p.Health.Healthy)},
		{process, "UnhealthyThresholdCount", strconv.Itoa(p.Health.Unhealthy)},
		{process, "MatcherHTTPCode", "200"},
		{process, "DeregistrationDelay", seconds(p.Drain)},
		{process, "StickinessEnabled", strconv.FormatBool(p.StickySessions)},
		{balancer, "IdleTimeout", seconds(p.IdleTimeout)},
		{health, "SystemType", "enhanced"},
		{health, "HealthCheckSuccessThreshold", "Ok"},
	}
}

// deploymentPolicy is what Beanstalk itself is told, and the size of its batches. BlueGreen deploys
// to an environment that serves nobody, but what changes an environment variable of the live one may
// follow the same policy, so that keeps instances in service too.
func (p Policy) deploymentPolicy() (Method, int) {
	if p.Method != BlueGreen {
		return p.Method, min(max(p.BatchSize, 1), p.Fleet.Max) // some methods ignore what is out of range
	}
	// Half of the fleet at a time, or so many that the others can carry its load.
	f := p.Fleet
	if size := min(f.Min/2, (f.Min*(f.ScaleOut-f.ScaleIn)-1)/f.ScaleOut); size > 0 {
		return Rolling, size
	}
	return RollingWithAdditionalBatch, 1
}

// configurationUpdate is the type of an update that replaces instances because a setting changed,
// and how many it replaces at a time.
func (p Policy) configurationUpdate() (updateType string, maxBatch int) {
	room := max(1, p.Fleet.Max-p.MinInService)
	if p.immutableUpdates() {
		return "Immutable", room
	}
	_, batch := p.deploymentPolicy()
	return "Health", min(batch, room)
}

// immutableUpdates tells whether a configuration update starts a second fleet. What Beanstalk refuses is
// never emitted, whatever ConfigurationUpdates says.
func (p Policy) immutableUpdates() bool {
	return p.ConfigurationUpdates == Immutable && p.Method == Immutable
}

func seconds(d time.Duration) string { return fmt.Sprintf("%d", d/time.Second) }
