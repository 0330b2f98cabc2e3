import { Names, Stack, Tags } from 'aws-cdk-lib';
import * as codecommit from 'aws-cdk-lib/aws-codecommit';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { deny } from './fence';

/** What changes or deletes images. */
export const imageChanges = [
  'ecr:BatchDeleteImage', 'ecr:DeleteRepository*', 'ecr:PutImageTagMutability', 'ecr:PutLifecyclePolicy',
  'ecr:SetRepositoryPolicy',
];

export interface Territory {
  repository: codecommit.Repository;
  pipeline: codepipeline.Pipeline;
  images: ecr.Repository;
  artifacts: s3.Bucket;
  logs: logs.LogGroup[];
}

/** The policy of the people who push code, without a way past the pipeline. */
export function newDevelopers(scope: Construct, territory: Territory): iam.ManagedPolicy {
  const { repository, pipeline, images, artifacts, logs } = territory;
  const tag = Names.uniqueResourceName(scope, {});
  Tags.of(scope).add('pipeline', tag, { includeResourceTypes: ['AWS::CodeBuild::Project'] });
  const projects = {
    resources: [Stack.of(scope).formatArn({ service: 'codebuild', resource: 'project', resourceName: '*' })],
    conditions: { StringEquals: { 'aws:ResourceTag/pipeline': tag } },
  };
  const allow = (sid: string, actions: string[], on: iam.PolicyStatementProps) =>
    new iam.PolicyStatement({ sid, actions, ...on });
  const releases = { resources: [pipeline.pipelineArn] };
  const stages = { resources: [`${pipeline.pipelineArn}/*`] };
  return new iam.ManagedPolicy(scope, 'Developers', {
    description: 'Push code and watch releases, without a way past the pipeline',
    statements: [
      allow('UseRepository', [
        'codecommit:BatchGet*', 'codecommit:BatchDescribe*', 'codecommit:CreateBranch', 'codecommit:CreateCommit',
        'codecommit:CreatePullRequest', 'codecommit:DeleteBranch', 'codecommit:Describe*',
        'codecommit:EvaluatePullRequestApprovalRules', 'codecommit:Get*', 'codecommit:GitPull', 'codecommit:GitPush',
        'codecommit:List*', 'codecommit:Merge*', 'codecommit:Post*', 'codecommit:PutCommentReaction',
        'codecommit:PutFile', 'codecommit:UpdateComment', 'codecommit:UpdatePullRequestApprovalState',
        'codecommit:UpdatePullRequestDescription', 'codecommit:UpdatePullRequestStatus', 'codecommit:UpdatePullRequestTitle',
      ], { resources: [repository.repositoryArn] }),
      allow('SeeReleases', [
        'codepipeline:GetPipeline', 'codepipeline:GetPipelineExecution', 'codepipeline:GetPipelineState',
        'codepipeline:ListActionExecutions', 'codepipeline:ListPipelineExecutions',
      ], releases),
      allow('RetryReleases', ['codepipeline:RetryStageExecution'], stages),
      allow('FindReleases', ['codecommit:ListRepositories', 'codepipeline:ListPipelines'], { resources: ['*'] }),
      deny('ApproveNothing', [
        'codepipeline:DeletePipeline', 'codepipeline:EnableStageTransition', 'codepipeline:OverrideStageCondition',
        'codepipeline:PutApprovalResult', 'codepipeline:RollbackStage', 'codepipeline:UpdatePipeline',
      ], { resources: [...releases.resources, ...stages.resources] }),
      deny('UseNoRoleOfThePipeline', ['iam:PassRole', 'sts:AssumeRole'], { resources: [rolesOf(Stack.of(scope))] }),
      deny('KeepArtifacts', ['s3:Delete*', 's3:Put*'], {
        resources: [artifacts.bucketArn, artifacts.arnForObjects('*')],
      }),
      deny('KeepImages', ['ecr:PutImage', ...imageChanges], { resources: [images.repositoryArn] }),
      allow('SeeBuilds', [
        'codebuild:BatchGetBuilds', 'codebuild:BatchGetProjects', 'codebuild:ListBuildsForProject',
      ], projects),
      allow('SeeLogs', ['logs:DescribeLogStreams', 'logs:FilterLogEvents', 'logs:GetLogEvents'], {
        resources: logs.map((group) => group.logGroupArn),
      }),
      deny('BuildOnlyByThePipeline', [
        'codebuild:DeleteProject', 'codebuild:RetryBuild*', 'codebuild:StartBuild*', 'codebuild:StartCommandExecution',
        'codebuild:StartSandbox*', 'codebuild:UpdateProject*',
      ], projects),
    ],
  });
}

/** A pattern for the roles of a stack, of whose name CloudFormation may keep 24 characters only. */
function rolesOf(stack: Stack): string {
  const { stackName } = stack;
  const resourceName = stackName.length > 24 ? `${stackName.slice(0, 24)}*` : `${stackName}-*`;
  return stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName });
}
