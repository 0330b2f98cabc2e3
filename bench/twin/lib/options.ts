import { Fn } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Database } from './database';
import { Network } from './network';

export interface Option { namespace: string; optionName: string; value: string }

export interface OptionsProps {
  network: Network;
  database: Database;
  service: iam.Role;
  profile: iam.InstanceProfile;
  balancer: ec2.SecurityGroup;
  instances: ec2.SecurityGroup;
}

/** The options of the Elastic Beanstalk environment, in the order of the Go app. */
export function options(props: OptionsProps): Option[] {
  const subnets = Fn.join(',', props.network.public.map((subnet) => subnet.subnetId));
  const all: [string, Record<string, string>][] = [
    ['aws:elasticbeanstalk:command', {
      DeploymentPolicy: 'Rolling',
      BatchSizeType: 'Fixed',
      BatchSize: '1',
      Timeout: '600',
      IgnoreHealthCheck: 'false',
    }],
    ['aws:elasticbeanstalk:trafficsplitting', { NewVersionPercent: '10', EvaluationTime: '5' }],
    ['aws:autoscaling:updatepolicy:rollingupdate', {
      RollingUpdateEnabled: 'true',
      RollingUpdateType: 'Health',
      MaxBatchSize: '1',
      MinInstancesInService: '2',
      Timeout: 'PT1H',
    }],
    ['aws:autoscaling:asg', { MinSize: '2', MaxSize: '4' }],
    ['aws:elasticbeanstalk:environment:process:default', {
      Port: '80',
      Protocol: 'HTTP',
      HealthCheckPath: '/readyz',
      HealthCheckInterval: '10',
      HealthCheckTimeout: '5',
      HealthyThresholdCount: '3',
      UnhealthyThresholdCount: '3',
      MatcherHTTPCode: '200',
      DeregistrationDelay: '60',
      StickinessEnabled: 'false',
    }],
    ['aws:elbv2:loadbalancer', { IdleTimeout: '60' }],
    ['aws:elasticbeanstalk:healthreporting:system', { SystemType: 'enhanced', HealthCheckSuccessThreshold: 'Ok' }],
    ['aws:elasticbeanstalk:environment', {
      EnvironmentType: 'LoadBalanced',
      LoadBalancerType: 'application',
      ServiceRole: props.service.roleArn,
    }],
    ['aws:ec2:instances', { EnableSpot: 'false', InstanceTypes: 't4g.small', SupportedArchitectures: 'arm64' }],
    ['aws:autoscaling:launchconfiguration', {
      DisableDefaultEC2SecurityGroup: 'true',
      DisableIMDSv1: 'true',
      IamInstanceProfile: props.profile.instanceProfileArn,
      RootVolumeSize: '30',
      RootVolumeType: 'gp3',
      SecurityGroups: props.instances.securityGroupId,
    }],
    ['aws:ec2:vpc', {
      AssociatePublicIpAddress: 'true',
      ELBScheme: 'public',
      ELBSubnets: subnets,
      Subnets: subnets,
      VPCId: props.network.vpc.vpcId,
    }],
    ['aws:elbv2:loadbalancer', {
      IpAddressType: 'dualstack',
      SecurityGroups: props.balancer.securityGroupId,
    }],
    ['aws:elbv2:listener:default', { ListenerEnabled: 'true' }],
    ['aws:autoscaling:trigger', {
      BreachDuration: '5',
      EvaluationPeriods: '1',
      LowerBreachScaleIncrement: '-1',
      LowerThreshold: '25',
      MeasureName: 'CPUUtilization',
      Period: '5',
      Statistic: 'Average',
      Unit: 'Percent',
      UpperBreachScaleIncrement: '1',
      UpperThreshold: '70',
    }],
    ['aws:elasticbeanstalk:healthreporting:system', {
      ConfigDocument: '{"Version":1,"Rules":{"Environment":{'
        + '"Application":{"ApplicationRequests4xx":{"Enabled":false}},"ELB":{"ELBRequests4xx":{"Enabled":false}}}}}',
    }],
    ['aws:elasticbeanstalk:managedactions', {
      ManagedActionsEnabled: 'true',
      PreferredStartTime: 'Sun:03:00',
      ServiceRoleForManagedUpdates: props.service.roleArn,
    }],
    ['aws:elasticbeanstalk:managedactions:platformupdate', { InstanceRefreshEnabled: 'false', UpdateLevel: 'minor' }],
    ['aws:elasticbeanstalk:cloudwatch:logs', {
      DeleteOnTerminate: 'false', RetentionInDays: '30', StreamLogs: 'true',
    }],
    ['aws:elasticbeanstalk:cloudwatch:logs:health', {
      DeleteOnTerminate: 'false', HealthStreamingEnabled: 'true', RetentionInDays: '30',
    }],
    ['aws:elasticbeanstalk:application:environment', {
      DATABASE_POOL: '5',
      IDLE_TIMEOUT: '75s',
      RDS_APPLICATION_USERNAME: 'application',
      RDS_DB_NAME: 'app',
      RDS_HOSTNAME: props.database.instance.dbInstanceEndpointAddress,
      RDS_PORT: '5432',
      RDS_USERNAME: 'app',
    }],
    ['aws:elasticbeanstalk:application:environmentsecrets', {
      RDS_APPLICATION_PASSWORD: props.database.applicationPassword.secretArn,
      RDS_PASSWORD: props.database.password.secretArn,
    }],
  ];
  return all.flatMap(([namespace, values]) =>
    Object.entries(values).map(([optionName, value]) => ({ namespace, optionName, value })));
}
