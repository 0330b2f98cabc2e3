package constructs

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// AlarmsProps configures [Alarms].
type AlarmsProps struct {
	// Environment is what is watched. Required.
	Environment *Environment

	// Database is watched as well. Default: none.
	Database *Database

	// ErrorPercent is the share of requests in percent, 1 to 49, of which more may not fail: with a 5xx
	// response of the application, or with 500, 502, 503 or 504 of the load balancer. Default: 2.
	ErrorPercent int

	// MinRequests is how many requests a minute it takes, 1 to 10000, before their errors and their
	// latency are judged. Default: 30.
	MinRequests int

	// Latency is what the 99th percentile of the application's response time may not exceed, 10 ms to
	// half of the load balancer's idle timeout, at most a minute. In a release, it is what nine of ten
	// requests of the probe may not exceed, see [release.VariableProbeMaxLatency].
	// Default: 3 s, or that half where it is less.
	Latency time.Duration

	// Health is the Beanstalk health, Warning, Degraded or Severe, from which on it alarms.
	// Default: Degraded.
	Health string

	// HealthyHosts is the number of instances, 1 to what serves at any moment of a release, below
	// which it alarms. Default: that.
	HealthyHosts int

	// FreeStoragePercent is the share of the database's storage, 1 to 50, that has to be free.
	// Default: 10.
	FreeStoragePercent int

	// ConnectionsPercent is the share of the connections that the database accepts, 1 to 99, that
	// may be taken: more than the largest fleet may open, less than an application can. Default: 80.
	ConnectionsPercent int

	// CPUCredits is what has to be left to a database of a burstable class, 1 to 1000. Default: 30.
	CPUCredits int

	// Topic hears when an alarm goes off and when it is over. It has to admit CloudWatch alarms of
	// this account, as that of [Notifications] does. Default: none.
	Topic awssns.ITopic
}

// Validate reports every problem of the props.
func (p AlarmsProps) Validate() error {
	credits := limits.CPUCredits(p.withDefaults().CPUCredits)
	if p.CPUCredits != 0 && p.Database != nil {
		credits = limits.CPUCreditsOf(p.CPUCredits, p.Database.class)
	}
	p = p.withDefaults()
	if p.Environment == nil {
		return required("Environment", true)
	}
	policy, class := p.Environment.Policy.WithDefaults(), ""
	if p.Database != nil {
		class = p.Database.class
	}
	return errors.Join(
		named("ErrorPercent", limits.ErrorPercent(p.ErrorPercent)),
		named("MinRequests", limits.MinRequests(p.MinRequests)),
		named("Latency", cmp.Or(limits.LatencyMilliseconds(int(p.Latency.Milliseconds())),
			limits.LatencyEnds(int(p.Latency.Milliseconds()), int(policy.IdleTimeout.Seconds())))),
		named("Health", limits.AlarmingHealth(p.Health)),
		named("HealthyHosts", limits.HealthyHosts(p.HealthyHosts, p.Environment.Policy.HealthyFloor())),
		named("FreeStoragePercent", limits.FreeStoragePercent(p.FreeStoragePercent)),
		named("ConnectionsPercent", limits.ConnectionsPercentOf(p.ConnectionsPercent, class, policy.Fleet.Max*policy.Connections.PerInstance)),
		named("CPUCredits", credits),
	)
}

func (p AlarmsProps) withDefaults() AlarmsProps {
	p.ErrorPercent = cmp.Or(p.ErrorPercent, 2)
	p.MinRequests = cmp.Or(p.MinRequests, 30)
	p.Health = cmp.Or(p.Health, "Degraded")
	p.FreeStoragePercent = cmp.Or(p.FreeStoragePercent, 10)
	p.ConnectionsPercent = cmp.Or(p.ConnectionsPercent, 80)
	p.CPUCredits = cmp.Or(p.CPUCredits, 30)
	if p.Environment != nil {
		policy := p.Environment.Policy.WithDefaults()
		p.HealthyHosts = cmp.Or(p.HealthyHosts, policy.HealthyFloor())
		p.Latency = cmp.Or(p.Latency, time.Duration(limits.UsualLatency(int(policy.IdleTimeout.Seconds())))*time.Millisecond)
	}
	return p
}

