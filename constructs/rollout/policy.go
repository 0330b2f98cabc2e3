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
	// Default: 5 minutes.
	Evaluation time.Duration

	// Fleet is the size of the fleet.
	Fleet Fleet

	// Health is how the load balancer decides that an instance can serve.
	Health HealthCheck

	// Drain is the deregistration delay: how long a request that has begun may take to finish on
	// an instance that is being taken out, 1 s to 1 h. Default: 60 s.
	Drain time.Duration

	// IdleTimeout is how long the load balancer waits on a silent connection, 1 s to 1 h. The
	// application's own keep-alive must be longer. Default: 60 s.
	IdleTimeout time.Duration

	// CommandTimeout is how long one batch may take to deploy and become healthy before Beanstalk
	// gives the deployment up, 1 s to 1 h. Default: 600 s.
	CommandTimeout time.Duration

	// AllowDowntime accepts a policy that leaves no instance in service for a while. It needs
	// DowntimeReason. Default: false.
	AllowDowntime bool

	// DowntimeReason is why downtime is acceptable. It is shown at every synth. Default: none.
	DowntimeReason string
}

// Fleet is the number of instances that serve.
type Fleet struct {
	// Min is the smallest number of instances, 1 to 10000. Default: 2.
	Min int
	// Max is the largest number of instances, Min to 10000. Default: twice Min.
	Max int
	// Desired is the number that runs when a release begins, Min to Max. Default: Min.
	Desired int
}

// HealthCheck is the load balancer's health check of an instance.
type HealthCheck struct {
	// Path is requested over HTTP and must answer 200 when, and only when, the instance can serve.
	// Default: /readyz.
	Path string
	// Interval is the time between two checks, 5 to 300 s. It must exceed Timeout. Default: 10 s.
	Interval time.Duration
	// Timeout is how long a check may take, 1 to 60 s. Default: 5 s.
	Timeout time.Duration
	// Healthy is the number of passed checks that bring an instance back, 2 to 10. Default: 3.
	Healthy int
	// Unhealthy is the number of failed checks that take an instance out, 2 to 10. Default: 3.
	Unhealthy int
}

// WithDefaults returns the policy with every unset field at its default.
func (p Policy) WithDefaults() Policy {
	p.Method = cmp.Or(p.Method, Rolling)
	p.BatchSize = cmp.Or(p.BatchSize, 1)
	p.TrafficPercent = cmp.Or(p.TrafficPercent, 10)
	p.Evaluation = cmp.Or(p.Evaluation, 5*time.Minute)
	p.Fleet.Min = cmp.Or(p.Fleet.Min, 2)
	p.Fleet.Max = cmp.Or(p.Fleet.Max, max(2*p.Fleet.Min, 2))
	p.Fleet.Desired = cmp.Or(p.Fleet.Desired, p.Fleet.Min)
	p.Health.Path = cmp.Or(p.Health.Path, "/readyz")
	p.Health.Interval = cmp.Or(p.Health.Interval, 10*time.Second)
	p.Health.Timeout = cmp.Or(p.Health.Timeout, 5*time.Second)
	p.Health.Healthy = cmp.Or(p.Health.Healthy, 3)
	p.Health.Unhealthy = cmp.Or(p.Health.Unhealthy, 3)
	p.Drain = cmp.Or(p.Drain, time.Minute)
	p.IdleTimeout = cmp.Or(p.IdleTimeout, time.Minute)
	p.CommandTimeout = cmp.Or(p.CommandTimeout, 10*time.Minute)
	return p
}

// Floor is the number of instances that are sure to serve at any moment of a release, with the
// fleet at its smallest: a release may begin when no more than Fleet.Min instances run.
func (p Policy) Floor() int {
	p = p.WithDefaults()
	p.Fleet.Desired = p.Fleet.Min
	return p.Plan().Floor()
}

// ConfigurationFloor is the number of instances that are sure to serve while Beanstalk replaces
// instances because a setting changed, such as the instance type.
func (p Policy) ConfigurationFloor() int {
	p = p.WithDefaults()
	if p.Method.replaces() {
		return p.Fleet.Min
	}
	return p.minInstancesInService()
}

// minInstancesInService keeps the whole minimum in service where there is room to launch a
// replacement first. Auto Scaling wants it below the maximum.
func (p Policy) minInstancesInService() int { return min(p.Fleet.Min, p.Fleet.Max-1) }

// Summary says in one line what a release does to capacity.
func (p Policy) Summary() string {
	p = p.WithDefaults()
	how := string(p.Method)
	switch {
	case p.Method.batches():
		how = fmt.Sprintf("%s, %d of %d at a time", p.Method, p.BatchSize, p.Fleet.Min)
	case p.Method == TrafficSplitting:
		how = fmt.Sprintf("%s, %d %% of requests for %v first", p.Method, p.TrafficPercent, minutes(p.Evaluation))
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
