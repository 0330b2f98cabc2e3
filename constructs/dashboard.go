package constructs

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// DashboardProps configures a [Dashboard].
type DashboardProps struct {
	// Alarms are what the dashboard shows the state and the metrics of. Required.
	Alarms *Alarms
}

// Validate reports every problem of the props.
func (p DashboardProps) Validate() error {
	return errors.Join(required("Alarms", p.Alarms == nil))
}

// Dashboard is what to look at when something is wrong: the alarms, what users meet, the latest
// releases, the database.
type Dashboard struct {
	// Dashboard is the CloudWatch dashboard.
	Dashboard awscloudwatch.Dashboard
	// URL leads to it in the console.
	URL *string
}

// NewDashboard defines a Dashboard in scope. It panics if props are invalid.
func NewDashboard(scope constructs.Construct, id string, props DashboardProps) *Dashboard {
	mustBeValid(scope, id, props)
	self := constructs.NewConstruct(scope, &id)
	a := props.Alarms
	alarms := make([]interfacesawscloudwatch.IAlarmRef, len(a.All))
	for i, alarm := range a.All {
		alarms[i] = alarm
	}
	rows := []*[]awscloudwatch.IWidget{
		{awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
			Title: new("Alarms"), Alarms: &alarms, Width: jsii.Number(24), Height: jsii.Number(3),
		})},
	}
	rows = append(rows, userRows(a)...)
	rows = append(rows, releaseRow(a))
	if a.props.Database != nil {
		rows = append(rows, databaseRow(a.props.Database))
	}
	dashboard := awscloudwatch.NewDashboard(self, new("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName:   &a.props.Environment.Name,
		DefaultInterval: awscdk.Duration_Hours(jsii.Number(3)),
		Widgets:         &rows,
	})
	// Not every region takes tags on dashboards yet.
	dashboard.Node().DefaultChild().(awscloudwatch.CfnDashboard).AddPropertyDeletionOverride(new("Tags"))
	region := awscdk.Stack_Of(self).Region()
	return &Dashboard{Dashboard: dashboard, URL: consoleURL(self, new("/cloudwatch/home?region="), region,
		new("#dashboards:name="), dashboard.DashboardName())}
}

// userRows show what users meet, and beside it when releases were: a dashboard's own marks stand at times
// that are known when it is made.
func userRows(a *Alarms) []*[]awscloudwatch.IWidget {
	s, p := a.signals, a.props
	released := formula("probed>0", "release", map[string]awscloudwatch.IMetric{"probed": s.probe[release.MetricRequests]})
	graphOf := func(title string, width float64, mark *awscloudwatch.HorizontalAnnotation, all ...awscloudwatch.IMetric) graph {
		return graph{title: title, width: width, metrics: all, mark: mark, released: released}
	}
	return []*[]awscloudwatch.IWidget{
		row(
			graphOf("Requests a minute", 8, nil, s.requests),
			graphOf("Errors: 5xx responses of the application, "+balancerFailures()+" of the load balancer, percent", 8, line("alarm", float64(p.ErrorPercent)), s.percent...),
			graphOf("Latency: p99, seconds", 8, line("alarm", p.Latency.Seconds()), s.latency),
		),
		row(
			graphOf("Healthy instances", 12, line("alarm below", float64(p.HealthyHosts)), s.hosts),
			graphOf("Health: 0 Ok, 15 Warning, 20 Degraded, 25 Severe", 12, line("alarm", healthLevels[p.Health]), s.health),
		),
	}
}

// releaseRow shows releases where they happened: the probe publishes only while one is under way.
func releaseRow(a *Alarms) *[]awscloudwatch.IWidget {
	s, e := a.signals, a.props.Environment
	byVersion := func(metric, statistic string) []awscloudwatch.IMetric {
		return metrics(formula(fmt.Sprintf(`SEARCH('{%s,%s,%s} MetricName="%s" %s="%s"','%s',60)`, release.Namespace, release.DimensionApplication,
			release.DimensionVersion, metric, release.DimensionApplication, e.Name, statistic), "", nil))
	}
	return row(
		graph{title: "Releases: requests of the probe", metrics: metrics(s.probe[release.MetricRequests], s.probe[release.MetricFailedRequests])},
		graph{title: "Releases: instances by version", metrics: byVersion(release.MetricInstances, "Maximum")},
		graph{title: "Releases: answers by version", metrics: byVersion(release.MetricAnswers, "Sum")},
		graph{title: "Releases: p99 latency of the probe, ms", metrics: metrics(s.probe[release.MetricLatencyP99]),
			mark: line("limit of nine requests in ten", float64(a.props.Latency.Milliseconds()))},
	)
}

func databaseRow(d *Database) *[]awscloudwatch.IWidget {
	graphs := []graph{
		{title: "Database: CPU, percent", metrics: metrics(d.metric("CPUUtilization", "Average"))},
		{title: "Database: connections", metrics: metrics(d.metric("DatabaseConnections", "Maximum"))},
		{title: "Database: free storage, bytes", metrics: metrics(d.metric("FreeStorageSpace", "Minimum"))},
	}
	if d.burstable() {
		graphs = append(graphs, graph{title: "Database: CPU credits", metrics: metrics(d.metric("CPUCreditBalance", "Minimum"))})
	}
	return row(graphs...)
}

func row(graphs ...graph) *[]awscloudwatch.IWidget {
	widgets := make([]awscloudwatch.IWidget, len(graphs))
	for i, g := range graphs {
		widgets[i] = g.widget()
	}
	return &widgets
}

// graph is a widget with metrics over time.
type graph struct {
	title   string
	metrics []awscloudwatch.IMetric
	// mark is a line at a value. Default: none.
	mark *awscloudwatch.HorizontalAnnotation
	// released is 1 while there is a release. Default: none.
	released awscloudwatch.IMetric
	// width is in columns of the dashboard, which has 24. Default: 6.
	width float64
}

func (g graph) widget() awscloudwatch.IWidget {
	props := &awscloudwatch.GraphWidgetProps{
		Title: &g.title, Width: new(cmp.Or(g.width, 6)), Left: &g.metrics, LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0)},
	}
	if g.mark != nil {
		props.LeftAnnotations = &[]*awscloudwatch.HorizontalAnnotation{g.mark}
	}
	if g.released != nil {
		props.Right = &[]awscloudwatch.IMetric{g.released}
		props.RightYAxis = &awscloudwatch.YAxisProps{Min: jsii.Number(0), Max: jsii.Number(1), ShowUnits: new(false)}
	}
	return awscloudwatch.NewGraphWidget(props)
}

func metrics(all ...awscloudwatch.IMetric) []awscloudwatch.IMetric { return all }

func line(label string, value float64) *awscloudwatch.HorizontalAnnotation {
	return &awscloudwatch.HorizontalAnnotation{Label: &label, Value: &value, Color: new("#d13212")}
}
