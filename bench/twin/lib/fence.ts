import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Environment, Roles } from './environment';

/** A deny, of everything unless `more` has resources. */
export function deny(sid: string, actions: string[], more: iam.PolicyStatementProps = {}): iam.PolicyStatement {
  const resources = more.notResources ? undefined : ['*'];
  return new iam.PolicyStatement({ sid, effect: iam.Effect.DENY, actions, resources, ...more });
}

/** Attaches denies to a role. Whatever waits for the role waits for them. */
export function fence(role: iam.Role, statements: iam.PolicyStatement[]) {
  new iam.Policy(role, 'Fence', { roles: [role], statements });
}

export function passDenial(roles: Roles): iam.PolicyStatement {
  const own = [roles.instance, roles.execution, roles.service].map((role) => role.roleArn);
  return deny('PassOwnRolesOnly', ['iam:PassRole'], { notResources: [...own, 'arn:*:iam::*:role/aws-service-role/*'] });
}

/** Denies of what no environment needs. */
export function handOverDenials(): iam.PolicyStatement[] {
  return [
    deny('PassNothingToCloudFormation', ['iam:PassRole'], {
      conditions: { StringEquals: { 'iam:PassedToService': ['cloudformation.amazonaws.com'] } },
    }),
    deny('NoStackRole', of('cloudformation', 'ContinueUpdateRollback', 'CreateChangeSet', 'CreateStack', 'DeleteStack',
      'RollbackStack', 'UpdateStack'), { conditions: { Null: { 'cloudformation:RoleArn': ['false'] } } }),
    deny('NoDatabases', of('rds', 'AuthorizeDBSecurityGroupIngress', 'Create*', 'Delete*', 'Modify*', 'Restore*')),
  ];
}

/** Denies of what no release needs. */
export function releaseDenials(): iam.PolicyStatement[] {
  return [
    ...handOverDenials(),
    deny('NoRoles', of('iam', 'AddRoleToInstanceProfile', 'AttachRolePolicy', 'CreateInstanceProfile', 'CreateRole')),
    deny('NoSources', [...of('codebuild', 'CreateProject', 'DeleteProject', 'StartBuild'), 'codecommit:*']),
    deny('NoEnvironments', of('elasticbeanstalk', 'AssociateEnvironmentOperationsRole', 'ComposeEnvironments',
      'CreateApplication', 'CreateEnvironment', 'CreatePlatformVersion', 'DeleteApplication', 'DeletePlatformVersion',
      'DisassociateEnvironmentOperationsRole', 'RebuildEnvironment', 'TerminateEnvironment', 'UpdateApplication',
      'UpdateApplicationResourceLifecycle')),
    deny('KeepLogs', ['logs:DeleteLogGroup']),
  ];
}

/** Denies for a role that releases to one environment only. */
export function ownDenials({ name, roles, vpcId }: Environment, siblings: string[]): iam.PolicyStatement[] {
  const all = [
    passDenial(roles),
    deny('OwnApplicationOnly', of('elasticbeanstalk', 'Abort*', 'Apply*', 'Create*', 'Delete*', 'Restart*', 'Swap*',
      'Update*'), {
      conditions: {
        Null: { 'elasticbeanstalk:InApplication': ['false'] },
        StringNotLike: { 'elasticbeanstalk:InApplication': [`*:application/${name}`] },
      },
    }),
    deny('OwnNetworkOnly', of('ec2', 'AuthorizeSecurityGroup*', 'DeleteSecurityGroup', 'RevokeSecurityGroup*',
      'RunInstances'), {
      conditions: { Null: { 'ec2:Vpc': ['false'] }, ArnNotLike: { 'ec2:Vpc': [`arn:*:ec2:*:*:vpc/${vpcId}`] } },
    }),
    deny('OwnEnvironmentOnly', changes, {
      conditions: { Null: { [nameTag]: ['false'] }, StringNotLike: { [nameTag]: [name, `${name}-*`] } },
    }),
  ];
  if (siblings.length > 0) all.push(deny('NotOthersBundles', ['s3:*'], { resources: siblings.map(bundles) }));
  return all;
}

/** Denies a role what belongs to siblings whose names begin with that of its environment and a hyphen. */
export function denyLongerNames(role: iam.Role, name: string, siblings: string[]) {
  const longer = environmentsOf(siblings, name).filter((other) => other.startsWith(`${name}-`));
  for (let i = 0; i * 50 < longer.length; i++) {
    new iam.ManagedPolicy(role, `LongerNames${i + 1}`, {
      description: `Denies what belongs to environments whose names begin with ${name}`,
      roles: [role],
      statements: [deny('NotOthersEnvironments', changes, {
        conditions: { StringEquals: { [nameTag]: longer.slice(i * 50, (i + 1) * 50) } },
      })],
    });
  }
}

