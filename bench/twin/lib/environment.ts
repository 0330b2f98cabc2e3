import { Aws, CfnCondition, CfnParameter, CustomResource, Duration, Fn, NestedStack, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eb from 'aws-cdk-lib/aws-elasticbeanstalk';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { Database } from './database';
import { denySiblings, fence, handOverDenials, instanceDenials, passDenial } from './fence';
import { Network, newLogGroup } from './network';
import { Option, options } from './options';
import { trustOwnAccount } from './trust';

/** What instances may connect to, wherever it is. */
const egress: [ec2.Port, string][] = [
  [ec2.Port.tcp(443), 'HTTPS'], [ec2.Port.udp(123), 'Time'],
];

export interface EnvironmentProps {
  name: string;
  network: Network;
  database: Database;
  /** The code of the function behind DeployedState. */
  handler: string;
  /** The names of the other environments. */
  siblings: string[];
}

export interface Roles { instance: iam.Role; execution: iam.Role; service: iam.Role }

export class Environment extends Construct {
  readonly name: string;
  readonly application: eb.CfnApplication;
  readonly environment: eb.CfnEnvironment;
  private readonly nested: NestedStack;
  readonly roles: Roles;
  readonly vpcId: string;
  /** Where Beanstalk made the environment reachable, looked up once it is there. */
  readonly endpoint: CustomResource;

  constructor(scope: Construct, id: string, props: EnvironmentProps) {
    super(scope, id);
    this.name = props.name;
    this.vpcId = props.network.vpc.vpcId;
    const instance = new iam.Role(this, 'InstanceRole', {
      description: `EC2 instances of ${props.name}`,
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: managed('AWSElasticBeanstalkWebTier', 'AWSElasticBeanstalkMulticontainerDocker'),
    });
    const execution = new iam.Role(this, 'ExecutionRole', {
      description: `ECS agent on the instances of ${props.name}`,
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    const service = new iam.Role(this, 'ServiceRole', {
      description: `Elastic Beanstalk for ${props.name}`,
      assumedBy: new iam.ServicePrincipal('elasticbeanstalk.amazonaws.com'),
      externalIds: ['elasticbeanstalk'],
      managedPolicies: managed('service-role/AWSElasticBeanstalkEnhancedHealth',
        'AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy'),
    });
    const profile = new iam.InstanceProfile(this, 'InstanceProfile', { role: instance });
    this.roles = { instance, execution, service };
    grantPassToECS(execution, instance);
    grantPassToECS(execution, service);
    for (const password of [props.database.password, props.database.applicationPassword]) {
      password.grantRead(instance);
      password.grantRead(execution);
    }
    fence(service, [...handOverDenials(), passDenial(this.roles)]);
    fence(instance, instanceDenials(props.name, this.roles.execution));
    denySiblings(this, this.roles, props.name, props.siblings);

    const group = (name: string, description: string) => new ec2.SecurityGroup(this, name, {
      vpc: props.network.vpc, description, allowAllOutbound: false,
    });
    const balancer = group('LoadBalancerSecurityGroup', 'The load balancer; open to the world');
    const instances = group('InstanceSecurityGroup', 'The web instances; open to the load balancer');
    balancer.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(80), 'Clients');
    balancer.addIngressRule(ec2.Peer.anyIpv6(), ec2.Port.tcp(80), 'Clients');
    balancer.connections.allowTo(instances, ec2.Port.tcp(80), 'Requests and health checks');
    for (const [port, purpose] of egress) {
      instances.addEgressRule(ec2.Peer.anyIpv4(), port, purpose);
      instances.addEgressRule(ec2.Peer.anyIpv6(), port, purpose);
    }
    const database = ec2.Peer.securityGroupId(props.database.group.securityGroupId);
    instances.addEgressRule(database, ec2.Port.tcp(5432), 'The database');

    this.application = new eb.CfnApplication(this, 'Application', {
      applicationName: props.name,
      resourceLifecycleConfig: {
        serviceRole: service.roleArn,
        versionLifecycleConfig: { maxCountRule: { enabled: true, maxCount: 50, deleteSourceFromS3: true } },
      },
    });
    const optionSettings = options({ ...props, service, profile, balancer, instances });
    this.nested = new NestedStack(this, 'Environment', { description: `Elastic Beanstalk environment ${props.name}` });
    this.environment = new eb.CfnEnvironment(this.nested, 'Environment', {
      applicationName: this.application.ref,
      environmentName: props.name,
      optionSettings: optionSettings.map(({ namespace, optionName, value }) => ({
        namespace,
        optionName,
        value: Token.isUnresolved(value)
          ? this.parameter((namespace + optionName).replace(/[^A-Za-z0-9]/g, ''), value)
          : value,
      })),
    });
    this.endpoint = this.deployedState(optionSettings, props);

    this.environment.node.addDependency(instance, execution, service, profile, balancer, instances,
      props.network.connectivity);
    this.environment.node.addDependency(new ec2.CfnSecurityGroupIngress(this, 'DatabaseAccess', {
      groupId: props.database.group.securityGroupId,
      sourceSecurityGroupId: instances.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: 5432,
      toPort: 5432,
      description: 'The web instances',
    }));
    trustOwnAccount(this);
  }

  /** Keeps the platform and the version that the environment runs, and looks up its endpoint. */
  private deployedState(settings: Option[], props: EnvironmentProps): CustomResource {
    const self = new Construct(this, 'DeployedState');
    const logGroup = newLogGroup(self, 'Logs');
    const role = new iam.Role(self, 'Role', {
      description: `Finds out what ${props.name} runs`,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    for (const statement of statements(Stack.of(self), props.name)) {
      role.addToPolicy(new iam.PolicyStatement(statement));
    }
    logGroup.grantWrite(role);
    const fn = new lambda.Function(self, 'Function', {
      description: `Finds out what ${props.name} runs`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(props.handler),
      handler: 'index.handler',
      timeout: Duration.minutes(15),
      memorySize: 256,
      role,
      logGroup,
    });
    const resource = (id: string, type: string, properties: Record<string, unknown>) => new CustomResource(self, id, {
      serviceToken: fn.functionArn,
      resourceType: `Custom::${type}`,
      serviceTimeout: Duration.minutes(16),
      properties: {
        ApplicationName: this.application.ref,
        Settings: settings.map((o) => `${o.namespace}:${o.optionName}=${o.value}`),
        ...properties,
      },
    });
    const state = resource('Resource', 'DeployedState', {
      EnvironmentName: props.name,
      PlatformBranch: 'ECS running on 64bit Amazon Linux 2023',
      ExecutionRoleArn: this.roles.execution.roleArn,
      Tags: this.environment.tags.renderedTags,
    });
    const attribute = (name: string) =>
      this.parameter(name, state.getAttString(name), 'keep once the environment exists');
    const [platform, version] = [attribute('PlatformArn'), attribute('VersionLabel')];
    const isNew = new CfnCondition(this.nested, 'IsNew', {
      expression: Fn.conditionNot(Fn.conditionEquals(version, 'keep')),
    });
    this.environment.platformArn = Fn.conditionIf(isNew.logicalId, platform, Aws.NO_VALUE).toString();
    this.environment.versionLabel = Fn.conditionIf(isNew.logicalId, version, Aws.NO_VALUE).toString();
    return resource('Endpoint', 'Endpoint', {
      EndpointURLs: [this.environment.attrEndpointUrl],
      EnvironmentNames: [this.environment.ref],
    });
  }

  private parameter(name: string, value: string, description?: string): string {
    this.nested.setParameter(name, value);
    return new CfnParameter(this.nested, name, { description }).valueAsString;
  }

  get endpointUrl(): string {
    return Fn.join('', ['http://', this.endpoint.getAttString('CNAME')]);
  }
}

export function grantPassToECS(role: iam.IRole, grantee: iam.IGrantable) {
  iam.Grant.addToPrincipal({
    grantee,
    actions: ['iam:PassRole'],
    resourceArns: [role.roleArn],
    conditions: { StringLike: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  });
}

function managed(...names: string[]): iam.IManagedPolicy[] {
  return names.map((name) => iam.ManagedPolicy.fromAwsManagedPolicyName(name));
}

function statements({ partition, region, account, stackId }: Stack, application: string): iam.PolicyStatementProps[] {
  const beanstalk = `arn:${partition}:elasticbeanstalk:${region}:${account}`;
  const bucket = `arn:${partition}:s3:::elasticbeanstalk-${region}-${account}`;
  return [{
    sid: 'SeePlatformsAndEnvironments',
    actions: ['elasticbeanstalk:DescribeApplicationVersions', 'elasticbeanstalk:DescribeEnvironments',
      'elasticbeanstalk:ListPlatformVersions'],
    resources: ['*'],
  }, {
    sid: 'FindLoadBalancers',
    actions: ['elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeTargetGroups'],
    resources: ['*'],
  }, {
    sid: 'SeeOwnStack',
    actions: ['cloudformation:DescribeStacks'],
    resources: [stackId],
  }, {
    sid: 'FindStorage',
    actions: ['elasticbeanstalk:CreateStorageLocation'],
    resources: ['*'],
  }, {
    sid: 'RegisterBootstrapVersion',
    actions: ['elasticbeanstalk:CreateApplicationVersion'],
    resources: [
      `${beanstalk}:application/${application}`,
      `${beanstalk}:applicationversion/${application}/bootstrap-*`,
    ],
  }, {
    sid: 'DeleteBootstrapVersion',
    actions: ['elasticbeanstalk:DeleteApplicationVersion'],
    resources: [`${beanstalk}:applicationversion/${application}/bootstrap-*`],
  }, {
    sid: 'PrepareStorageBucket',
    actions: ['s3:CreateBucket', 's3:GetBucket*', 's3:ListBucket', 's3:PutBucketOwnershipControls',
      's3:PutBucketPolicy', 's3:PutBucketPublicAccessBlock'],
    resources: [bucket],
  }, {
    sid: 'StoreBootstrapBundle',
    actions: ['s3:PutObject'],
    resources: [`${bucket}/${application}/bootstrap-*.zip`],
  }, {
    sid: 'ReadBundles',
    actions: ['s3:GetObject', 's3:GetObjectAcl', 's3:GetObjectVersion'],
    resources: [
      `${bucket}/${application}/*`,
      `${bucket}/resources/environments/*/_runtime/_versions/${application}/*`,
    ],
  }];
}
