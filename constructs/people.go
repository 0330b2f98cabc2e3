package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipeline"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipelineactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecr"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newApprover is the role of the people who approve releases. Who may assume it is decided where people are
// managed: the account trusts them, and [Pipeline].Developers does not. Nil without approvals.
func newApprover(self constructs.Construct, repository *Repository, pipeline awscodepipeline.Pipeline,
	approvals []awscodepipelineactions.ManualApprovalAction,
) awsiam.Role {
	if len(approvals) == 0 {
		return nil
	}
	role := awsiam.NewRole(self, new("Approver"), &awsiam.RoleProps{
		Description: new("Approves releases"),
		AssumedBy:   awsiam.NewAccountPrincipal(awscdk.Stack_Of(self).Account()),
	})
	for _, approval := range approvals {
		approval.GrantManualApproval(role)
	}
	role.AddToPolicy(allowStatement("SeeReleases", pipeline.PipelineArn(), "codepipeline:ListActionExecutions", "codepipeline:ListPipelineExecutions"))
	repository.Repository.GrantRead(role)
	return role
}

// territory is what the policy of developers is about.
type territory struct {
	repository *Repository
	protect    bool
	pipeline   awscodepipeline.Pipeline
	logs       []awslogs.LogGroup
	images     awsecr.Repository
	artifacts  awss3.Bucket
	approver   awsiam.Role
}

// newDevelopers is the policy of the people who push code. It lets them push, and watch what comes of it. It denies
// what would get past the pipeline, whatever other policies they have: builds of the pipeline's projects with a build
// specification of their own, approvals, changes of the pipeline, its roles, and artifacts or images of their own.
func newDevelopers(self constructs.Construct, t territory) awsiam.ManagedPolicy {
	repository := t.repository.Repository.RepositoryArn()
	statements := []awsiam.PolicyStatement{
		allowStatement("UseRepository", repository,
			"codecommit:BatchGet*", "codecommit:BatchDescribe*", "codecommit:CreateBranch", "codecommit:CreateCommit",
			"codecommit:CreatePullRequest", "codecommit:DeleteBranch", "codecommit:Describe*", "codecommit:EvaluatePullRequestApprovalRules",
			"codecommit:Get*", "codecommit:GitPull", "codecommit:GitPush", "codecommit:List*", "codecommit:Merge*", "codecommit:Post*",
			"codecommit:PutCommentReaction", "codecommit:PutFile", "codecommit:UpdateComment", "codecommit:UpdatePullRequestApprovalState",
			"codecommit:UpdatePullRequestDescription", "codecommit:UpdatePullRequestStatus", "codecommit:UpdatePullRequestTitle"),
		allowStatement("SeeReleases", t.pipeline.PipelineArn(),
			"codepipeline:GetPipeline", "codepipeline:GetPipelineExecution", "codepipeline:GetPipelineState",
			"codepipeline:ListActionExecutions", "codepipeline:ListPipelineExecutions"),
		allowStatement("RetryReleases", new(*t.pipeline.PipelineArn()+"/*"), "codepipeline:RetryStageExecution"),
		// These actions have no resource types.
		allowStatement("FindReleases", new("*"), "codecommit:ListRepositories", "codepipeline:ListPipelines"),
		denyStatement("ApproveNothing", []*string{t.pipeline.PipelineArn(), new(*t.pipeline.PipelineArn() + "/*")},
			"codepipeline:DeletePipeline", "codepipeline:EnableStageTransition", "codepipeline:OverrideStageCondition",
			"codepipeline:PutApprovalResult", "codepipeline:RollbackStage", "codepipeline:UpdatePipeline"),
		// Another pipeline, project or rule with one of these roles would release like this one.
		denyStatement("UseNoRoleOfThePipeline", []*string{rolesOfStack(self)}, "iam:PassRole", "sts:AssumeRole"),
		denyStatement("KeepArtifacts", []*string{t.artifacts.BucketArn(), t.artifacts.ArnForObjects(new("*"))}, "s3:Delete*", "s3:Put*"),
		denyStatement("KeepImages", []*string{t.images.RepositoryArn()}, append([]string{"ecr:PutImage"}, imageChanges...)...),
	}
	statements = append(statements, buildsToSee(self, t)...)
	if t.approver != nil {
		statements = append(statements, denyStatement("AssumeNoApprover", []*string{t.approver.RoleArn()}, "sts:AssumeRole"))
	}
	if t.protect {
		statements = append(statements, protectBranch(t.repository),
			denyStatement("KeepApprovalRules", []*string{repository},
				"codecommit:AssociateApprovalRuleTemplateWithRepository", "codecommit:BatchAssociate*", "codecommit:BatchDisassociate*",
				"codecommit:CreatePullRequestApprovalRule", "codecommit:DeletePullRequestApprovalRule",
				"codecommit:DisassociateApprovalRuleTemplateFromRepository", "codecommit:OverridePullRequestApprovalRules",
				"codecommit:UpdatePullRequestApprovalRuleContent"),
			// Templates belong to the account: these actions have no resource types.
			denyStatement("KeepApprovalRuleTemplates", []*string{new("*")},
				"codecommit:DeleteApprovalRuleTemplate", "codecommit:UpdateApprovalRuleTemplate*"),
			// It takes any commit, one of another branch too.
			denyStatement("ReleaseTheBranchOnly", []*string{t.pipeline.PipelineArn()}, "codepipeline:StartPipelineExecution"))
	}
	return awsiam.NewManagedPolicy(self, new("Developers"), &awsiam.ManagedPolicyProps{
		Description: new("Push code and watch releases, without a way past the pipeline"),
		Statements:  &statements,
	})
}

