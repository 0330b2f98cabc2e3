package constructs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
)

// stages lists the actions of a pipeline as "Stage: Action".
func stages(t *testing.T, template constructstest.Template) []string {
	t.Helper()
	var all []string
	for _, stage := range template.Only(t, "AWS::CodePipeline::Pipeline", "Pipeline").At("Stages").([]any) {
		for _, action := range constructstest.At(stage, "Actions").([]any) {
			all = append(all, fmt.Sprintf("%v: %v %v", constructstest.At(stage, "Name"), constructstest.At(action, "Name"), constructstest.At(action, "RunOrder")))
		}
	}
	return all
}

func TestPipeline(t *testing.T) {
	pipeline := smallest.Only(t, "AWS::CodePipeline::Pipeline", "Pipeline")

	t.Run("takes a commit to the environment", func(t *testing.T) {
		assert.Equal(t, []string{"Source: Source 1", "Build: Build 1", "Build: Bundle-production 2",
			"Deploy-production: Deploy 1", "Deploy-production: Probe 1"}, stages(t, smallest))
	})

	t.Run("goes from one environment to the next with one image, and makes no bundle before its approval", func(t *testing.T) {
		assert.Equal(t, []string{
			"Source: Source 1", "Build: Build 1", "Build: Bundle-staging 2",
			"Deploy-staging: Deploy 1", "Deploy-staging: Probe 1", "Approve-production: Approve 1", "Approve-production: Bundle-production 2",
			"Deploy-production: Deploy 1", "Deploy-production: Probe 1",
		}, stages(t, everything))
	})

	t.Run("gives each environment the bundle with its own execution role", func(t *testing.T) {
		for name, at := range map[string][2]string{"staging": {"Build", "1"}, "production": {"Approve-production", "1"}} {
			bundle := constructstest.At(stage(t, everything, at[0]), "Actions."+at[1])
			assert.Contains(t, fmt.Sprint(constructstest.At(bundle, "Configuration.EnvironmentVariables")), strings.ToUpper(name[:1])+name[1:]+"ExecutionRole")
			assert.Equal(t, "Source", strings.Split(fmt.Sprint(constructstest.At(bundle, "InputArtifacts.0.Name")), "_")[0])
			assert.Equal(t, "Bundle_"+name, constructstest.At(bundle, "OutputArtifacts.0.Name"))
			assert.Equal(t, "Bundle_"+name, constructstest.At(stage(t, everything, "Deploy-"+name), "Actions.0.InputArtifacts.0.Name"))
		}
	})

	t.Run("puts the last good version back when a deployment fails", func(t *testing.T) {
		assert.Equal(t, "ROLLBACK", pipeline.At("Stages.2.OnFailure.Result"))
		assert.Nil(t, everything.Only(t, "AWS::CodePipeline::Pipeline", "Pipeline").At("Stages.3.OnFailure"), "a refusal is no failed deployment")
	})

	t.Run("lets releases wait for each other", func(t *testing.T) {
		assert.Equal(t, "V2", pipeline.At("PipelineType"))
		assert.Equal(t, "QUEUED", pipeline.At("ExecutionMode"))
	})

	t.Run("starts with a push, without polling", func(t *testing.T) {
		assert.Equal(t, false, pipeline.At("Stages.0.Actions.0.Configuration.PollForSourceChanges"))
		assert.Equal(t, "main", pipeline.At("Stages.0.Actions.0.Configuration.BranchName"))
		rule := smallest.Only(t, "AWS::Events::Rule", "Repository")
		assert.Equal(t, []any{"main"}, rule.At("EventPattern.detail.referenceName"))
	})

	t.Run("waits until the instances may pull the image", func(t *testing.T) {
		assert.Contains(t, strings.Join(pipeline.DependsOn, " "), "PipelinePullproduction")
	})

	t.Run("deploys with AWS's policy for it, and may pass the execution role to ECS", func(t *testing.T) {
		role := smallest.Only(t, "AWS::IAM::Role", "PipelineDeployRole")
		assert.Contains(t, fmt.Sprint(role.At("ManagedPolicyArns")), "AdministratorAccess-AWSElasticBeanstalk")
		assert.Contains(t, strings.Join(statements(t, smallest, "PipelineDeployRole"), "\n"), `"iam:PassedToService":"ecs-tasks.amazonaws.com"`)
	})

	t.Run("tells how releases go", func(t *testing.T) {
		for id, want := range map[string]string{
			"Started": "A release has started", "RolledBack": "the previous version is being put back",
			"Succeeded": "is done", "Failed": "A release failed", "Stopped": "A release was stopped",
		} {
			rule := everything.Only(t, "AWS::Events::Rule", "Pipeline"+id)
			assert.Contains(t, rule.At("Targets.0.Arn.Ref"), "NotificationsTopic")
			assert.Contains(t, fmt.Sprint(rule.At("Targets.0.InputTransformer.InputTemplate")), want)
		}
		assert.Empty(t, smallest.Of("AWS::SNS::Topic"), "nobody to tell, no topic")
	})

	t.Run("tells a release from the return to a previous version", func(t *testing.T) {
		const trigger = "EventPattern.detail.execution-trigger.trigger-type"
		rollbacks := []any{"AutomatedRollback", "ManualRollback"}
		assert.Equal(t, rollbacks, everything.Only(t, "AWS::Events::Rule", "PipelineRolledBack").At(trigger))
		assert.Equal(t, []any{map[string]any{"anything-but": rollbacks}, map[string]any{"exists": false}},
			everything.Only(t, "AWS::Events::Rule", "PipelineStarted").At(trigger))
	})
}

