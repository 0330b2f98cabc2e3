import { Duration, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IConstruct } from 'constructs';
import { limits } from './alarms';
import type { Target } from './delivery';
import { grantPassToECS } from './environment';
import { denyLongerNames, fence, ownDenials, releaseDenials } from './fence';
import { newLogGroup } from './network';
import { Program, variables } from './program';
import { releaseNamespace } from './signals';

/** How long the probe and the alarm watch a release, and how long CodePipeline's rule does after that. */
const bakeMinutes = 10;
export const ruleMinutes = 1;

/** When the probe gives up: the hour of the deploy action, the bake, and what alarms need to settle. */
const limitMinutes = 60 + bakeMinutes + 10;

/** How long a rolling deployment leaves all requests to the version before. */
const beforeSeconds = 130;

/** What a build may take to start and to end. */
export const spareMinutes = 10;

/** The actions that bring a version to an environment, and what they share. */
export class Releases {
  /** What has to be there before the first release. */
  readonly needs: IConstruct[];
  readonly program: Program;
  readonly logGroup: logs.LogGroup;
  /** The role of the actions that start builds. */
  readonly start: iam.Role;
  readonly imageTag: string;
  private readonly probe: iam.Role;
  private readonly fence: iam.ManagedPolicy;

  constructor(
    private readonly scope: Construct,
    private readonly pipeline: codepipeline.Pipeline,
    private readonly targets: Target[],
    private readonly commit: string,
    program: string,
  ) {
    this.imageTag = `${commit}-${codepipeline.GlobalVariables.executionId}`;
    this.program = new Program(scope, program);
    this.logGroup = newLogGroup(scope, 'ReleaseLogs');
    this.start = new iam.Role(scope, 'ReleaseActionRole', {
      description: 'Starts the builds that make bundles, and those that watch releases or do them',
      assumedBy: new iam.ArnPrincipal(pipeline.role.roleArn),
    });
    this.fence = new iam.ManagedPolicy(scope, 'Fence', {
      description: 'Denies what no release needs',
      statements: releaseDenials(),
    });
    this.probe = new iam.Role(scope, 'ProbeRole', {
      description: 'Watches releases',
      assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com'),
    });
    this.probe.addToPolicy(this.program.read());
    for (const statement of statements) this.probe.addToPolicy(new iam.PolicyStatement(statement));
    this.needs = [this.start, this.fence, this.probe];
  }

  /** Lets the program stop a rollback of the pipeline that failed. */
  allowStop() {
    new iam.Policy(this.scope, 'StopRollbacks', {
      roles: [this.probe],
      statements: [new iam.PolicyStatement({
        actions: ['codepipeline:StopPipelineExecution'], resources: [this.pipeline.pipelineArn],
      })],
    });
  }

  /** What runs side by side in the stage of a target. */
  actions(target: Target, input: codepipeline.Artifact): codepipeline.IAction[] {
    return [
      new actions.ElasticBeanstalkDeployAction({
        actionName: 'Deploy',
        applicationName: target.environment.application.ref,
        environmentName: target.environment.environment.ref,
        input,
        role: this.deployRole(target),
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

  private deployRole({ name, environment }: Target): iam.Role {
    const role = new iam.Role(this.scope, `DeployRole-${name}`, {
      description: `Deploys releases to ${environment.name}`,
      assumedBy: new iam.ArnPrincipal(this.pipeline.role.roleArn),
    });
    this.needs.push(role);
    grantPassToECS(environment.roles.execution, role);
    const siblings = this.targets.map((target) => target.environment.name).filter((other) => other !== environment.name);
    fence(role, ownDenials(environment, siblings));
    denyLongerNames(role, environment.name, siblings);
    this.fence.attachToRole(role);
    return role;
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
      buildSpec: this.program.buildSpec(['VERSION="${COMMIT:0:7}" EXPECTED_VERSION="$COMMIT" node main.mjs probe']),
      environment: {
        buildImage: codebuild.LinuxBuildImage.AMAZON_LINUX_2023_5,
        computeType: codebuild.ComputeType.SMALL,
      },
      environmentVariables: variables({
        ALLOW_DOWNTIME: 'false',
        APPLICATION_NAME: environment.application.ref,
        BEFORE_LIMIT_MS: `${beforeSeconds * 1000}`,
        CREATION_VERSIONS: 'bootstrap-',
        DEPLOY_ACTION: 'Deploy',
        ENVIRONMENT_NAME: environment.environment.ref,
        PROBE_LIMIT_MINUTES: `${limitMinutes}`,
        PROBE_MAX_FAILURES: '0',
        PROBE_MAX_LATENCY_MS: `${limits.latency * 1000}`,
        PROBE_PATH: '/readyz',
        PROBE_TAIL_MS: `${bakeMinutes * 60_000}`,
        PROBE_URL: environment.endpointUrl,
        ...this.program.variables,
        RELEASE_ALARMS: alarms.release.alarmName,
        RULE_MINUTES: `${ruleMinutes}`,
        STAGE: `Deploy-${name}`,
      }),
      role: this.probe,
      timeout: Duration.minutes(limitMinutes + spareMinutes),
      logging: { cloudWatch: { logGroup: this.logGroup } },
    });
  }
}

const statements: iam.PolicyStatementProps[] = [{
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
