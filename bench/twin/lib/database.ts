import { Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { Network } from './network';

const exportedLogs = ['postgresql', 'upgrade'];

export class Database extends Construct {
  readonly instance: rds.DatabaseInstance;
  readonly password: secretsmanager.Secret;
  /** Of the user that the application serves as. */
  readonly applicationPassword: secretsmanager.Secret;
  readonly group: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, network: Network, databaseName: string) {
    super(scope, id);
    const password = (name: string, user: string) => new secretsmanager.Secret(this, name, {
      description: `Password of ${user}`,
      generateSecretString: { passwordLength: 32, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.password = password('Password', "the database's master user");
    this.applicationPassword = password('ApplicationPassword', 'the user that the application serves as');
    this.group = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'The database; admits whom a rule names',
      allowAllOutbound: false,
    });
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.of('17', '17') });
    const parameterGroup = new rds.ParameterGroup(this, 'Parameters', {
      engine,
      description: 'TLS for every connection',
      parameters: { 'rds.force_ssl': '1' },
    });
    this.instance = new rds.DatabaseInstance(this, 'Instance', {
      engine,
      parameterGroup,
      instanceType: new ec2.InstanceType('t4g.micro'),
      allocatedStorage: 20,
      storageType: rds.StorageType.GP3,
      storageEncrypted: true,
      vpc: network.vpc,
      vpcSubnets: { subnets: network.database },
      securityGroups: [this.group],
      publiclyAccessible: false,
      port: 5432,
      databaseName,
      credentials: rds.Credentials.fromPassword('app', this.password.secretValue),
      multiAz: false,
      backupRetention: Duration.days(7),
      autoMinorVersionUpgrade: true,
      allowMajorVersionUpgrade: true,
      applyImmediately: false,
      engineLifecycleSupport: rds.EngineLifecycleSupport.OPEN_SOURCE_RDS_EXTENDED_SUPPORT_DISABLED,
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      cloudwatchLogsExports: exportedLogs,
      copyTagsToSnapshot: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.SNAPSHOT,
    });
    const retention = new Construct(this, 'LogRetention');
    for (const name of exportedLogs) {
      new logs.LogRetention(retention, name, {
        logGroupName: Fn.join('', ['/aws/rds/instance/', this.instance.instanceIdentifier, `/${name}`]),
        retention: logs.RetentionDays.ONE_MONTH,
      });
    }
  }
}