func TestImages(t *testing.T) {
	images := smallest.Only(t, "AWS::ECR::Repository", "Pipeline")
	t.Run("are what they were, and scanned", func(t *testing.T) {
		assert.Equal(t, "IMMUTABLE", images.At("ImageTagMutability"))
		assert.Equal(t, true, images.At("ImageScanningConfiguration.ScanOnPush"))
	})
	t.Run("never expire while they have a tag, whatever is pushed meanwhile", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			var policy struct {
				Rules []struct{ Selection struct{ TagStatus string } }
			}
			text := template.Only(t, "AWS::ECR::Repository", "Pipeline").At("LifecyclePolicy.LifecyclePolicyText")
			require.NoError(t, json.Unmarshal([]byte(text.(string)), &policy))
			require.NotEmpty(t, policy.Rules)
			for _, rule := range policy.Rules {
				assert.Equal(t, "untagged", rule.Selection.TagStatus)
			}
		}
	})
	t.Run("outlast the stack, unless a reason was given", func(t *testing.T) {
		assert.Equal(t, "RetainExceptOnCreate", images.DeletionPolicy)
		disposable := everything.Only(t, "AWS::ECR::Repository", "Pipeline")
		assert.Equal(t, "Delete", disposable.DeletionPolicy)
		assert.Equal(t, true, disposable.At("EmptyOnDelete"))
	})
}

func TestBuild(t *testing.T) {
	build := smallest.Only(t, "AWS::CodeBuild::Project", "PipelineBuild")
	t.Run("runs the repository's own buildspec", func(t *testing.T) {
		assert.Equal(t, "buildspec.yml", build.At("Source.BuildSpec"))
	})
	t.Run("pushes an image that nobody can push in advance", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			action := constructstest.At(stage(t, template, "Build"), "Actions.0")
			assert.Contains(t, fmt.Sprint(constructstest.At(action, "Configuration.EnvironmentVariables")),
				`{"name":"IMAGE_TAG","type":"PLAINTEXT","value":"#{Source_Source_NS.CommitId}-#{codepipeline.PipelineExecutionId}"}`)
		}
	})
	t.Run("hands on no artifact, and changes and finds none", func(t *testing.T) {
		assert.Nil(t, constructstest.At(stage(t, smallest, "Build"), "Actions.0.OutputArtifacts"))
		all := strings.Join(statements(t, smallest, "PipelineBuildRole"), "\n")
		assert.Contains(t, all, `"Action":["s3:Abort*","s3:Delete*","s3:List*","s3:Put*"],"Effect":"Deny"`)
		assert.Contains(t, all, `"Action":["ecr:BatchDeleteImage","ecr:DeleteRepository*","ecr:PutImageTagMutability","ecr:PutLifecyclePolicy","ecr:SetRepositoryPolicy"],"Effect":"Deny"`)
		for _, s := range statements(t, smallest, "PipelineBuildRole") {
			if strings.Contains(s, `"Allow"`) {
				assert.NotRegexp(t, `"s3:(Put|Delete|Abort)`, s)
			}
		}
	})
	t.Run("builds for the architecture of the instances", func(t *testing.T) {
		assert.Equal(t, "ARM_CONTAINER", build.At("Environment.Type"))
		assert.Equal(t, "aws/codebuild/amazonlinux-aarch64-standard:3.0", build.At("Environment.Image"))
		other := everything.Only(t, "AWS::CodeBuild::Project", "PipelineBuild")
		assert.Equal(t, "LINUX_CONTAINER", other.At("Environment.Type"))
		assert.Equal(t, "aws/codebuild/amazonlinux-x86_64-standard:5.0", other.At("Environment.Image"))
	})
	t.Run("can build images, and keeps nothing for the build of the next commit", func(t *testing.T) {
		assert.Equal(t, true, build.At("Environment.PrivilegedMode"))
		assert.Equal(t, map[string]any{"Type": "NO_CACHE"}, build.At("Cache"))
	})
	t.Run("looks, pulls and pushes in one registry", func(t *testing.T) {
		all := strings.Join(statements(t, smallest, "PipelineBuildRole"), "\n")
		for _, action := range []string{"ecr:DescribeImages", "ecr:PutImage", "ecr:GetAuthorizationToken", "logs:PutLogEvents"} {
			assert.Contains(t, all, action)
		}
	})
	t.Run("keeps its logs for a while", func(t *testing.T) {
		assert.Equal(t, 30.0, smallest.Only(t, "AWS::Logs::LogGroup", "PipelineBuildLogs").At("RetentionInDays"))
	})
}

func TestArtifacts(t *testing.T) {
	bucket := smallest.Only(t, "AWS::S3::Bucket", "PipelineArtifacts")
	t.Run("are private, encrypted, versioned and reached over TLS only", func(t *testing.T) {
		assert.Equal(t, "AES256", bucket.At("BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.SSEAlgorithm"))
		assert.Equal(t, true, bucket.At("PublicAccessBlockConfiguration.RestrictPublicBuckets"))
		assert.Equal(t, "Enabled", bucket.At("VersioningConfiguration.Status"))
		policy := smallest.Only(t, "AWS::S3::BucketPolicy", "PipelineArtifacts")
		assert.Equal(t, "false", policy.At("PolicyDocument.Statement.0.Condition.Bool.aws:SecureTransport"))
	})
	t.Run("last as long as a rollback may need them", func(t *testing.T) {
		for _, rule := range bucket.At("LifecycleConfiguration.Rules").([]any) {
			assert.NotContains(t, rule, "ExpirationInDays")
		}
	})
	t.Run("outlast the stack, unless a reason was given or its creation failed", func(t *testing.T) {
		assert.Equal(t, "RetainExceptOnCreate", bucket.DeletionPolicy)
		assert.Equal(t, "Delete", everything.Only(t, "AWS::S3::Bucket", "PipelineArtifacts").DeletionPolicy)
	})
}
