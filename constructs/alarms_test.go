package constructs_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// alarmNames are the names of all alarms of a template.
func alarmNames(template constructstest.Template) []string {
	var names []string
	for _, alarm := range template.Of("AWS::CloudWatch::Alarm") {
		names = append(names, fmt.Sprint(alarm.At("AlarmName")))
	}
	slices.Sort(names)
	return names
}

// stats lists the plain metrics behind an alarm by their ID, as "namespace name statistic".
func stats(t *testing.T, alarm constructstest.Resource) map[string]string {
	t.Helper()
	all := map[string]string{}
	metrics, _ := alarm.At("Metrics").([]any)
	for _, m := range metrics {
		if stat := constructstest.At(m, "MetricStat"); stat != nil {
			assert.Equal(t, 60.0, constructstest.At(stat, "Period"))
			all[fmt.Sprint(constructstest.At(m, "Id"))] = fmt.Sprint(constructstest.At(stat, "Metric.Namespace"), " ",
				constructstest.At(stat, "Metric.MetricName"), " ", constructstest.At(stat, "Stat"))
		}
	}
	return all
}

func TestAlarms(t *testing.T) {
	t.Run("are about users, the database, and the release", func(t *testing.T) {
		assert.Equal(t, []string{"shop-5xx", "shop-database-connections", "shop-database-credits", "shop-database-storage",
			"shop-health", "shop-hosts", "shop-latency", "shop-release"}, alarmNames(smallest))
		assert.NotContains(t, alarmNames(everything), "shop-production-database-credits", "the class is not burstable")
	})
	t.Run("count errors of the load balancer and of the application", func(t *testing.T) {
		assert.Equal(t, map[string]string{
			"elb500_0":  "AWS/ApplicationELB HTTPCode_ELB_500_Count Sum",
			"elb502_0":  "AWS/ApplicationELB HTTPCode_ELB_502_Count Sum",
			"elb503_0":  "AWS/ApplicationELB HTTPCode_ELB_503_Count Sum",
			"elb504_0":  "AWS/ApplicationELB HTTPCode_ELB_504_Count Sum",
			"app0":      "AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum",
			"requests0": "AWS/ApplicationELB RequestCount Sum",
		}, stats(t, smallest.Only(t, "AWS::CloudWatch::Alarm", "Alarms5xx")))
	})
	t.Run("look at the load balancer that Beanstalk made", func(t *testing.T) {
		text := fmt.Sprint(smallest.Only(t, "AWS::CloudWatch::Alarm", "Alarmshosts").At("Metrics"))
		assert.Contains(t, text, "LoadBalancer0")
		assert.Contains(t, text, "TargetGroup0")
	})
	t.Run("tell somebody when there is somebody, but not of the release, which the pipeline tells of", func(t *testing.T) {
		for id, alarm := range everything.Of("AWS::CloudWatch::Alarm") {
			told := strings.Contains(fmt.Sprint(alarm.At("AlarmActions")), "NotificationsTopic")
			assert.Equal(t, !strings.Contains(id, "release"), told, id)
		}
		policy := everything.Only(t, "AWS::SNS::TopicPolicy", "Notifications")
		assert.Contains(t, fmt.Sprint(policy.At("PolicyDocument")), "cloudwatch.amazonaws.com")
		assert.Nil(t, smallest.Only(t, "AWS::CloudWatch::Alarm", "Alarms5xx").At("AlarmActions"))
	})
	t.Run("take the limits that they are given", func(t *testing.T) {
		for id, want := range map[string]float64{
			"ProductionAlarms5xx": 7, "ProductionAlarmslatency": 0.25, "ProductionAlarmshealth": 25, "ProductionAlarmshosts": 2,
			"ProductionAlarmsdatabasestorage": 20 << 30, "ProductionAlarmsdatabaseconnections": 869 * 0.5,
		} {
			assert.InDelta(t, want, everything.Only(t, "AWS::CloudWatch::Alarm", id).At("Threshold"), 1, id)
		}
	})
	t.Run("stay within what one alarm may look at", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			for id, alarm := range template.Of("AWS::CloudWatch::Alarm") {
				metrics, _ := alarm.At("Metrics").([]any)
				plain := len(stats(t, alarm))
				assert.LessOrEqual(t, plain, 10, id)
				assert.LessOrEqual(t, len(metrics)-plain, 10, id)
				returned := slices.DeleteFunc(slices.Clone(metrics), func(m any) bool { return constructstest.At(m, "ReturnData") == false })
				assert.LessOrEqual(t, len(returned), 1, "%s has one result", id)
			}
		}
	})
}

