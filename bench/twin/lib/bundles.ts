import { Duration } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import type { Target } from './delivery';
import { variables } from './program';
import { Releases, spareMinutes } from './releases';

/** The actions that make the source bundles of environments, and what they share. */
export class Bundles {
  /** What has to be there before the first release. */
  readonly needs: IConstruct[];
  private readonly project: codebuild.PipelineProject;
  /** The variable with the image's digest, once an action has found it. */
  private digest?: string;

  constructor(
    scope: Construct,
    private readonly releases: Releases,
    private readonly source: codepipeline.Artifact,
    build: codebuild.IProject,
    images: ecr.Repository,
    artifacts: s3.Bucket,
  ) {
    const { program, logGroup } = releases;
    const role = new iam.Role(scope, 'BundleRole', {
      description: 'Makes source bundles',
      assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com'),
    });
    const allow = (sid: string, resource: string, ...actions: string[]) =>
      role.addToPolicy(new iam.PolicyStatement({ sid, actions, resources: [resource] }));
    role.addToPolicy(program.read());
    const everything = artifacts.arnForObjects('*');
    allow('ReadSource', everything, 's3:GetObject', 's3:GetObjectVersion');
    allow('WriteBundles', everything, 's3:PutObject');
    role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'KeepSources',
        effect: iam.Effect.DENY,
        actions: ['s3:Put*'],
        resources: [artifacts.arnForObjects('*/Source/*')],
      }),
    );
    allow('LocateArtifacts', artifacts.bucketArn, 's3:GetBucketAcl', 's3:GetBucketLocation');
    allow('FindBuild', build.projectArn, 'codebuild:BatchGetBuilds', 'codebuild:ListBuildsForProject');
    allow('FindImages', images.repositoryArn, 'ecr:DescribeImages');
    logGroup.grantWrite(role);
    this.project = new codebuild.PipelineProject(scope, 'Bundle', {
      description: 'Makes the source bundle that is deployed',
      buildSpec: program.buildSpec(
        ['node main.mjs bundle', 'export IMAGE_DIGEST="$(cat digest)"'],
        { 'exported-variables': ['IMAGE_DIGEST'] },
        { artifacts: { 'base-directory': 'bundle', files: ['**/*', '.ebextensions/**/*', '.platform/**/*'] } },
      ),
      environment: {
        buildImage: codebuild.LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0,
        computeType: codebuild.ComputeType.SMALL,
      },
      environmentVariables: variables({
        BUILD_PROJECT: build.projectName,
        IMAGE_REPOSITORY_URI: images.repositoryUri,
        ...program.variables,
      }),
      role: role.withoutPolicyUpdates(),
      timeout: Duration.minutes(spareMinutes),
      logging: { cloudWatch: { logGroup } },
    });
    this.needs = [this.project, role];
  }

  /** Makes the bundle of a target. The first action finds the digest of the image, the later ones expect it. */
  action({ name, environment }: Target, runOrder: number, output: codepipeline.Artifact): codepipeline.IAction {
    const action = new actions.CodeBuildAction({
      actionName: `Bundle-${name}`,
      runOrder,
      project: this.project,
      input: this.source,
      outputs: [output],
      role: this.releases.start,
      environmentVariables: variables({
        EXECUTION_ROLE_ARN: environment.roles.execution.roleArn,
        ...(this.digest && { EXPECTED_DIGEST: this.digest }),
        IMAGE_TAG: this.releases.imageTag,
      }),
    });
    this.digest ??= action.variable('IMAGE_DIGEST');
    return action;
  }
}
