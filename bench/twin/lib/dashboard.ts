import { Duration, Fn, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { Alarms, limits } from './alarms';
import { formula, ofDatabase, releaseNamespace } from './signals';

export class Dashboard extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, alarms: Alarms) {
    super(scope, id);
    const { signals, props: { environment, database } } = alarms;
    const answers = `{${releaseNamespace},Application,Version} MetricName="Answers" Application="${environment.name}"`;
    const versions = formula(`SEARCH('${answers}','Sum',60)`, '', {});
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: environment.name,
      defaultInterval: Duration.hours(3),
      widgets: [
        [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: alarms.all, width: 24, height: 3 })],
        [
          graph('Requests a minute', [signals.requests]),
          graph('Errors: answers of 5xx, percent', [signals.percent], line('alarm', limits.errorPercent)),
          graph('Latency: p99, seconds', [signals.latency], line('alarm', limits.latency)),
          graph('Healthy instances', [signals.hosts], line('alarm below', limits.healthyHosts)),
        ],
        [
          graph('Releases: requests of the probe', [signals.probe.requests, signals.probe.failed]),
          graph('Releases: answers by version', [versions]),
          graph('Releases: latency of the probe, ms', [signals.probe.latency]),
          graph('Health: 0 Ok, 15 Warning, 20 Degraded, 25 Severe', [signals.health], line('alarm', limits.health)),
        ],
        [
          graph('Database: CPU, percent', [ofDatabase(database, 'CPUUtilization', 'Average')]),
          graph('Database: connections', [ofDatabase(database, 'DatabaseConnections', 'Maximum')]),
          graph('Database: free storage, bytes', [ofDatabase(database, 'FreeStorageSpace', 'Minimum')]),
          graph('Database: CPU credits', [ofDatabase(database, 'CPUCreditBalance', 'Minimum')]),
        ],
      ],
    });
    (dashboard.node.defaultChild as cloudwatch.CfnDashboard).addPropertyDeletionOverride('Tags');
    const { region } = Stack.of(this);
    this.url = Fn.join('', [
      'https://', region, '.console.aws.amazon.com/cloudwatch/home?region=', region, '#dashboards:name=',
      dashboard.dashboardName,
    ]);
  }
}

function graph(title: string, left: cloudwatch.IMetric[], ...leftAnnotations: cloudwatch.HorizontalAnnotation[]) {
  return new cloudwatch.GraphWidget({ title, width: 6, left, leftYAxis: { min: 0 }, leftAnnotations });
}

function line(label: string, value: number): cloudwatch.HorizontalAnnotation {
  return { color: '#d13212', label, value };
}
