import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { Alarms, limits } from './alarms';
import { consoleUrl } from './console';
import { balancerFailures, formula, ofDatabase, releaseNamespace } from './signals';

export class Dashboard extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, alarms: Alarms) {
    super(scope, id);
    const { signals, props: { environment, database } } = alarms;
    const byVersion = (name: string, statistic: string) => {
      const of = `{${releaseNamespace},Application,Version} MetricName="${name}" Application="${environment.name}"`;
      return formula(`SEARCH('${of}','${statistic}',60)`, '', {});
    };
    const released = formula('probed>0', 'release', { probed: signals.probe.requests });
    const beside = (width: number) => ({ width, right: [released], rightYAxis: { max: 1, min: 0, showUnits: false } });
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: environment.name,
      defaultInterval: Duration.hours(3),
      widgets: [
        [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: alarms.all, width: 24, height: 3 })],
        [
          graph('Requests a minute', [signals.requests], beside(8)),
          graph(`Errors: 5xx responses of the application, ${balancerFailures.join(', ')} of the load balancer, percent`,
            [signals.percent], marked('alarm', limits.errorPercent, beside(8))),
          graph('Latency: p99, seconds', [signals.latency], marked('alarm', limits.latency, beside(8))),
        ],
        [
          graph('Healthy instances', [signals.hosts], marked('alarm below', limits.healthyHosts, beside(12))),
          graph('Health: 0 Ok, 15 Warning, 20 Degraded, 25 Severe', [signals.health],
            marked('alarm', limits.health, beside(12))),
        ],
        [
          graph('Releases: requests of the probe', [signals.probe.requests, signals.probe.failed]),
          graph('Releases: instances by version', [byVersion('Instances', 'Maximum')]),
          graph('Releases: answers by version', [byVersion('Answers', 'Sum')]),
          graph('Releases: p99 latency of the probe, ms', [signals.probe.latency],
            marked('limit of nine requests in ten', limits.latency * 1000)),
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
    this.url = consoleUrl(this, '/cloudwatch/home?region=', region, '#dashboards:name=', dashboard.dashboardName);
  }
}

type More = Partial<cloudwatch.GraphWidgetProps>;

function graph(title: string, left: cloudwatch.IMetric[], more: More = {}) {
  return new cloudwatch.GraphWidget({ title, width: 6, left, leftYAxis: { min: 0 }, ...more });
}

function marked(label: string, value: number, more: More = {}): More {
  return { ...more, leftAnnotations: [{ color: '#d13212', label, value }] };
}