// Alarms tell when users are hurt, and when the database is about to hurt them.
type Alarms struct {
	// Releases go off when the application or its instances make requests fail, one alarm for each
	// environment: with BlueGreen there are two. The pipeline rolls a release back for them.
	Releases []awscloudwatch.Alarm
	// All are the alarms that are for people, each about one thing.
	All []awscloudwatch.IAlarm

	props   AlarmsProps
	signals *signals
	self    constructs.Construct
}

// NewAlarms defines Alarms in scope. It panics if props are invalid.
func NewAlarms(scope constructs.Construct, id string, props AlarmsProps) *Alarms {
	mustBeValid(scope, id, props)
	props = props.withDefaults()
	a := &Alarms{
		props: props, self: constructs.NewConstruct(scope, &id),
		signals: newSignals(props.Environment, props.MinRequests, props.HealthyHosts),
	}
	a.watchUsers()
	if props.Database != nil {
		a.watchDatabase()
	}
	a.watchRelease()
	return a
}

// limit is a value that a metric may not pass for a while.
type limit struct {
	name, description string
	metric            awscloudwatch.IMetric
	operator          awscloudwatch.ComparisonOperator
	value             float64
	// of the last periods so many have to be bad.
	bad, periods float64
}

const (
	above   = awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD
	atLeast = awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
	below   = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
)

// What is filled where nothing was published looks well for the latest minutes, which are not there
// yet: so two of five minutes are asked for and never all (CloudWatch User Guide, "Using metric
// math", FILL).
const (
	badMinutes = 2
	ofMinutes  = 5
)

// healthLevels are the values of EnvironmentHealth (Developer Guide, "Publishing Amazon CloudWatch
// custom metrics for an environment").
var healthLevels = map[string]float64{"Warning": 15, "Degraded": 20, "Severe": 25}

func (a *Alarms) watchUsers() {
	p, s := a.props, a.signals
	for i, percent := range s.percent {
		a.add(limit{a.ofSite("5xx", i), fmt.Sprintf("More than %d %% of requests fail: 5xx of the application, or %s of the load balancer", p.ErrorPercent, balancerFailures()),
			percent, above, float64(p.ErrorPercent), badMinutes, ofMinutes})
	}
	for _, l := range []limit{
		{"latency", fmt.Sprintf("One request in a hundred takes longer than %v", p.Latency),
			s.latency, above, p.Latency.Seconds(), badMinutes, ofMinutes},
		{"health", "Elastic Beanstalk calls the environment " + p.Health + " or worse", s.health, atLeast, healthLevels[p.Health], badMinutes, ofMinutes},
		{"hosts", fmt.Sprintf("Fewer than %d healthy instances behind the load balancer", p.HealthyHosts),
			s.hosts, below, float64(p.HealthyHosts), badMinutes, ofMinutes},
	} {
		a.add(l)
	}
}

// watchRelease joins what may roll a release back in one alarm for each environment: what the
// application or its instances cause, and nothing that a client alone can.
//
//   - Latency is left out, for a client with a slow body makes TargetResponseTime. The probe judges its
//     own instead, see [release.VariableProbeMaxLatency].
//   - Health is left out, for Beanstalk's counts every 5xx response of the load balancer, such as the 501
//     to an unknown Transfer-Encoding (Developer Guide, "Enhanced health notifications": "requests to the
//     ELB are failing with HTTP 5xx").
//   - Healthy instances are left out of BlueGreen, which looks at them itself before it swaps.
//
// With BlueGreen each environment has an alarm of its own: one for both would need more than the ten
// metrics that an alarm may have, and would count failures of the environment that is idle, whose
// address strangers know. The release program suppresses that alarm.
//
// Metric alarms on purpose: that CodePipeline takes composite ones is not documented.
func (a *Alarms) watchRelease() {
	p, s := a.props, a.signals
	for i, percent := range s.percent {
		reasons := fmt.Sprintf("(percent>%d)", p.ErrorPercent)
		metrics := map[string]awscloudwatch.IMetric{"percent": percent, "excused": s.excused[i]}
		if p.Environment.Standby == nil {
			reasons += fmt.Sprintf("+(hosts<%d)", p.HealthyHosts)
			metrics["hosts"] = s.hosts
		}
		// A subtraction, and no IF: what is missing counts as 0 in it, while an IF whose condition is
		// missing has no result. Most accounts have suppressed nothing yet.
		expression := reasons + "-100*FILL(excused,0)"
		a.Releases = append(a.Releases, a.alarm(limit{a.ofSite("release", i),
			"The application or its instances make requests fail after a release: the pipeline rolls it back",
			formula(expression, "reasons to roll back", metrics), atLeast, 1, badMinutes, ofMinutes}))
	}
}

