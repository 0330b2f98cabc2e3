package constructs

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodebuild"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipeline"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipelineactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecr"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// bundles defines the actions that make the source bundle of an environment, and what they share. The
// repository builds an image, and code of the template decides how that image runs.
type bundles struct {
	releases *releases
	source   awscodepipeline.Artifact
	role     awsiam.Role
	project  awscodebuild.PipelineProject
	// digest is the variable with the image's digest, once an action has found it.
	digest *string
}

func newBundles(r *releases, props PipelineProps, source awscodepipeline.Artifact, build awscodebuild.IProject, images awsecr.Repository, artifacts awss3.Bucket,
) *bundles {
	role := r.bundleRole(build, images, artifacts)
	variables := map[string]*awscodebuild.BuildEnvironmentVariable{
		release.VariableImageRepository: {Value: images.RepositoryUri()},
		release.VariableBuildProject:    {Value: build.ProjectName()},
		release.VariableProgramBucket:   {Value: r.program.S3BucketName()},
		release.VariableProgramKey:      {Value: r.program.S3ObjectKey()},
	}
	if len(props.AllowInBundle) > 0 {
		allowed := strings.Join(slices.Sorted(maps.Keys(props.AllowInBundle)), ",")
		variables[release.VariableBundleAllow] = &awscodebuild.BuildEnvironmentVariable{Value: allowed}
	}
	project := awscodebuild.NewPipelineProject(r.self, new("Bundle"), &awscodebuild.PipelineProjectProps{
		Description:          new("Makes the source bundle that is deployed"),
		BuildSpec:            awscodebuild.BuildSpec_FromObject(new(release.BuildSpec(release.CommandBundle))),
		Environment:          &awscodebuild.BuildEnvironment{BuildImage: buildImage(props), ComputeType: awscodebuild.ComputeType_SMALL},
		EnvironmentVariables: &variables,
		// CDK would let it read, write and delete all artifacts.
		Role:    role.WithoutPolicyUpdates(nil),
		Timeout: awscdk.Duration_Minutes(jsii.Number(spareMinutes)),
		Logging: &awscodebuild.LoggingOptions{
			CloudWatch: &awscodebuild.CloudWatchLoggingOptions{LogGroup: r.logs},
		},
	})
	return &bundles{releases: r, source: source, role: role, project: project}
}

// bundleRole is the role of the builds that make bundles. Whoever may start such a build with a build
// specification of their own (codebuild:StartBuild takes one) gets these rights and no others: to read commits, to
// find an image and the build that pushed it, and to write bundles. With codepipeline:ListActionExecutions, which returns where artifacts are, they
// can overwrite the bundle of an execution that waits to be deployed. [Pipeline].Developers denies that build.
//
// The actions are those that the CodeBuild User Guide lists for artifacts in S3 ("Allow CodeBuild to interact with
// other AWS services"). Keys of artifacts are PIPELINE/ARTIFACT/RANDOM, which no guide says: so they stand in a deny,
// which would have no effect if they were others.
func (r *releases) bundleRole(build awscodebuild.IProject, images awsecr.Repository, artifacts awss3.Bucket) awsiam.Role {
	role := awsiam.NewRole(r.self, new("BundleRole"), &awsiam.RoleProps{
		Description: new("Makes source bundles"),
		AssumedBy:   awsiam.NewServicePrincipal(new("codebuild.amazonaws.com"), nil),
	})
	for _, statement := range []awsiam.PolicyStatement{
		allowStatement("ReadProgram", r.program.Bucket().ArnForObjects(r.program.S3ObjectKey()), "s3:GetObject"),
		allowStatement("ReadSource", artifacts.ArnForObjects(new("*")), "s3:GetObject", "s3:GetObjectVersion"),
		allowStatement("WriteBundles", artifacts.ArnForObjects(new("*")), "s3:PutObject"),
		denyStatement("KeepSources", []*string{artifacts.ArnForObjects(new("*/" + sourceArtifact + "/*"))}, "s3:Put*"),
		allowStatement("LocateArtifacts", artifacts.BucketArn(), "s3:GetBucketAcl", "s3:GetBucketLocation"),
		allowStatement("FindBuild", build.ProjectArn(), "codebuild:BatchGetBuilds", "codebuild:ListBuildsForProject"),
		allowStatement("FindImages", images.RepositoryArn(), "ecr:DescribeImages"),
	} {
		role.AddToPolicy(statement)
	}
	if key := artifacts.EncryptionKey(); key != nil {
		key.GrantEncryptDecrypt(role)
	}
	r.logs.GrantWrite(role)
	return role
}

const (
	// sourceArtifact is the name of the artifact with a commit.
	sourceArtifact = "Source"
	// bundlePrefix begins the names of the artifacts with bundles.
	bundlePrefix = "Bundle_"
)

// check validates what would be deployed to target, so that an approval can show it. No action uses its output. It has
// one because the build specification has artifacts, and what CodeBuild does with these where an action has no output
// is not documented. No target has this name, for theirs have no capitals.
func (b *bundles) check(target Target, order int) awscodepipeline.IAction {
	return b.action("Check", target, order, awscodepipeline.NewArtifact(new(bundlePrefix+"Check"), nil))
}

// make makes the bundle of target.
func (b *bundles) make(target Target, order int) (awscodepipeline.IAction, awscodepipeline.Artifact) {
	bundle := awscodepipeline.NewArtifact(new(bundlePrefix+artifactName(target.Name)), nil)
	return b.action("Bundle-"+target.Name, target, order, bundle), bundle
}

// action runs the project. The first one finds the digest that the build exported and compares it with the image's, and
// the later ones expect it. The variable of the build itself is in no action: its value is the repository's to choose,
// and CodePipeline fills variables into the JSON of EnvironmentVariables without escaping them (aws/aws-cdk, issue
// 8458), so it could add variables of its own to this build, which nobody who pushes may control.
func (b *bundles) action(name string, target Target, order int, output awscodepipeline.Artifact) awscodepipeline.IAction {
	variables := map[string]*awscodebuild.BuildEnvironmentVariable{
		release.VariableImageTag:      {Value: b.releases.imageTag()},
		release.VariableExecutionRole: {Value: target.Environment.Roles.Execution.RoleArn()},
	}
	if b.digest != nil {
		variables[release.VariableExpectedDigest] = &awscodebuild.BuildEnvironmentVariable{Value: b.digest}
	}
	action := awscodepipelineactions.NewCodeBuildAction(&awscodepipelineactions.CodeBuildActionProps{
		ActionName: &name,
		// One after the other: a new account may run one build at a time.
		RunOrder:             jsii.Number(order),
		Project:              b.project,
		Input:                b.source,
		Outputs:              &[]awscodepipeline.Artifact{output},
		Role:                 b.releases.start,
		EnvironmentVariables: &variables,
	})
	if b.digest == nil {
		b.digest = action.Variable(new(release.ExportedDigest))
	}
	return action
}

// imageTag is the tag of the image that an execution builds. Nobody can push it in advance: the ID of an execution is
// not known before it starts.
func (r *releases) imageTag() *string {
	return new(*r.commit + "-" + *awscodepipeline.GlobalVariables_ExecutionId())
}
