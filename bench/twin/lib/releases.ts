import { Duration, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import type { Target } from './delivery';
import { grantPassToECS } from './environment';
import { newLogGroup } from './network';
import { releaseNamespace } from './signals';

/** How long the probe and the alarm watch a release, and how long CodePipeline's rule does after that. */
const bakeMinutes = 10;
export const ruleMinutes = 1;

/** When the probe gives up: the hour of the deploy action, the bake, and what alarms need to settle. */
const limitMinutes = 60 + bakeMinutes + 10;

/** The actions that bring a version to an environment, and what they share. */
export class Releases {
  readonly roles: iam.Role[];
  private readonly program: assets.Asset;
  private readonly logGroup: logs.LogGroup;
  private readonly start: iam.Role;
  private readonly deploy: iam.Role;
  private readonly probe: iam.Role;

  constructor(
    private readonly scope: Construct,
    pipeline: codepipeline.Pipeline,
    private readonly commit: string,
    program: string,
  ) {
    this.program = new assets.Asset(scope, 'ReleaseProgram', { path: program });
    this.logGroup = newLogGroup(scope, 'ReleaseLogs');
    const role = (id: string, description: string, assumedBy: iam.IPrincipal) =>
      new iam.Role(scope, id, { description, assumedBy });
    const action = new iam.ArnPrincipal(pipeline.role.roleArn);
    this.start = role('ReleaseActionRole', 'Starts the builds that watch releases or do them', action);
    this.deploy = role('DeployRole', 'Deploys releases to Elastic Beanstalk', action);
    this.probe = role('ProbeRole', 'Watches releases', new iam.ServicePrincipal('codebuild.amazonaws.com'));
    for (const statement of statements(this.program)) this.probe.addToPolicy(new iam.PolicyStatement(statement));
    this.roles = [this.deploy, this.probe, this.start];
  }

  /** Lets the program stop a rollback of the pipeline that failed. */
  allowStop(pipeline: codepipeline.Pipeline) {
    new iam.Policy(this.scope, 'StopRollbacks', {
      roles: [this.probe],
      statements: [new iam.PolicyStatement({
        actions: ['codepipeline:StopPipelineExecution'], resources: [pipeline.pipelineArn],
      })],
    });
  }

  /** What runs side by side in the stage of a target. */
  actions(target: Target, input: codepipeline.Artifact): codepipeline.IAction[] {
    grantPassToECS(target.environment.execution, this.deploy);
    return [
      new actions.ElasticBeanstalkDeployAction({
        actionName: 'Deploy',
        applicationName: target.environment.application.ref,
        environmentName: target.environment.environment.ref,
        input,
        role: this.deploy,
      }),
      new actions.CodeBuildAction({
        actionName: 'Probe',
        project: this.project(target),
        input,
        role: this.start,
        environmentVariables: variables({
          COMMIT: this.commit,
          EXECUTION: codepipeline.GlobalVariables.executionId,
        }),
      }),
    ];
  }

  private project({ name, environment, alarms }: Target): codebuild.IProject {
    this.probe.addToPolicy(new iam.PolicyStatement({
      actions: ['elasticbeanstalk:DeleteApplicationVersion'],
      resources: [Stack.of(this.scope).formatArn({
        service: 'elasticbeanstalk', resource: 'applicationversion', resourceName: `${environment.name}/bootstrap-*`,
      })],
    }));
    return new codebuild.PipelineProject(this.scope, `Probe-${name}`, {
      description: `Runs the release program for ${environment.name}`,
      buildSpec: codebuild.BuildSpec.fromObject(buildspec),
      environment: {
        buildImage: codebuild.LinuxBuildImage.AMAZON_LINUX_2023_5,
        computeType: codebuild.ComputeType.SMALL,
      },
      environmentVariables: variables({
        ALLOW_DOWNTIME: 'false',
        APPLICATION_NAME: environment.application.ref,
        CREATION_VERSIONS: 'bootstrap-',
        DEPLOY_ACTION: 'Deploy',
        ENVIRONMENT_NAME: environment.environment.ref,
        PROBE_LIMIT_MINUTES: `${limitMinutes}`,
        PROBE_MAX_FAILURES: '0',
        PROBE_PATH: '/readyz',
        PROBE_TAIL_MS: `${bakeMinutes * 60_000}`,
        PROBE_URL: environment.endpointUrl,
        PROGRAM: this.program.s3ObjectUrl,
        RELEASE_ALARM: alarms.release.alarmName,
        RULE_MINUTES: `${ruleMinutes}`,
        STAGE: `Deploy-${name}`,
      }),
      role: this.probe,
      timeout: Duration.minutes(limitMinutes + 10),
      logging: { cloudWatch: { logGroup: this.logGroup } },
    });
  }
}

const buildspec = {
  env: { shell: 'bash' },
  phases: {
    build: {
      commands: [
        'cd "$(mktemp -d)"',
        'aws s3 cp --only-show-errors "$PROGRAM" release.zip',
        'unzip -q release.zip',
        'VERSION="${COMMIT:0:7}" EXPECTED_VERSION="$COMMIT" node main.mjs probe',
      ],
    },
    install: { 'runtime-versions': { nodejs: 22 } },
  },
  version: '0.2',
};

function variables(values: Record<string, string>): Record<string, codebuild.BuildEnvironmentVariable> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

function statements(program: assets.Asset): iam.PolicyStatementProps[] {
  return [{
    sid: 'ReadProgram',
    actions: ['s3:GetObject'],
    resources: [program.bucket.arnForObjects(program.s3ObjectKey)],
  }, {
    sid: 'SeeEnvironments',
    actions: ['elasticbeanstalk:DescribeApplicationVersions', 'elasticbeanstalk:DescribeEnvironments'],
    resources: ['*'],
  }, {
    sid: 'PublishMetrics',
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    conditions: { StringEquals: { 'cloudwatch:namespace': releaseNamespace } },
  }, {
    sid: 'SeeAlarms',
    actions: ['cloudwatch:DescribeAlarms'],
    resources: ['*'],
  }, {
    sid: 'SeeExecutions',
    actions: ['codepipeline:GetPipelineExecution', 'codepipeline:GetPipelineState'],
    resources: ['*'],
  }];
}
