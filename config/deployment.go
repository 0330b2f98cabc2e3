package config

// Deployment is how a release reaches the fleet.
type Deployment struct {
	// Method is the deployment method: AllAtOnce, Rolling, RollingWithAdditionalBatch, Immutable,
	// TrafficSplitting or BlueGreen. BlueGreen keeps a second environment with a fleet of its own.
	Method string `json:"method" default:"Rolling"`

	// BatchSize is how many instances Rolling and RollingWithAdditionalBatch update at a time, 1 to
	// maxInstances. The other methods ignore it.
	BatchSize int `json:"batchSize" default:"1"`

	// TrafficPercent is the share of requests on trial with TrafficSplitting, 1 to 100.
	TrafficPercent int `json:"trafficPercent" default:"10"`

	// EvaluationMinutes is how long TrafficSplitting watches that share, 3 to 600. The pipeline waits
	// an hour for the whole deployment, so with the other defaults 52 are the most.
	EvaluationMinutes int `json:"evaluationMinutes" default:"5"`

	// BakeMinutes is how long the probe and the alarms watch a release after it is deployed, 5 to 60; an
	// alarm in that time rolls the release back.
	BakeMinutes int `json:"bakeMinutes" default:"10"`

	// ProbePath is what the probe asks for once a second while a release is deployed, in printable
	// ASCII. Strangers must be allowed to see it. A redirect is a failure
	// if the previous version responded with 2xx, and always if it leads to https of the same host or
	// back to the same page.
	ProbePath string `json:"probePath" unset:"health.path"`

	// ProbeHost is the host that the probe names in its requests, in the header Host and in TLS, such as
	// shop.example.com: for an application that checks the header. The certificate must be valid for it.
	ProbeHost string `json:"probeHost" unset:"the host of EnvironmentUrl; the name in the certificate is not checked"`

	// ProbeMaxFailures is how many requests of the probe may fail before the release is put back, 0
	// to 1000.
	ProbeMaxFailures int `json:"probeMaxFailures" default:"0"`

	// ShrinkIdle lets the idle environment of BlueGreen scale in to one instance between releases,
	// for less money and a slower way back.
	ShrinkIdle bool `json:"shrinkIdle"`

	// ConfigurationUpdates is how instances are replaced when a setting such as the instance type
	// changes: Immutable with the method Immutable, Rolling with every other.
	ConfigurationUpdates string `json:"configurationUpdates" unset:"that of the method"`

	// MinInService is the number of instances that stay in service while a Rolling configuration
	// update replaces others, 1 to one less than maxInstances, and enough to carry the load of
	// minInstances. For more than minInstances, others are started first.
	MinInService int `json:"minInService" unset:"minInstances, less one where maxInstances is the same"`

	// StickySessions sends the requests of one user to one instance. TrafficSplitting refuses it.
	StickySessions bool `json:"stickySessions"`

	// IgnoreHealthCheck lets a deployment go on, and succeed, with instances that are not healthy. It
	// needs ignoreHealthCheckReason.
	IgnoreHealthCheck bool `json:"ignoreHealthCheck"`

	// IgnoreHealthCheckReason is why that is acceptable, in two words or more; it is shown at every synth.
	IgnoreHealthCheckReason string `json:"ignoreHealthCheckReason"`

	// DrainSeconds is the deregistration delay: how long a request may take to finish on an
	// instance that is being taken out, 1 to 3600.
	DrainSeconds int `json:"drainSeconds" default:"60"`

	// IdleTimeoutSeconds is how long the load balancer waits on a silent connection, 2 to 3600, and
	// longer than health.timeoutSeconds. The application's keep-alive must be longer: the containers
	// get IDLE_TIMEOUT, which is 15 s more and which the starter reads. Above 60, each synth warns.
	IdleTimeoutSeconds int `json:"idleTimeoutSeconds" default:"60"`

	// CommandTimeoutSeconds is how long one batch may take to drain, deploy and become healthy: no
	// less than `go run . plan` says, and 1 to 3600.
	CommandTimeoutSeconds int `json:"commandTimeoutSeconds" default:"600"`

	// AllowDowntime accepts a deployment that leaves no instance in service, and is refused where there
	// is none. It needs downtimeReason.
	AllowDowntime bool `json:"allowDowntime"`

	// DowntimeReason is why downtime is acceptable, in two words or more; it is shown at every synth.
	DowntimeReason string `json:"downtimeReason"`
}

