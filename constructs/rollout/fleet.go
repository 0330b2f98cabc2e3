package rollout

import (
	"cmp"
	"time"
)

// Fleet is the number of instances that serve, and what makes it change.
type Fleet struct {
	// Min is the smallest number of instances, 1 to 10000. Default: 2.
	Min int
	// Max is the largest number of instances, Min to 10000. Default: twice Min, within that.
	Max int
	// Desired is the number that runs when a release begins, Min to Max. Default: Min.
	Desired int
	// Zones is the number of availability zones that the instances are spread over, 2 or more.
	// Default: 2.
	Zones int
	// ScaleOut is the average CPU load in percent above which an instance is added, 1 to 99: an
	// average above 100 does not exist. Default: 70.
	ScaleOut int
	// ScaleIn is the average CPU load in percent below which an instance is removed, 1 to 98, and so
	// much less than ScaleOut that an instance that was just added is not removed again, nor do the others reach ScaleOut while a batch is
	// out of service. Default: 25.
	ScaleIn int
	// HourlyPrice is what one instance costs in an hour, in US dollars. Default: 0, unknown; then no
	// costs are said.
	HourlyPrice float64
}

func (f Fleet) withDefaults() Fleet {
	f.Min = cmp.Or(f.Min, 2)
	f.Max = cmp.Or(f.Max, max(f.Min, 2, min(2*f.Min, 10000)))
	f.Desired = cmp.Or(f.Desired, f.Min)
	f.Zones = cmp.Or(f.Zones, 2)
	f.ScaleOut = cmp.Or(f.ScaleOut, 70)
	f.ScaleIn = cmp.Or(f.ScaleIn, 25)
	return f
}

// spare is how many instances of the smallest fleet can stay in service while a replacement starts.
// Auto Scaling wants that below the maximum.
func (f Fleet) spare() int { return max(0, min(f.Min, f.Max-1)) }

// Connections are the connections between the fleet and its database.
type Connections struct {
	// PerInstance is how many connections one instance may open, up to 5000. Default: 0, none.
	PerInstance int
	// Limit is how many the database accepts, those included that it reserves for administrators.
	// Default: 0, unknown; then nothing is checked.
	Limit int
}

// Subnets are the subnets of the instances, one in each zone.
type Subnets struct {
	// Addresses is the number of IPv4 addresses of each subnet, a power of two. Default: 0, unknown;
	// then nothing is checked.
	Addresses int
	// Shared tells whether the load balancers get their addresses from the same subnets.
	// Default: false.
	Shared bool
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

func (h HealthCheck) withDefaults() HealthCheck {
	h.Path = cmp.Or(h.Path, "/readyz")
	h.Interval = cmp.Or(h.Interval, 10*time.Second)
	h.Timeout = cmp.Or(h.Timeout, 5*time.Second)
	h.Healthy = cmp.Or(h.Healthy, 3)
	h.Unhealthy = cmp.Or(h.Unhealthy, 3)
	return h
}