/** Denies instances what decides which version the next one runs. */
export function instanceDenials(name: string, execution: iam.Role): iam.PolicyStatement[] {
  const buckets = { resources: ['arn:*:s3:::elasticbeanstalk-*'] };
  return [
    deny('KeepBundles', ['s3:Delete*', 's3:Put*'], {
      resources: [
        'arn:*:s3:::elasticbeanstalk-*/*_runtime/*',
        'arn:*:s3:::elasticbeanstalk-*/resources/templates/*',
        `arn:*:s3:::elasticbeanstalk-*-????????????/${name}/*`,
      ],
    }),
    deny('KeepBucket', of('s3', 'DeleteBucket*', 'PutBucket*', 'PutEncryptionConfiguration',
      'PutLifecycleConfiguration', 'PutReplicationConfiguration'), buckets),
    deny('OwnAccountOnly', ['s3:Put*'], {
      ...buckets,
      conditions: {
        Null: { 'aws:ResourceAccount': ['false'] },
        StringNotEquals: { 'aws:ResourceAccount': [Stack.of(execution).account] },
      },
    }),
    deny('PassExecutionRoleOnly', ['iam:PassRole'], {
      notResources: [execution.roleArn],
      conditions: {
        StringEquals: {
          'iam:PassedToService': ['codebuild', 'codepipeline', 'ec2', 'ecs-tasks', 'elasticbeanstalk']
            .map((service) => `${service}.amazonaws.com`),
        },
      },
    }),
  ];
}

/** Denies the instances and Elastic Beanstalk itself what belongs to other environments. */
export function denySiblings(scope: Construct, roles: Roles, name: string, siblings: string[]) {
  const attach = (id: string, role: iam.Role, apiece: number, denials: typeof instanceSiblings) => {
    for (let i = 0; i * apiece < siblings.length; i++) {
      new iam.ManagedPolicy(scope, `${id}Siblings${i + 1}`, {
        description: `Denies what belongs to environments other than ${name}`,
        roles: [role],
        statements: denials(siblings.slice(i * apiece, (i + 1) * apiece), name),
      });
    }
  };
  attach('Instance', roles.instance, 7, instanceSiblings);
  attach('Service', roles.service, 9, serviceSiblings);
}

function instanceSiblings(siblings: string[], name: string): iam.PolicyStatement[] {
  const environments = environmentsOf(siblings, name);
  const clusters = environments.map((other) => `arn:*:ecs:*:*:cluster/awseb-${other}-??????????`);
  return [
    deny('NotOthersBundles', ['s3:*'], { resources: siblings.map(bundles) }),
    deny('NotOthersClusters', of('ecs', 'DeregisterContainerInstance', 'RegisterContainerInstance', 'Submit*'), {
      resources: clusters,
    }),
    deny('NotOthersTasks', of('ecs', 'Poll', 'StartTask', 'StartTelemetrySession', 'StopTask'), {
      conditions: { ArnLike: { 'ecs:cluster': clusters } },
    }),
    deny('NotOthersLogs', of('logs', 'CreateLogStream', 'PutLogEvents'), { resources: environments.map(logs) }),
    deny('NotOthersHealth', ['elasticbeanstalk:PutInstanceStatistics'], {
      resources: [
        ...siblings.map((other) => `arn:*:elasticbeanstalk:*:*:application/${other}`),
        ...siblings.map((other) => `arn:*:elasticbeanstalk:*:*:environment/${other}/*`),
      ],
    }),
  ];
}

function serviceSiblings(siblings: string[], name: string): iam.PolicyStatement[] {
  const environments = environmentsOf(siblings, name);
  return [
    deny('NotOthersBundles', ['s3:*'], { resources: siblings.map(bundles) }),
    deny('NotOthersApplications', of('elasticbeanstalk', 'Abort*', 'Apply*', 'Compose*', 'Create*', 'Delete*',
      'Rebuild*', 'Restart*', 'Swap*', 'Terminate*', 'Update*'), {
      resources: [
        ...siblings.map((other) => `arn:*:elasticbeanstalk:*:*:application/${other}`),
        ...siblings.map((other) => `arn:*:elasticbeanstalk:*:*:*/${other}/*`),
      ],
    }),
    deny('NotOthersResources', changes, { conditions: { StringEquals: { [nameTag]: environments } } }),
    deny('NotOthersLogs', of('logs', 'DeleteLogGroup', 'PutRetentionPolicy'), { resources: environments.map(logs) }),
  ];
}

/** The environments that siblings of the one called `name` can have, the second one of each by blue/green. */
function environmentsOf(siblings: string[], name: string): string[] {
  return siblings.flatMap((sibling) => [sibling, `${sibling}-green`])
    .filter((other) => other !== name && other !== `${name}-green`);
}

function bundles(application: string): string {
  return `arn:*:s3:::elasticbeanstalk-*/${application}/*`;
}

function logs(environment: string): string {
  return `arn:*:logs:*:*:log-group:/aws/elasticbeanstalk/${environment}/*`;
}

function of(service: string, ...actions: string[]): string[] {
  return actions.map((action) => `${service}:${action}`);
}

const nameTag = 'aws:ResourceTag/elasticbeanstalk:environment-name';

/** The changes of what Elastic Beanstalk makes for an environment. */
const changes = [
  'autoscaling:*',
  ...of('cloudformation', 'CancelUpdateStack', 'ContinueUpdateRollback', 'CreateStack', 'DeleteStack',
    'SignalResource', 'UpdateStack'),
  ...of('cloudwatch', 'DeleteAlarms', 'PutMetricAlarm'),
  ...of('ec2', 'AuthorizeSecurityGroup*', 'CreateLaunchTemplateVersion', 'CreateTags', 'DeleteLaunchTemplate*',
    'DeleteSecurityGroup', 'DeleteTags', 'RebootInstances', 'RevokeSecurityGroup*', 'RunInstances', 'TerminateInstances'),
  'ecs:DeleteCluster',
  ...of('elasticbeanstalk', 'Abort*', 'AddTags', 'Apply*', 'Rebuild*', 'RemoveTags', 'Restart*', 'Swap*', 'Terminate*',
    'Update*'),
  'elasticloadbalancing:*',
];