// ofSite is the name of an alarm on one of two environments.
func (a *Alarms) ofSite(name string, site int) string {
	if site == 0 {
		return name
	}
	return strings.TrimPrefix(limits.StandbyName(a.props.Environment.Name), a.props.Environment.Name+"-") + "-" + name
}

// balancerFailures lists the statuses of the load balancer that count, as in "500, 502".
func balancerFailures() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(release.BalancerFailures()), " ", ", "), "[]")
}

func (a *Alarms) watchDatabase() {
	p, d := a.props, a.props.Database
	bytes := float64(d.storageGiB) * (1 << 30) * float64(p.FreeStoragePercent) / 100
	all := []limit{{"database-storage", fmt.Sprintf("Less than %d %% of the database's %d GiB is free", p.FreeStoragePercent, d.storageGiB),
		d.metric("FreeStorageSpace", "Minimum"), below, bytes, 3, 3}}
	if most := limits.DatabaseConnections(d.class); most > 0 {
		all = append(all, limit{"database-connections", fmt.Sprintf("More than %d %% of about %d connections to the database are taken", p.ConnectionsPercent, most),
			d.metric("DatabaseConnections", "Maximum"), above, float64(most*p.ConnectionsPercent) / 100, 3, 3})
	}
	if d.burstable() {
		all = append(all, limit{"database-credits", fmt.Sprintf("The database has fewer than %d CPU credits left", p.CPUCredits),
			d.metric("CPUCreditBalance", "Minimum"), below, float64(p.CPUCredits), 3, 3})
	}
	for _, l := range all {
		a.add(l)
	}
}

// add defines an alarm that people hear of.
func (a *Alarms) add(l limit) {
	alarm := a.alarm(l)
	if a.props.Topic != nil {
		action := awscloudwatchactions.NewSnsAction(a.props.Topic)
		alarm.AddAlarmAction(action)
		alarm.AddOkAction(action)
	}
	a.All = append(a.All, alarm)
}

func (a *Alarms) alarm(l limit) awscloudwatch.Alarm {
	return awscloudwatch.NewAlarm(a.self, &l.name, &awscloudwatch.AlarmProps{
		AlarmName:          new(a.props.Environment.Name + "-" + l.name),
		AlarmDescription:   &l.description,
		Metric:             l.metric,
		ComparisonOperator: l.operator,
		Threshold:          &l.value,
		DatapointsToAlarm:  &l.bad,
		EvaluationPeriods:  &l.periods,
		// What is not published is not there: no requests, no load balancer yet.
		TreatMissingData: awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
}

// metric is one of the database's (RDS User Guide, "Amazon CloudWatch metrics for Amazon RDS").
func (d *Database) metric(name, statistic string) awscloudwatch.IMetric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: new("AWS/RDS"), MetricName: &name, Statistic: &statistic,
		DimensionsMap: &map[string]*string{"DBInstanceIdentifier": d.Instance.InstanceIdentifier()},
		Period:        awscdk.Duration_Minutes(jsii.Number(5)),
	})
}

// burstable tells whether the database lives on CPU credits.
func (d *Database) burstable() bool { return limits.HasCPUCredits(d.class) }