// What the alarms decide is tried out: their expressions are computed for minutes in which things
// go well and badly.
func TestAlarmsGoOffWhenUsersAreHurt(t *testing.T) {
	well := minute{"requests0": 600, "elb502_0": 0, "app0": 0, "latency0": 0.2, "hosts0": 2, "health0": 0}
	with := func(changes minute) minute {
		m := maps.Clone(well)
		maps.Copy(m, changes)
		return m
	}
	for name, c := range map[string]struct {
		minute minute
		bad    []string
	}{
		"all is well":                           {well, nil},
		"nobody comes and nothing is published": {minute{}, nil},
		"a few errors among many requests":      {with(minute{"app0": 6, "elb502_0": 3, "elb504_0": 3}), nil},
		"too many errors of the application":    {with(minute{"app0": 13}), []string{"5xx", "release"}},
		"too many of the load balancer":         {with(minute{"elb502_0": 4, "elb503_0": 3, "elb504_0": 4, "elb500_0": 2}), []string{"5xx", "release"}},
		"no target, so no request is counted":   {minute{"elb503_0": 40, "hosts0": 0}, []string{"5xx", "hosts", "release"}},
		"an error among hardly any requests":    {with(minute{"requests0": 3, "app0": 1}), nil},
		"slow answers":                          {with(minute{"latency0": 3.2}), []string{"latency"}},
		"slow answers to hardly any requests":   {with(minute{"requests0": 29, "latency0": 9}), nil},
		"an instance less than in a release":    {with(minute{"hosts0": 0}), []string{"hosts", "release"}},
		"a warning":                             {with(minute{"health0": 15}), nil},
		"degraded health":                       {with(minute{"health0": 20}), []string{"health"}},
		"severe health":                         {with(minute{"health0": 25}), []string{"health"}},
		"what is not blamed on the release":     {with(minute{"app0": 300, "excused": 1}), []string{"5xx"}},
	} {
		t.Run(name, func(t *testing.T) {
			var bad []string
			for _, alarm := range []string{"5xx", "latency", "health", "hosts", "release"} {
				if breaches(t, smallest.Only(t, "AWS::CloudWatch::Alarm", "Alarms"+alarm), c.minute) {
					bad = append(bad, alarm)
				}
			}
			assert.ElementsMatch(t, c.bad, bad)
		})
	}
}

// Of the two environments of BlueGreen only the one that serves can hurt users.
func TestAlarmsOfBlueGreenFollowTheLiveEnvironment(t *testing.T) {
	idleIsBad := minute{
		"requests0": 20, "latency0": 9, "hosts0": 1, "health0": 25,
		"requests1": 600, "latency1": 0.2, "hosts1": 2, "health1": 0,
	}
	liveIsBad := minute{
		"requests0": 600, "latency0": 9, "hosts0": 1, "health0": 25,
		"requests1": 20, "latency1": 0.2, "hosts1": 2, "health1": 0,
	}
	for _, alarm := range []string{"latency", "health", "hosts"} {
		resource := methods.Only(t, "AWS::CloudWatch::Alarm", "BlueGreenAlarms"+alarm)
		assert.False(t, breaches(t, resource, idleIsBad), alarm)
		assert.True(t, breaches(t, resource, liveIsBad), alarm)
		assert.False(t, breaches(t, resource, minute{"requests0": 0, "requests1": 0, "hosts0": 1, "hosts1": 2, "health0": 25, "health1": 0}), "%s: before the first user", alarm)
	}
	for _, alarm := range []string{"health", "hosts"} {
		resource := methods.Only(t, "AWS::CloudWatch::Alarm", "BlueGreenAlarms"+alarm)
		assert.True(t, breaches(t, resource, minute{"requests0": 2, "hosts0": 1, "hosts1": 2, "health0": 25, "health1": 0}), "%s: with few users", alarm)
		assert.True(t, breaches(t, resource, minute{"elb503_1": 40, "hosts0": 2, "hosts1": 0, "health0": 0, "health1": 25}), "%s: without a target for them", alarm)
	}
	for _, visits := range []minute{{"requests0": 1, "requests1": 1}, {"requests0": 1, "elb503_1": 1}, {"requests0": 0, "elb503_0": 0}} {
		visits["hosts0"], visits["hosts1"], visits["health0"], visits["health1"] = 1, 2, 25, 0
		for _, alarm := range []string{"health", "hosts"} {
			resource := methods.Only(t, "AWS::CloudWatch::Alarm", "BlueGreenAlarms"+alarm)
			assert.False(t, breaches(t, resource, visits), "%s: as many here as there", alarm)
		}
	}
	bothAreBad := minute{"requests0": 0, "requests1": 0, "hosts0": 1, "hosts1": 0, "health0": 25, "health1": 20}
	for _, alarm := range []string{"health", "hosts"} {
		assert.True(t, breaches(t, methods.Only(t, "AWS::CloudWatch::Alarm", "BlueGreenAlarms"+alarm), bothAreBad), "%s: nobody has to come first", alarm)
	}
}

