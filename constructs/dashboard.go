package constructs

import (
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
		userRow(a),
		releaseRow(a),
	}
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
	return &Dashboard{Dashboard: dashboard, URL: awscdk.Fn_Join(new(""), &[]*string{
		new("https://"), region, new(".console.aws.amazon.com/cloudwatch/home?region="), region,
		new("#dashboards:name="), dashboard.DashboardName(),
	})}
}

func userRow(a *Alarms) *[]awscloudwatch.IWidget {
	s, p := a.signals, a.props
	return &[]awscloudwatch.IWidget{
		graph("Requests a minute", 6, nil, s.requests),
		graph("Errors: answers of 5xx, percent", 6, line("alarm", float64(p.ErrorPercent)), s.percent),
		graph("Latency: p99, seconds", 6, line("alarm", p.Latency.Seconds()), s.latency),
		graph("Healthy instances", 6, line("alarm below", float64(p.HealthyHosts)), s.hosts),
	}
}

// releaseRow shows releases where they happened: the probe publishes only while one is under way.
func releaseRow(a *Alarms) *[]awscloudwatch.IWidget {
	s, e := a.signals, a.props.Environment
	versions := formula(fmt.Sprintf(`SEARCH('{%s,%s,%s} MetricName="%s" %s="%s"','Sum',60)`, release.Namespace, release.DimensionApplication,
		release.DimensionVersion, release.MetricAnswers, release.DimensionApplication, e.Name), "", nil)
	return &[]awscloudwatch.IWidget{
		graph("Releases: requests of the probe", 6, nil, s.probe[release.MetricRequests], s.probe[release.MetricFailedRequests]),
		graph("Releases: answers by version", 6, nil, versions),
		graph("Releases: latency of the probe, ms", 6, nil, s.probe[release.MetricLatencyP99]),
		graph("Health: 0 Ok, 15 Warning, 20 Degraded, 25 Severe", 6, line("alarm", healthLevels[a.props.Health]), s.health),
	}
}

func databaseRow(d *Database) *[]awscloudwatch.IWidget {
	widgets := []awscloudwatch.IWidget{
		graph("Database: CPU, percent", 6, nil, d.metric("CPUUtilization", "Average")),
		graph("Database: connections", 6, nil, d.metric("DatabaseConnections", "Maximum")),
		graph("Database: free storage, bytes", 6, nil, d.metric("FreeStorageSpace", "Minimum")),
	}
	if d.burstable() {
		widgets = append(widgets, graph("Database: CPU credits", 6, nil, d.metric("CPUCreditBalance", "Minimum")))
	}
	return &widgets
}

func graph(title string, width float64, annotation *awscloudwatch.HorizontalAnnotation, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	props := &awscloudwatch.GraphWidgetProps{
		Title: &title, Width: &width, Left: &metrics, LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0)},
	}
	if annotation != nil {
		props.LeftAnnotations = &[]*awscloudwatch.HorizontalAnnotation{annotation}
	}
	return awscloudwatch.NewGraphWidget(props)
}

func line(label string, value float64) *awscloudwatch.HorizontalAnnotation {
	return &awscloudwatch.HorizontalAnnotation{Label: &label, Value: &value, Color: new("#d13212")}
}
