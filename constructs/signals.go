package constructs

import (
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// signals are the metrics of an environment, for alarms and the dashboard alike. Names and dimensions:
// Elastic Load Balancing User Guide, "CloudWatch metrics for your Application Load Balancer"; Elastic
// Beanstalk Developer Guide, "Publishing Amazon CloudWatch custom metrics for an environment".
type signals struct {
	// requests is the number of requests per minute, of both environments with BlueGreen.
	requests awscloudwatch.IMetric
	// percent is the share of failed requests per minute, of each environment.
	percent []awscloudwatch.IMetric
	// latency is the 99th percentile in seconds, zero where too few requests came.
	latency awscloudwatch.IMetric
	// hosts and health are those of the environment that serves.
	hosts, health awscloudwatch.IMetric
	// excused is above zero while the release alarm of an environment is suppressed, see
	// [release.MetricExcused].
	excused []awscloudwatch.IMetric

	probe map[string]awscloudwatch.IMetric
}

// minute is the period of all that the load balancer and Beanstalk publish.
func minute() awscdk.Duration { return awscdk.Duration_Minutes(jsii.Number(1)) }

// newSignals builds the metrics of an environment. Fewer than minRequests a minute say nothing
// about a share of them.
func newSignals(e *Environment, minRequests, floor int) *signals {
	m := perSite(e.endpoint.sites)
	s := &signals{probe: map[string]awscloudwatch.IMetric{
		release.MetricRequests:       probed(e, release.MetricRequests, "Sum"),
		release.MetricFailedRequests: probed(e, release.MetricFailedRequests, "Sum"),
		release.MetricLatencyP99:     probed(e, release.MetricLatencyP99, "Maximum"),
	}}
	for i, site := range e.endpoint.sites {
		s.percent = append(s.percent, m.percent(i, minRequests))
		s.excused = append(s.excused, plain(release.Namespace, release.MetricExcused, "Maximum", map[string]*string{
			release.DimensionApplication: e.Application.Ref(), release.DimensionEnvironment: site.environment,
		}))
	}
	s.requests = m.formula("requests", m.sum("FILL(requests%d,0)"))
	serving := m.formula("serving", m.live("latency", 0, "<"))
	s.latency = formula(fmt.Sprintf("IF(requests>=%d,serving,0)", minRequests), "p99, seconds",
		map[string]awscloudwatch.IMetric{"requests": s.requests, "serving": serving})
	s.health = m.formula("health", m.live("health", 0, "<"))
	s.hosts = m.formula("healthy hosts", m.live("hosts", floor, ">"))
	return s
}

// siteMetrics are the plain metrics of all sites. The name of each ends in the number of its site.
type siteMetrics struct {
	sites   int
	metrics map[string]awscloudwatch.IMetric
}

func perSite(sites []site) siteMetrics {
	all := siteMetrics{len(sites), map[string]awscloudwatch.IMetric{}}
	for i, s := range sites {
		balancer := map[string]*string{"LoadBalancer": s.loadBalancer}
		targets := map[string]*string{"LoadBalancer": s.loadBalancer, "TargetGroup": s.targetGroup}
		metrics := map[string]awscloudwatch.IMetric{
			"requests": plain("AWS/ApplicationELB", "RequestCount", "Sum", balancer),
			"app":      plain("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", balancer),
			"latency":  plain("AWS/ApplicationELB", "TargetResponseTime", "p99", balancer),
			"hosts":    plain("AWS/ApplicationELB", "HealthyHostCount", "Minimum", targets),
			"health":   plain("AWS/ElasticBeanstalk", "EnvironmentHealth", "Maximum", map[string]*string{"EnvironmentName": s.environment}),
		}
		// Not HTTPCode_ELB_5XX_Count: it counts responses that a client alone can cause, too.
		for _, status := range release.BalancerFailures() {
			metrics[fmt.Sprintf("elb%d_", status)] = plain("AWS/ApplicationELB", fmt.Sprintf("HTTPCode_ELB_%d_Count", status), "Sum", balancer)
		}
		for name, metric := range metrics {
			all.metrics[fmt.Sprintf("%s%d", name, i)] = metric
		}
	}
	return all
}

// percent is the share of a site's requests that the application or its instances made fail.
func (m siteMetrics) percent(site, minRequests int) awscloudwatch.IMetric {
	number := func(text string) string { return strings.ReplaceAll(text, "#", fmt.Sprint(site)) }
	failed := []string{"FILL(app#,0)"}
	for _, status := range release.BalancerFailures() {
		failed = append(failed, fmt.Sprintf("FILL(elb%d_#,0)", status))
	}
	errors := m.formula("errors", number(strings.Join(failed, "+")))
	requests := m.formula("requests", number("FILL(requests#,0)"))
	// A request that found no target is an error of the load balancer and not a request (RequestCount).
	busy := formula(number("MAX([received#,errors#])"), "busy",
		map[string]awscloudwatch.IMetric{number("received#"): requests, number("errors#"): errors})
	label := "failed, percent"
	if site > 0 {
		label = "failed, percent, green"
	}
	return formula(number(fmt.Sprintf("IF(busy#>=%d,100*errors#/(busy#+(busy#<1)),0)", minRequests)), label,
		map[string]awscloudwatch.IMetric{number("busy#"): busy, number("errors#"): errors})
}

// sum adds an expression up over all sites.
func (m siteMetrics) sum(term string) string {
	terms := make([]string, m.sites)
	for i := range terms {
		terms[i] = strings.ReplaceAll(term, "%d", fmt.Sprint(i))
	}
	return strings.Join(terms, "+")
}

// live takes the metric of the site that serves, or a value that is well where none is published.
// Of two sites that is the one with more requests, for the other one has only those of strangers, and
// for the minute of a trial the program's; what finds no target is no request to CloudWatch, but a 503
// response of the load balancer. Where both have as many nobody can tell, and the better of the two has
// to do: where even that is bad, users would be hurt. Strangers can send more requests than users do, so
// this choice serves people only, and no release.
func (m siteMetrics) live(name string, well int, better string) string {
	of := func(site int) string { return fmt.Sprintf("FILL(%s%d,%d)", name, site, well) }
	if m.sites == 1 {
		return of(0)
	}
	first, second := of(0), of(1)
	best := fmt.Sprintf("IF(%s%s%s,%s,%s)", first, better, second, first, second)
	const visits = "(FILL(requests%d,0)+FILL(elb503_%[1]d,0))"
	// Differences, for a comparison with what was never published has no result.
	return fmt.Sprintf("IF((%s-%s)>0,%[3]s,IF((%[2]s-%[1]s)>0,%[4]s,%[5]s))",
		fmt.Sprintf(visits, 0), fmt.Sprintf(visits, 1), first, second, best)
}

// formula is an expression over those of the metrics that it names.
func (m siteMetrics) formula(label, expression string) awscloudwatch.IMetric {
	used := maps.Clone(m.metrics)
	maps.DeleteFunc(used, func(name string, _ awscloudwatch.IMetric) bool { return !strings.Contains(expression, name) })
	return formula(expression, label, used)
}

func formula(expression, label string, metrics map[string]awscloudwatch.IMetric) awscloudwatch.MathExpression {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: &expression, Label: &label, UsingMetrics: &metrics, Period: minute(),
	})
}

func plain(namespace, name, statistic string, dimensions map[string]*string) awscloudwatch.IMetric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: &namespace, MetricName: &name, DimensionsMap: &dimensions, Statistic: &statistic, Period: minute(),
	})
}

// probed is a metric that the program beside a release publishes.
func probed(e *Environment, name, statistic string) awscloudwatch.IMetric {
	return plain(release.Namespace, name, statistic, map[string]*string{release.DimensionApplication: e.Application.Ref()})
}