// shortestStackName is how many characters of a stack's name the names of its roles begin with at least. CloudFormation
// makes the name of a role of the stack's name, the logical ID and 12 or 13 characters. Where they are longer together than
// the 64 characters that IAM allows, it shortens them: no guide says how, published names of roles keep 25 characters of
// the stack's name.
const shortestStackName = 24

// rolesOfStack is a pattern for the roles of the stack. A policy has no room for the ARNs of all roles of a pipeline
// with many targets, and tags do not decide who may pass a role (IAM User Guide, "Granting a user permissions to pass a
// role to an AWS service"). The name of a nested stack, which is not known here, begins with that of its parent.
func rolesOfStack(self constructs.Construct) *string {
	stack := awscdk.Stack_Of(self)
	for stack.NestedStackParent() != nil {
		stack = stack.NestedStackParent()
	}
	return stack.FormatArn(&awscdk.ArnComponents{
		Service: new("iam"), Region: new(""), Resource: new("role"), ResourceName: new(rolesPattern(*stack.StackName())),
	})
}

func rolesPattern(stack string) string {
	if len(stack) <= shortestStackName {
		return stack + "-*"
	}
	return stack[:shortestStackName] + "*"
}

// pipelineTag is on all CodeBuild projects of a pipeline. It stands for them in policies, which have no room for
// the names of the projects of every target.
const pipelineTag = "pipeline"

func buildsToSee(self constructs.Construct, t territory) []awsiam.PolicyStatement {
	value := awscdk.Names_UniqueResourceName(self, &awscdk.UniqueResourceNameOptions{})
	awscdk.Tags_Of(self).Add(new(pipelineTag), value, &awscdk.TagProps{IncludeResourceTypes: jsii.Strings("AWS::CodeBuild::Project")})
	projects := awscdk.Stack_Of(self).FormatArn(&awscdk.ArnComponents{Service: new("codebuild"), Resource: new("project"), ResourceName: new("*")})
	// CodeBuild User Guide, "Using tags to control access to AWS CodeBuild resources".
	ofPipeline := map[string]any{"StringEquals": map[string]any{"aws:ResourceTag/" + pipelineTag: value}}
	var logs []*string
	for _, group := range t.logs {
		logs = append(logs, group.LogGroupArn())
	}
	return []awsiam.PolicyStatement{
		awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: new("SeeBuilds"), Resources: &[]*string{projects}, Conditions: &ofPipeline,
			Actions: jsii.Strings("codebuild:BatchGetBuilds", "codebuild:BatchGetProjects", "codebuild:ListBuildsForProject"),
		}),
		awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: new("SeeLogs"), Resources: &logs,
			Actions: jsii.Strings("logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"),
		}),
		awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: new("BuildOnlyByThePipeline"), Effect: awsiam.Effect_DENY, Resources: &[]*string{projects}, Conditions: &ofPipeline,
			Actions: jsii.Strings("codebuild:DeleteProject", "codebuild:RetryBuild*", "codebuild:StartBuild*", "codebuild:StartCommandExecution",
				"codebuild:StartSandbox*", "codebuild:UpdateProject*"),
		}),
	}
}

// protectBranch denies all changes of the branch but those by pull requests (CodeCommit User Guide, "Limit pushes and
// merges to branches", which also tells what the condition Null is for: Git begins a push without naming a branch).
func protectBranch(r *Repository) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:    new("ChangeTheBranchByPullRequestsOnly"),
		Effect: awsiam.Effect_DENY,
		Actions: jsii.Strings("codecommit:CreateCommit", "codecommit:DeleteBranch", "codecommit:DeleteFile", "codecommit:GitPush",
			"codecommit:MergeBranchesByFastForward", "codecommit:MergeBranchesBySquash", "codecommit:MergeBranchesByThreeWay", "codecommit:PutFile"),
		Resources: &[]*string{r.Repository.RepositoryArn()},
		Conditions: &map[string]any{
			"StringEqualsIfExists": map[string]any{"codecommit:References": []string{"refs/heads/" + r.Branch}},
			"Null":                 map[string]any{"codecommit:References": "false"},
		},
	})
}

func allowStatement(sid string, resource *string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: &sid, Actions: jsii.Strings(actions...), Resources: &[]*string{resource},
	})
}

func denyStatement(sid string, resources []*string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: &sid, Effect: awsiam.Effect_DENY, Actions: jsii.Strings(actions...), Resources: &resources,
	})
}
