package rollout

import (
	"cmp"
	"fmt"
	"time"
)

// Policy is how a fleet gets a new version. The zero value is a complete policy: [Rolling] of two
// instances, one at a time. Call [Policy.Validate] before anything else.
type Policy struct {
	// Method is the deployment method. Default: Rolling.
	Method Method

	// BatchSize is the number of instances that Rolling and RollingWithAdditionalBatch update at a
	// time, 1 to Fleet.Max. The other methods ignore it. Default: 1.
	//
	// A number, not a percentage: Beanstalk does not document how it rounds a percentage, and
	// without that no capacity can be promised.
	BatchSize int

	// TrafficPercent is the share of requests that TrafficSplitting sends to the new version on
	// trial, 1 to 100. Default: 10.
	TrafficPercent int

	// Evaluation is how long TrafficSplitting watches that share, 3 to 600 whole minutes.
	// The pipeline waits an hour for the whole deployment, which leaves 52 with the other defaults.
	// Default: 5 minutes.
	Evaluation time.Duration

	// Bake is how long the probe and the alarms watch a release after it is deployed, before it counts as
	// good, 5 to 60 whole minutes. An alarm in that time rolls the release back. No less, because
	// CloudWatch has to see two bad minutes and is itself some minutes behind.
	// Default: 10 minutes.
	Bake time.Duration

	// ProbeMaxFailures is how many requests of the probe may fail before the release is put back, 0
	// to 1000. The probe is a program beside the deployment that asks the application once a second
	// from outside. Default: 0.
	ProbeMaxFailures int

	// ShrinkIdle lets the idle environment of BlueGreen scale in to one instance between releases.
	// The other methods have none and refuse it. Default: false.
	ShrinkIdle bool

	// ConfigurationUpdates is how instances are replaced when a setting such as the instance type
	// changes: Immutable with Method Immutable, Rolling with every other. Default: that.
	ConfigurationUpdates Method

	// MinInService is the number of instances that stay in service while a Rolling configuration
	// update replaces others, 1 to Fleet.Max-1, and enough to carry the load of Fleet.Min. Where it
	// is more than Fleet.Min, instances are started first. Default: Fleet.Min, or one less than
	// Fleet.Max where the two are the same.
	MinInService int

	// Fleet is the size of the fleet.
	Fleet Fleet

	// Connections are what instances ask of the database and what it grants.
	Connections Connections

	// Subnets are where the instances and the load balancers get their addresses.
	Subnets Subnets

	// Health is how the load balancer decides that an instance can serve.
	Health HealthCheck

	// StickySessions sends the requests of one user to one instance. TrafficSplitting refuses it.
	// Default: false.
	StickySessions bool

	// IgnoreHealthCheck lets a deployment go on to the next batch, and succeed, with instances that
	// are not healthy. It needs IgnoreHealthCheckReason. Default: false.
	IgnoreHealthCheck bool

	// IgnoreHealthCheckReason is why that is acceptable. It is shown at every synth. Default: none.
	IgnoreHealthCheckReason string

	// Drain is the deregistration delay: how long a request that has begun may take to finish on
	// an instance that is being taken out, 1 s to 1 h. Default: 60 s.
	Drain time.Duration

	// IdleTimeout is how long the load balancer waits on a silent connection, 2 s to 1 h, and longer
	// than Health.Timeout. The application's own keep-alive must be longer: see [Policy.Variables].
	// Default: 60 s.
	IdleTimeout time.Duration

	// CommandTimeout is how long one batch may take to drain, deploy and become healthy before
	// Beanstalk gives the deployment up: no less than in the plan, and 1 s to 1 h. Default: 600 s.
	CommandTimeout time.Duration

	// AllowDowntime accepts a policy that leaves no instance in service for a while, and is refused
	// for any other. It needs DowntimeReason. Default: false.
	AllowDowntime bool

	// DowntimeReason is why downtime is acceptable. It is shown at every synth. Default: none.
	DowntimeReason string
}

// WithDefaults returns the policy with every unset field at its default.
func (p Policy) WithDefaults() Policy {
	p.Method = cmp.Or(p.Method, Rolling)
	p.BatchSize = cmp.Or(p.BatchSize, 1)
	p.TrafficPercent = cmp.Or(p.TrafficPercent, 10)
	p.Evaluation = cmp.Or(p.Evaluation, 5*time.Minute)
	p.Bake = cmp.Or(p.Bake, 10*time.Minute)
	p.ConfigurationUpdates = cmp.Or(p.ConfigurationUpdates, p.Method.matchingUpdates())
	p.Fleet = p.Fleet.withDefaults()
	p.MinInService = cmp.Or(p.MinInService, p.Fleet.spare())
	p.Health = p.Health.withDefaults()
	p.Drain = cmp.Or(p.Drain, time.Minute)
	p.IdleTimeout = cmp.Or(p.IdleTimeout, time.Minute)
	p.CommandTimeout = cmp.Or(p.CommandTimeout, 10*time.Minute)
	return p
}

// With is the policy with another method. What has the default of the old method gets that of the new.
func (p Policy) With(m Method) Policy {
	if p.ConfigurationUpdates == p.Method.matchingUpdates() {
		p.ConfigurationUpdates = m.matchingUpdates()
	}
	p.Method = m
	return p
}

// Floor is the number of instances that are sure to serve at any moment of a release, with the
// fleet at its smallest: a release may begin when no more than Fleet.Min instances run.
func (p Policy) Floor() int {
	p = p.WithDefaults()
	p.Fleet.Desired = p.Fleet.Min
	return p.brief(false).Floor()
}

// HealthyFloor is the number of healthy instances below which something is wrong, during a release
// or not: the floor, but never 0, so that an alarm on it can sound.
func (p Policy) HealthyFloor() int { return max(1, p.Floor()) }

// DowntimeExpected tells whether requests fail in a release that goes well.
func (p Policy) DowntimeExpected() bool { return p.Floor() == 0 }

// ConfigurationFloor is the number of instances that are sure to serve while Beanstalk replaces
// instances because a setting changed, such as the instance type.
func (p Policy) ConfigurationFloor() int {
	p = p.WithDefaults()
	if p.immutableUpdates() {
		return p.Fleet.Min
	}
	return p.MinInService
}

// Summary says in one line what a release does to capacity.
func (p Policy) Summary() string {
	p = p.WithDefaults()
	how := string(p.Method)
	switch {
	case p.Method.batches():
		how = fmt.Sprintf("%s, %d of %d at a time", p.Method, p.BatchSize, p.Fleet.Min)
	case p.Method == TrafficSplitting:
		how = fmt.Sprintf("%s, %d %% of requests for %v first", p.Method, p.TrafficPercent, minutes(p.Evaluation))
	case p.Method == BlueGreen:
		how = fmt.Sprintf("%s, a second environment takes over", p.Method)
	}
	if floor := p.Floor(); floor > 0 {
		return fmt.Sprintf("%s: at least %d of %d instances serve during a release", how, floor, p.Fleet.Min)
	}
	return fmt.Sprintf("%s: no instance serves for a while during a release (allowed: %s)", how, p.DowntimeReason)
}

func minutes(d time.Duration) string {
	if n := int(d.Round(time.Minute) / time.Minute); n != 1 {
		return fmt.Sprintf("%d minutes", n)
	}
	return "1 minute"
}