// Health is the load balancer's health check.
type Health struct {
	// Path is what the load balancer requests, in printable ASCII; it must answer 200 when, and only
	// when, the instance can serve.
	Path string `json:"path" default:"/readyz"`

	// IntervalSeconds is the time between two checks, 5 to 300. It must exceed timeoutSeconds.
	IntervalSeconds int `json:"intervalSeconds" default:"10"`

	// TimeoutSeconds is how long a check may take, 1 to 60.
	TimeoutSeconds int `json:"timeoutSeconds" default:"5"`

	// HealthyThreshold is the number of passed checks that bring an instance back, 2 to 10.
	HealthyThreshold int `json:"healthyThreshold" default:"3"`

	// UnhealthyThreshold is the number of failed checks that take an instance out, 2 to 10.
	UnhealthyThreshold int `json:"unhealthyThreshold" default:"3"`
}

// Updates is the weekly window of managed platform updates. An update starts a second fleet
// beside the running one, with every method.
type Updates struct {
	// Window is the day and time (UTC) when an update may begin, such as Sun:03:00.
	Window string `json:"window" default:"Sun:03:00"`

	// Level is which updates are applied: patch, or minor and patch.
	Level string `json:"level" default:"minor"`
}

// Alarms are the bounds beyond which there is an alarm, while a release bakes and at any other time.
type Alarms struct {
	// ErrorPercent is the share of failed requests above which there is an alarm, 1 to 49: one broken
	// instance of two makes half of the requests fail. A request fails with a 5xx response of the
	// application, or with 500, 502, 503 or 504 of the load balancer.
	ErrorPercent int `json:"errorPercent" default:"2"`

	// MinRequests is how many requests a minute must have for its failures to count, 1 to 10000. The
	// probe of a release sends 60 itself, so with no more a release is judged without users too.
	MinRequests int `json:"minRequests" default:"30"`

	// LatencyMilliseconds is the p99 latency above which there is an alarm, 10 to 60000, and no more
	// than half of idleTimeoutSeconds, after which the load balancer gives up. For a release to be rolled
	// back, a tenth of the probe's own requests, each on a new connection, have to take longer, in two of
	// five minutes.
	LatencyMilliseconds int `json:"latencyMilliseconds" unset:"3000, or half of idleTimeoutSeconds where that is less"`

	// Health is the health in Beanstalk's words from which on there is an alarm: Warning, Degraded or
	// Severe. No release is rolled back for it, because it counts errors that a client alone can cause.
	Health string `json:"health" default:"Degraded"`

	// HealthyHosts is the number of healthy instances below which there is an alarm: 1 to what a
	// release leaves in service, or each would be put back.
	HealthyHosts int `json:"healthyHosts" unset:"what a release leaves in service"`

	// FreeStoragePercent is the share of the database's storage that has to be free, 1 to 50.
	FreeStoragePercent int `json:"freeStoragePercent" default:"10"`

	// ConnectionsPercent is the share of the database's connections above which there is an alarm, 1
	// to 99: more than maxInstances may open, and less than what an application can take, for RDS
	// reserves 5 connections.
	ConnectionsPercent int `json:"connectionsPercent" default:"80"`

	// CPUCredits is the number of CPU credits that the database has to have left, 1 to 1000, and no more
	// than its class can save up: 288 of a micro, 576 of a small or medium, 864 of a large one. Only
	// burstable classes, such as db.t4g.micro, have credits. A new database begins with none, so this
	// alarms for its first hours.
	CPUCredits int `json:"cpuCredits" unset:"30, or none where the class has no credits"`
}
