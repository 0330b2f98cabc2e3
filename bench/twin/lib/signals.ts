import { Duration } from 'aws-cdk-lib';
import { IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Database } from './database';
import { Environment } from './environment';

/** The namespace of what the program that watches releases publishes. */
export const releaseNamespace = 'ZeroDowntimeBeanstalk';

/** Fewer requests a minute say nothing about a share of them. */
const minRequests = 30;

/** The 5xx statuses of the load balancer that the application and its instances cause. */
export const balancerFailures = [500, 502, 503, 504];

type Metrics = Record<string, IMetric>;
type Dimensions = Record<string, string>;

/** What tells whether users are served well. Metrics are named in the order of the Go app: that of the alphabet. */
export class Signals {
  readonly requests: IMetric;
  readonly percent: IMetric;
  readonly latency: IMetric;
  readonly hosts: IMetric;
  readonly health: IMetric;
  readonly excused: IMetric;
  readonly probe: Metrics;

  constructor(environment: Environment, floor: number) {
    const balancer = { LoadBalancer: environment.endpoint.getAttString('LoadBalancer0') };
    const targets = { ...balancer, TargetGroup: environment.endpoint.getAttString('TargetGroup0') };
    const elb = (name: string, statistic: string, dimensions: Dimensions = balancer) =>
      plain('AWS/ApplicationELB', name, statistic, dimensions);
    const app0 = elb('HTTPCode_Target_5XX_Count', 'Sum');
    const failures = Object.fromEntries(balancerFailures.map((status) =>
      [`elb${status}_0`, elb(`HTTPCode_ELB_${status}_Count`, 'Sum')]));
    const health0 = plain('AWS/ElasticBeanstalk', 'EnvironmentHealth', 'Maximum', {
      EnvironmentName: environment.environment.ref,
    });
    const hosts0 = elb('HealthyHostCount', 'Minimum', targets);
    const latency0 = elb('TargetResponseTime', 'p99');
    const requests0 = elb('RequestCount', 'Sum');

    const requests = formula('FILL(requests0,0)', 'requests', { requests0 });
    const failed = { app0, ...failures };
    const errors0 = formula(Object.keys(failed).map((name) => `FILL(${name},0)`).join('+'), 'errors', failed);
    const busy0 = formula('MAX([received0,errors0])', 'busy', { errors0, received0: requests });
    const serving = formula('FILL(latency0,0)', 'serving', { latency0 });
    this.requests = requests;
    this.percent = formula(`IF(busy0>=${minRequests},100*errors0/(busy0+(busy0<1)),0)`, 'failed, percent',
      { busy0, errors0 });
    this.latency = formula(`IF(requests>=${minRequests},serving,0)`, 'p99, seconds', { requests, serving });
    this.health = formula('FILL(health0,0)', 'health', { health0 });
    this.hosts = formula(`FILL(hosts0,${floor})`, 'healthy hosts', { hosts0 });

    const probed = (name: string, statistic: string, more: Dimensions = {}) =>
      plain(releaseNamespace, name, statistic, { Application: environment.application.ref, ...more });
    this.excused = probed('Excused', 'Maximum', { Environment: environment.environment.ref });
    this.probe = {
      requests: probed('Requests', 'Sum'),
      failed: probed('FailedRequests', 'Sum'),
      latency: probed('LatencyP99', 'Maximum'),
    };
  }
}

export function formula(expression: string, label: string, usingMetrics: Metrics): MathExpression {
  return new MathExpression({ expression, label, usingMetrics, period: Duration.minutes(1) });
}

export function ofDatabase(database: Database, metricName: string, statistic: string): IMetric {
  return new Metric({
    namespace: 'AWS/RDS',
    metricName,
    statistic,
    dimensionsMap: { DBInstanceIdentifier: database.instance.instanceIdentifier },
    period: Duration.minutes(5),
  });
}

function plain(namespace: string, metricName: string, statistic: string, dimensionsMap: Dimensions): IMetric {
  return new Metric({ namespace, metricName, statistic, dimensionsMap, period: Duration.minutes(1) });
}
