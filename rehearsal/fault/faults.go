//go:build unix

package fault

import "time"

// Fault is a named way of being bad.
type Fault struct {
	// Name is how it is asked for.
	Name string
	// Does says what the application does.
	Does string
	// Seen says what users see of it, by method.
	Seen string
	// Prevention is the rule or the setting that keeps users from it.
	Prevention string
}

// The names of the faults.
const (
	ExitsAtStart   = "exits-at-start"
	NeverReady     = "never-ready"
	SlowStart      = "slow-start"
	ReadyTooEarly  = "ready-too-early"
	ErrorsLater    = "errors-later"
	IgnoresSIGTERM = "ignores-sigterm"
	DropsKeepAlive = "drops-keep-alive"
)

// How long the faults take, before they are divided by Speed.
const (
	startTakes  = 90 * time.Second
	earlyFor    = time.Minute
	errorsAfter = time.Minute
)

// A kept connection is dropped at a random moment of its first idle keptFor. What arrives within
// newsTakes of that is lost: as long as the news of it takes between two machines, which on one machine
// take no time. These are not divided by Speed, since the network is not compressed.
const (
	keptFor   = 100 * time.Millisecond
	newsTakes = 5 * time.Millisecond
)

// All lists the faults, those first that a deployment notices by itself. A migration that breaks the old
// version is no fault of a process and not among them.
func All() []Fault {
	return []Fault{
		{
			Name: ExitsAtStart,
			Does: "exits with an error before it listens",
			Seen: "AllAtOnce: nobody answers any more. Rolling and RollingWithAdditionalBatch: the batch is out, the others serve. " +
				"Immutable, TrafficSplitting and BlueGreen: nothing.",
			Prevention: "a method that keeps instances in service (rollout/all-at-once, rollout/batch-takes-all)",
		},
		{
			Name: NeverReady,
			Does: "listens and answers, but its readiness path says 503 for ever",
			Seen: "AllAtOnce: no more than always, since the load balancer sends requests to unhealthy instances where there are no others. " +
				"All other methods: nothing, the deployment fails at the command timeout.",
			Prevention: "health checks of a readiness path, which are not ignored (rollout/ignore-health-check-without-reason)",
		},
		{
			Name: SlowStart,
			Does: "listens only 90 s after it was started",
			Seen: "AllAtOnce: 90 s more without an answer. All other methods: nothing, the release takes longer.",
			Prevention: "a new instance serves after its first passed check only; a command timeout with room for the start " +
				"(rollout/health-window-exceeds-command-timeout)",
		},
		{
			Name: ReadyTooEarly,
			Does: "says on its readiness path at once that it is ready, but answers everything else with 503 for a minute",
			Seen: "all methods but BlueGreen, whose idle environment has its minute before users come: 503 from each new instance " +
				"for a minute. " +
				"With TrafficSplitting it is the share on trial.",
			Prevention: "a readiness path that answers 200 when, and only when, the instance can serve (Health.Path); " +
				"a probe of what users ask for puts the release back (ProbeMaxFailures)",
		},
		{
			Name: ErrorsLater,
			Does: "answers everything but its readiness path with 500 from a minute after its start on",
			Seen: "all methods but BlueGreen, whose trial comes later than that: 500 from each new instance until the previous " +
				"version is back, which takes the batches the most time. With TrafficSplitting at first the share on trial.",
			Prevention: "BlueGreen's trial and watch, alarms while the release bakes (Bake), the probe (ProbeMaxFailures)",
		},
		{
			Name:       IgnoresSIGTERM,
			Does:       "goes on when it is asked to stop, until it is killed: the old version, for nobody stops the new one",
			Seen:       "AllAtOnce, which drains nothing: requests under way are cut. All other methods: nothing, each exchange takes 30 s longer.",
			Prevention: "the deregistration delay, which outlasts every request (rollout/drain-cuts-requests)",
		},
		{
			Name: DropsKeepAlive,
			Does: "closes connections that the load balancer keeps, at random moments and long before its idle timeout",
			Seen: "all methods: single 502 from each new instance until the previous version is back.",
			Prevention: "a keep-alive of the application that is longer than the load balancer's idle timeout (IdleTimeout); " +
				"alarms while the release bakes put it back",
		},
	}
}