// everyEnvironment are the release alarms of one environment and of both of BlueGreen, by the number of the
// environment.
func everyEnvironment(t *testing.T) map[string]struct {
	constructstest.Resource
	site int
} {
	type alarm = struct {
		constructstest.Resource
		site int
	}
	const kind = "AWS::CloudWatch::Alarm"
	return map[string]alarm{
		"one environment":        {smallest.Only(t, kind, "Alarmsrelease"), 0},
		"the first of BlueGreen": {methods.Only(t, kind, "BlueGreenAlarmsrelease"), 0},
		"the second":             {methods.Only(t, kind, "BlueGreenAlarmsgreenrelease"), 1},
	}
}

// A client alone makes the load balancer respond with 501, 505 and 4xx, which Elastic Beanstalk's health
// counts as well, and makes TargetResponseTime by a slow body.
func TestClientsAloneNeverRollAReleaseBack(t *testing.T) {
	for name, alarm := range everyEnvironment(t) {
		t.Run(name, func(t *testing.T) {
			for _, requests := range []float64{0, 60, 6000} {
				minute := ofMetrics(t, alarm.Resource, alarm.site, map[string]float64{
					"RequestCount": requests, "HTTPCode_ELB_5XX_Count": 900, "HTTPCode_ELB_4XX_Count": 900,
					"HTTPCode_Target_4XX_Count": requests, "TargetResponseTime": 59, "EnvironmentHealth": 25, "HealthyHostCount": 2,
				})
				assert.False(t, breaches(t, alarm.Resource, minute))
			}
		})
	}
}

func TestFailuresOfTheApplicationAndItsInstancesRollAReleaseBack(t *testing.T) {
	for name, alarm := range everyEnvironment(t) {
		for _, metric := range []string{
			"HTTPCode_ELB_500_Count", "HTTPCode_ELB_502_Count", "HTTPCode_ELB_503_Count", "HTTPCode_ELB_504_Count", "HTTPCode_Target_5XX_Count",
		} {
			t.Run(name+", "+metric, func(t *testing.T) {
				metrics := map[string]float64{"RequestCount": 600, metric: 13, "HealthyHostCount": 2}
				minute := ofMetrics(t, alarm.Resource, alarm.site, metrics)
				assert.True(t, breaches(t, alarm.Resource, minute))
				metrics[metric] = 12
				assert.False(t, breaches(t, alarm.Resource, ofMetrics(t, alarm.Resource, alarm.site, metrics)), "as many as are allowed")
				metrics[metric], metrics[release.MetricExcused] = 13, 1
				assert.False(t, breaches(t, alarm.Resource, ofMetrics(t, alarm.Resource, alarm.site, metrics)), "while it is suppressed")
			})
		}
	}
}

// What strangers do to the idle environment, whose address they know, is in no metric of the other's alarm.
func TestEachEnvironmentOfBlueGreenHasAReleaseAlarmOfItsOwn(t *testing.T) {
	first := fmt.Sprint(methods.Only(t, "AWS::CloudWatch::Alarm", "BlueGreenAlarmsrelease").At("Metrics"))
	second := fmt.Sprint(methods.Only(t, "AWS::CloudWatch::Alarm", "BlueGreenAlarmsgreenrelease").At("Metrics"))
	assert.Contains(t, first, "LoadBalancer0")
	assert.NotContains(t, first, "LoadBalancer1")
	assert.Contains(t, second, "LoadBalancer1")
	assert.NotContains(t, second, "LoadBalancer0")

	got := fmt.Sprint(variables(t, methods, "PipelineBlueGreen")[release.VariableReleaseAlarms])
	rules := constructstest.At(stage(t, methods, "Deploy-bluegreen"), "OnSuccess.Conditions.0.Rules").([]any)
	require.Len(t, rules, 2)
	for i, id := range []string{"BlueGreenAlarmsrelease", "BlueGreenAlarmsgreenrelease"} {
		assert.Contains(t, got, id, "the program checks it")
		assert.Contains(t, fmt.Sprint(constructstest.At(rules[i], "Configuration.AlarmName")), id, "CodePipeline checks it")
	}
	assert.NotEqual(t, constructstest.At(rules[0], "Name"), constructstest.At(rules[1], "Name"))
	assert.Contains(t, alarmNames(methods), "shop-BlueGreen-green-release")
}

func TestDashboard(t *testing.T) {
	require.Len(t, smallest.Of("AWS::CloudWatch::Dashboard"), 1)
	dashboard := smallest.Only(t, "AWS::CloudWatch::Dashboard", "Dashboard")
	assert.Equal(t, "shop", dashboard.At("DashboardName"))
	body := fmt.Sprint(dashboard.At("DashboardBody"))
	for _, part := range []string{"Alarms", "Requests a minute", "5xx", "p99", "Healthy instances", "requests of the probe", "instances by version", "answers by version",
		"probed>0",
		"Health: 0 Ok", "CPU, percent", "connections", "free storage", "CPU credits"} {
		assert.Contains(t, body, part)
	}
}
