import { Alarm, ComparisonOperator, IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { Database } from './database';
import { Environment } from './environment';
import { balancerFailures, formula, ofDatabase, Signals } from './signals';

const {
  GREATER_THAN_THRESHOLD: above,
  GREATER_THAN_OR_EQUAL_TO_THRESHOLD: atLeast,
  LESS_THAN_THRESHOLD: below,
} = ComparisonOperator;

/** The thresholds, which the dashboard shows too. */
export const limits = { errorPercent: 2, latency: 3, health: 20, healthyHosts: 1 };

export interface AlarmsProps { environment: Environment; database: Database }

export class Alarms extends Construct {
  /** What puts a bad release back. */
  readonly release: Alarm;
  /** What is for people. */
  readonly all: Alarm[];
  readonly signals: Signals;

  constructor(scope: Construct, id: string, readonly props: AlarmsProps) {
    super(scope, id);
    this.signals = new Signals(props.environment, limits.healthyHosts);
    const { percent, latency, health, hosts, excused } = this.signals;
    const alarm = (
      name: string,
      alarmDescription: string,
      metric: IMetric,
      comparisonOperator: ComparisonOperator,
      threshold: number,
      [datapointsToAlarm, evaluationPeriods] = [2, 5],
    ) => new Alarm(this, name, {
      alarmName: `${props.environment.name}-${name}`,
      alarmDescription,
      metric,
      comparisonOperator,
      threshold,
      datapointsToAlarm,
      evaluationPeriods,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const database = (name: string, statistic: string) => ofDatabase(props.database, name, statistic);
    this.all = [
      alarm('5xx',
        `More than ${limits.errorPercent} % of requests fail: 5xx of the application, `
          + `or ${balancerFailures.join(', ')} of the load balancer`,
        percent, above, limits.errorPercent),
      alarm('latency', `One request in a hundred takes longer than ${limits.latency}s`, latency, above, limits.latency),
      alarm('health', 'Elastic Beanstalk calls the environment Degraded or worse', health, atLeast, limits.health),
      alarm('hosts', `Fewer than ${limits.healthyHosts} healthy instances behind the load balancer`,
        hosts, below, limits.healthyHosts),
      alarm('database-storage', "Less than 10 % of the database's 20 GiB is free",
        database('FreeStorageSpace', 'Minimum'), below, 2 * 2 ** 30, [3, 3]),
      alarm('database-connections', 'More than 80 % of about 81 connections to the database are taken',
        database('DatabaseConnections', 'Maximum'), above, 64.8, [3, 3]),
      alarm('database-credits', 'The database has fewer than 30 CPU credits left',
        database('CPUCreditBalance', 'Minimum'), below, 30, [3, 3]),
    ];
    const bad = `(percent>${limits.errorPercent})+(hosts<${limits.healthyHosts})`;
    this.release = alarm('release',
      'The application or its instances make requests fail after a release: the pipeline rolls it back',
      formula(`${bad}-100*FILL(excused,0)`, 'reasons to roll back', { excused, hosts, percent }), atLeast, 1);
  }
}
