import * as fs from 'node:fs';
import * as path from 'node:path';
import { Duration, IgnoreMode, RemovalPolicy } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codecommit from 'aws-cdk-lib/aws-codecommit';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct, IConstruct } from 'constructs';
import { Alarms } from './alarms';
import { Bundles } from './bundles';
import { Environment } from './environment';
import { deny } from './fence';
import { newLogGroup } from './network';
import { imageChanges, newDevelopers } from './people';
import { variables } from './program';
import { Releases, ruleMinutes } from './releases';
import { trustOwnAccount } from './trust';

export class Repository extends Construct {
  readonly repository: codecommit.Repository;

  constructor(scope: Construct, id: string, props: { name: string; source: string }) {
    super(scope, id);
    const source = new assets.Asset(this, 'Source', {
      path: props.source,
      exclude: ignored(props.source),
      ignoreMode: IgnoreMode.GIT,
    });
    this.repository = new codecommit.Repository(this, 'Repository', {
      repositoryName: props.name,
      code: codecommit.Code.fromAsset(source, 'main'),
    });
    this.repository.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }
}

export interface Target { name: string; environment: Environment; alarms: Alarms }

export class Pipeline extends Construct {
  readonly pipeline: codepipeline.Pipeline;
  readonly images: ecr.Repository;
  readonly developers: iam.ManagedPolicy;

  constructor(scope: Construct, id: string, props: { repository: Repository; targets: Target[]; program: string }) {
    super(scope, id);
    this.images = newImages(this);
    const { repository } = props.repository;
    const artifacts = newArtifacts(this);
    const buildLogs = newLogGroup(this, 'BuildLogs');
    const build = newBuild(this, this.images, artifacts, buildLogs);
    this.pipeline = new codepipeline.Pipeline(this, 'Pipeline', {
      artifactBucket: artifacts,
      pipelineType: codepipeline.PipelineType.V2,
      crossAccountKeys: false,
      executionMode: codepipeline.ExecutionMode.QUEUED,
    });
    const source = new codepipeline.Artifact('Source');
    const push = new actions.CodeCommitSourceAction({
      actionName: 'Source',
      repository,
      branch: 'main',
      output: source,
      trigger: actions.CodeCommitTrigger.EVENTS,
    });
    this.pipeline.addStage({ stageName: 'Source', actions: [push] });
    const releases = new Releases(this, this.pipeline, props.targets, push.variables.commitId, props.program);
    const bundles = new Bundles(this, releases, source, build, this.images, artifacts);
    const made = props.targets.map(({ name }) => new codepipeline.Artifact(`Bundle_${name.replaceAll('-', '_')}`));
    const image = new actions.CodeBuildAction({
      actionName: 'Build',
      runOrder: 1,
      project: build,
      input: source,
      environmentVariables: variables({
        EXECUTION_ROLE_ARN: props.targets[0].environment.roles.execution.roleArn,
        IMAGE_TAG: releases.imageTag,
      }),
    });
    this.pipeline.addStage({
      stageName: 'Build',
      actions: [image, ...props.targets.map((target, i) => bundles.action(target, i + 2, made[i]))],
    });
    const needs: IConstruct[] = [build, ...bundles.needs];
    props.targets.forEach((target, i) => {
      this.pipeline.addStage({
        stageName: `Deploy-${target.name}`,
        actions: releases.actions(target, made[i]),
        onSuccess: bake(this.pipeline, target),
        onFailure: { result: codepipeline.Result.ROLLBACK },
      });
      needs.push(allowPull(this, target, this.images));
    });
    for (const stage of this.pipeline.stages) {
      for (const { actionProperties } of stage.actions) {
        const action = this.pipeline.node.findChild(stage.stageName).node.findChild(actionProperties.actionName);
        const role = action.node.tryFindChild('CodePipelineActionRole');
        if (role) needs.push(role);
      }
    }
    this.pipeline.node.defaultChild!.node.addDependency(...needs, ...releases.needs);
    releases.allowStop();
    this.developers = newDevelopers(this, {
      repository, pipeline: this.pipeline, images: this.images, artifacts, logs: [buildLogs, releases.logGroup],
    });
    trustOwnAccount(this);
  }
}

function bake(pipeline: codepipeline.Pipeline, target: Target): codepipeline.Conditions {
  pipeline.role.addToPrincipalPolicy(new iam.PolicyStatement({
    sid: 'WatchAlarms', actions: ['cloudwatch:DescribeAlarms'], resources: ['*'],
  }));
  return {
    conditions: [{
      result: codepipeline.Result.ROLLBACK,
      rules: [new codepipeline.Rule({
        name: `Bake-${target.name}`,
        provider: 'CloudWatchAlarm',
        version: '1',
        configuration: { AlarmName: target.alarms.release.alarmName, WaitTime: `${ruleMinutes}` },
      })],
    }],
  };
}

function newImages(scope: Construct): ecr.Repository {
  return new ecr.Repository(scope, 'Images', {
    imageTagMutability: ecr.TagMutability.IMMUTABLE,
    imageScanOnPush: true,
    emptyOnDelete: false,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    lifecycleRules: [{
      description: 'Images that no tag names; those that a tagged index needs stay (User Guide, lifecycle policies)',
      tagStatus: ecr.TagStatus.UNTAGGED,
      maxImageAge: Duration.days(1),
    }],
  });
}

function allowPull(scope: Construct, target: Target, images: ecr.Repository): iam.Policy {
  return new iam.Policy(scope, `Pull-${target.name}`, {
    roles: [target.environment.roles.instance, target.environment.roles.execution],
    statements: [
      new iam.PolicyStatement({
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        resources: [images.repositoryArn],
      }),
      new iam.PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
    ],
  });
}

function newBuild(
  scope: Construct, images: ecr.Repository, artifacts: s3.Bucket, logGroup: logs.LogGroup,
): codebuild.PipelineProject {
  const build = new codebuild.PipelineProject(scope, 'Build', {
    description: 'Tests, builds and pushes the image',
    buildSpec: codebuild.BuildSpec.fromSourceFilename('buildspec.yml'),
    environment: {
      buildImage: codebuild.LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0,
      computeType: codebuild.ComputeType.SMALL,
      privileged: true,
    },
    environmentVariables: variables({ IMAGE_REPOSITORY_URI: images.repositoryUri }),
    timeout: Duration.minutes(30),
    logging: { cloudWatch: { logGroup } },
  });
  images.grantPullPush(build);
  images.grant(build, 'ecr:DescribeImages');
  build.addToRolePolicy(deny('KeepArtifacts', ['s3:Abort*', 's3:Delete*', 's3:List*', 's3:Put*'], {
    resources: [artifacts.bucketArn, artifacts.arnForObjects('*')],
  }));
  build.addToRolePolicy(deny('KeepImages', imageChanges, { resources: [images.repositoryArn] }));
  return build;
}

function newArtifacts(scope: Construct): s3.Bucket {
  return new s3.Bucket(scope, 'Artifacts', {
    encryption: s3.BucketEncryption.S3_MANAGED,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    autoDeleteObjects: false,
    lifecycleRules: [{
      noncurrentVersionExpiration: Duration.days(30),
      abortIncompleteMultipartUploadAfter: Duration.days(7),
    }],
  });
}

/** What Git would not commit. */
function ignored(dir: string): string[] {
  const lines = fs.readFileSync(path.join(dir, '.gitignore'), 'utf8').split('\n').map((line) => line.trim());
  return ['.git', ...lines.filter((line) => line !== '' && !line.startsWith('#'))];
}
