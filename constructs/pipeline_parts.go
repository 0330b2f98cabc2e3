package constructs

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodebuild"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecr"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// newImages is the registry. A tagged image never expires: a rule can count pushes or days, and an
// environment that waits for approval, or that is rolled back, runs an image of any age.
func newImages(self constructs.Construct, props PipelineProps) awsecr.Repository {
	return awsecr.NewRepository(self, new("Images"), &awsecr.RepositoryProps{
		// One tag an execution, for ever: a redeploy of an old version is the old version.
		ImageTagMutability: awsecr.TagMutability_IMMUTABLE,
		ImageScanOnPush:    new(true),
		EncryptionKey:      props.EncryptionKey,
		EmptyOnDelete:      new(props.Disposable != ""),
		RemovalPolicy:      removalOf(props.Disposable),
		LifecycleRules: &[]*awsecr.LifecycleRule{{
			Description: new("Images that no tag names; those that a tagged index needs stay (User Guide, lifecycle policies)"),
			TagStatus:   awsecr.TagStatus_UNTAGGED,
			MaxImageAge: awscdk.Duration_Days(jsii.Number(1)),
		}},
	})
}

// allowPull lets the instances of target, and the ECS agent on them, pull from images only. The
// policy lies here and not with the roles, for the registry is made after the environment.
func allowPull(self constructs.Construct, target Target, images awsecr.Repository) awsiam.Policy {
	roles := target.Environment.Roles
	return awsiam.NewPolicy(self, new("Pull-"+target.Name), &awsiam.PolicyProps{
		Roles: &[]awsiam.IRole{roles.Instance, roles.Execution},
		Statements: &[]awsiam.PolicyStatement{
			awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				Actions:   jsii.Strings("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
				Resources: &[]*string{images.RepositoryArn()},
			}),
			// This action has no resource types.
			awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				Actions: jsii.Strings("ecr:GetAuthorizationToken"), Resources: jsii.Strings("*"),
			}),
		},
	})
}

// buildImage is of the architecture of the instances.
func buildImage(props PipelineProps) awscodebuild.IBuildImage {
	if props.Targets[0].Environment.Architecture == limits.ARM64 {
		return awscodebuild.LinuxArmBuildImage_AMAZON_LINUX_2023_STANDARD_3_0()
	}
	return awscodebuild.LinuxBuildImage_AMAZON_LINUX_2023_5()
}

// imageChanges are the actions that change or delete what was pushed.
var imageChanges = []string{
	"ecr:BatchDeleteImage", "ecr:DeleteRepository*", "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy",
}

// newBuild runs what the repository says, so it may read its source and push images, and nothing that it does changes
// another execution: it writes no artifact, and can neither find nor delete one.
func newBuild(self constructs.Construct, props PipelineProps, images awsecr.Repository, artifacts awss3.Bucket, logs awslogs.LogGroup,
) awscodebuild.PipelineProject {
	build := awscodebuild.NewPipelineProject(self, new("Build"), &awscodebuild.PipelineProjectProps{
		Description: new("Tests, builds and pushes the image"),
		BuildSpec:   awscodebuild.BuildSpec_FromSourceFilename(new("buildspec.yml")),
		Environment: &awscodebuild.BuildEnvironment{
			BuildImage:  buildImage(props),
			ComputeType: awscodebuild.ComputeType_SMALL,
			// The Docker daemon needs it.
			Privileged: new(true),
		},
		EnvironmentVariables: &map[string]*awscodebuild.BuildEnvironmentVariable{
			release.VariableImageRepository: {Value: images.RepositoryUri()},
		},
		// No cache of Docker's layers: what one commit left there, the build of the next would trust.
		Timeout: awscdk.Duration_Minutes(jsii.Number(30)),
		Logging: &awscodebuild.LoggingOptions{
			CloudWatch: &awscodebuild.CloudWatchLoggingOptions{LogGroup: logs},
		},
	})
	images.GrantPullPush(build)
	// The build of a repository that was made by an earlier version looks for its image.
	images.Grant(build, new("ecr:DescribeImages"))
	// CodeBuild needs none of these for an input of a pipeline (CodeBuild User Guide, "Allow CodeBuild to interact with
	// other AWS services").
	build.AddToRolePolicy(denyStatement("KeepArtifacts", []*string{artifacts.BucketArn(), artifacts.ArnForObjects(new("*"))},
		"s3:Abort*", "s3:Delete*", "s3:List*", "s3:Put*"))
	build.AddToRolePolicy(denyStatement("KeepImages", []*string{images.RepositoryArn()}, imageChanges...))
	return build
}

// newArtifacts is the bucket through which the stages of the pipeline hand things on. Artifacts do not
// expire: a rollback deploys those of the last good release, however old it is.
func newArtifacts(self constructs.Construct, props PipelineProps) awss3.Bucket {
	encryption := awss3.BucketEncryption_S3_MANAGED
	if props.EncryptionKey != nil {
		encryption = awss3.BucketEncryption_KMS
	}
	return awss3.NewBucket(self, new("Artifacts"), &awss3.BucketProps{
		Encryption:        encryption,
		EncryptionKey:     keyReference(self, props.EncryptionKey),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		EnforceSSL:        new(true),
		Versioned:         new(true),
		RemovalPolicy:     removalOf(props.Disposable),
		AutoDeleteObjects: new(props.Disposable != ""),
		LifecycleRules: &[]*awss3.LifecycleRule{{
			NoncurrentVersionExpiration:         awscdk.Duration_Days(jsii.Number(30)),
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(7)),
		}},
	})
}

// artifactName turns a target's name into one that CodePipeline allows for artifacts.
func artifactName(target string) string { return strings.ReplaceAll(target, "-", "_") }
