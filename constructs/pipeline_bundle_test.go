package constructs_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestBundles(t *testing.T) {
	project := everything.Only(t, "AWS::CodeBuild::Project", "PipelineBundle")
	t.Run("are made by the template's own build specification, without the privileges of the build", func(t *testing.T) {
		spec := fmt.Sprint(project.At("Source.BuildSpec"))
		assert.Contains(t, spec, "node main.mjs bundle")
		assert.Contains(t, spec, `"exported-variables"`)
		assert.NotEqual(t, true, project.At("Environment.PrivilegedMode"))
		assert.NotNil(t, smallest.Only(t, "AWS::CodeBuild::Project", "PipelineBundle").At("Source.BuildSpec"))
	})
	t.Run("get the names of what may be deployed although the template did not decide it", func(t *testing.T) {
		assert.NotContains(t, variables(t, smallest, "PipelineBundle"), release.VariableBundleAllow)
		assert.Equal(t, ".ebextensions,.platform,public.ecr.aws/nginx/nginx:1.28", variables(t, everything, "PipelineBundle")[release.VariableBundleAllow])
		assert.NotContains(t, variables(t, everything, "PipelineBuild"), release.VariableBundleAllow, "the repository has no say")
	})
	t.Run("are written by a role that may do nothing else", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			all := statements(t, template, "PipelineBundleRole")
			assert.Len(t, all, 8)
			for _, want := range []string{
				`"Action":"s3:GetObject","Effect":"Allow","Resource":.*cdk-hnb659fds-assets`,
				`"Action":\["s3:GetObject","s3:GetObjectVersion"\],"Effect":"Allow","Resource":.*PipelineArtifacts`,
				`"Action":"s3:PutObject","Effect":"Allow","Resource":.*PipelineArtifacts`,
				`"Action":"s3:Put\*","Effect":"Deny","Resource":.*PipelineArtifacts.*"/\*/Source/\*"`,
				`"Action":\["s3:GetBucketAcl","s3:GetBucketLocation"\],"Effect":"Allow","Resource":.*PipelineArtifacts`,
				`"Action":\["codebuild:BatchGetBuilds","codebuild:ListBuildsForProject"\],"Effect":"Allow","Resource":{"Fn::GetAtt":\["PipelineBuild`,
				`"Action":"ecr:DescribeImages","Effect":"Allow","Resource":.*PipelineImages`,
				`"Action":\["logs:CreateLogStream","logs:PutLogEvents"\],"Effect":"Allow","Resource":.*PipelineReleaseLogs`,
			} {
				assert.Regexp(t, want, strings.Join(all, "\n"))
			}
			assert.Empty(t, template.Only(t, "AWS::IAM::Role", "PipelineBundleRole").At("ManagedPolicyArns"))
		}
	})
	t.Run("are there before the first release", func(t *testing.T) {
		all := strings.Join(smallest.Only(t, "AWS::CodePipeline::Pipeline", "Pipeline").DependsOn, " ")
		for _, id := range []string{"PipelineBundleRoleDefaultPolicy", "PipelineBundle", "PipelineReleaseActionRoleDefaultPolicy"} {
			assert.Contains(t, all, id)
		}
	})
	t.Run("fit into the variables of an action", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			for _, part := range template.Only(t, "AWS::CodePipeline::Pipeline", "Pipeline").At("Stages").([]any) {
				for _, action := range constructstest.At(part, "Actions").([]any) {
					text := fmt.Sprint(constructstest.At(action, "Configuration.EnvironmentVariables"))
					assert.LessOrEqual(t, len(text), 1000, "CodePipeline User Guide, quotas")
				}
			}
		}
	})
}

// CodePipeline fills variables into the JSON of an action's environment variables as they are. The repository decides
// what its build exports, and so could add variables to the build that makes the bundle.
func TestNoActionGetsAVariableThatTheRepositoryDecides(t *testing.T) {
	for _, template := range []constructstest.Template{smallest, everything, methods, approval} {
		parts := template.Only(t, "AWS::CodePipeline::Pipeline", "Pipeline").At("Stages").([]any)
		for _, part := range parts {
			for _, action := range constructstest.At(part, "Actions").([]any) {
				text := fmt.Sprint(constructstest.At(action, "Configuration"))
				assert.NotContains(t, text, "#{Build_Build_NS.")
				for _, name := range regexp.MustCompile(`#{[^}]*\.([^.}]*)}`).FindAllStringSubmatch(text, -1) {
					assert.Contains(t, []string{"CommitId", "PipelineExecutionId", release.ExportedDigest}, name[1])
				}
			}
		}
		assert.Contains(t, fmt.Sprint(template.Only(t, "AWS::CodeBuild::Project", "PipelineBundle").At("Environment.EnvironmentVariables")), release.VariableBuildProject)
	}
}

// What was approved is what is deployed: the digest that the approval shows is the one that later bundles expect.
func TestApprovalShowsWhatIsDeployed(t *testing.T) {
	approve := stage(t, everything, "Approve-production")
	const digest = "#{Build_Bundle-staging_NS.IMAGE_DIGEST}"
	configuration := constructstest.At(approve, "Actions.0.Configuration")
	assert.Equal(t, "Release commit #{Source_Source_NS.CommitId} to production? Its image is "+digest+
		", built by execution #{codepipeline.PipelineExecutionId}.", constructstest.At(configuration, "CustomData"))
	assert.Contains(t, fmt.Sprint(constructstest.At(configuration, "ExternalEntityLink")), "/codesuite/codecommit/repositories/")
	assert.Contains(t, fmt.Sprint(constructstest.At(configuration, "NotificationArn")), "NotificationsTopic")
	assert.Contains(t, fmt.Sprint(constructstest.At(approve, "Actions.1.Configuration.EnvironmentVariables")), `"name":"EXPECTED_DIGEST","type":"PLAINTEXT","value":"`+digest)
	assert.Equal(t, "Build_Bundle-staging_NS", constructstest.At(stage(t, everything, "Build"), "Actions.1.Namespace"))

	t.Run("the first environment too, which nothing is deployed to before", func(t *testing.T) {
		assert.Equal(t, []string{"Source: Source 1", "Build: Build 1", "Build: Check 2", "Build: Bundle-second 3",
			"Approve-first: Approve 1", "Approve-first: Bundle-first 2", "Deploy-first: Deploy 1", "Deploy-first: Probe 1",
			"Deploy-second: Deploy 1", "Deploy-second: Probe 1"}, stages(t, approval))
		check := constructstest.At(stage(t, approval, "Build"), "Actions.1")
		output := constructstest.At(check, "OutputArtifacts.0.Name").(string)
		for _, name := range []string{"Approve-first", "Deploy-first", "Deploy-second"} {
			assert.NotContains(t, fmt.Sprint(stage(t, approval, name)), output, "it validates only")
		}
		assert.Contains(t, fmt.Sprint(constructstest.At(stage(t, approval, "Approve-first"), "Actions.0.Configuration.CustomData")), "#{Build_Check_NS.IMAGE_DIGEST}")
	})
	t.Run("and may send its message", func(t *testing.T) {
		all := strings.Join(statements(t, everything, "PipelineApproveproductionApproveCodePipelineActionRole"), "\n")
		assert.Contains(t, all, `"Action":"sns:Publish"`)
		depends := strings.Join(everything.Only(t, "AWS::CodePipeline::Pipeline", "Pipeline").DependsOn, " ")
		assert.Contains(t, depends, "ApproveCodePipelineActionRoleDefaultPolicy")
	})
}
