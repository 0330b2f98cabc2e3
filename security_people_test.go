package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
)

// A resource of another account cannot make a service use a role of this one.
func TestServicesAssumeRolesForThisAccountOnly(t *testing.T) {
	deputies := []string{
		"codebuild.amazonaws.com", "codepipeline.amazonaws.com", "ecs-tasks.amazonaws.com", "events.amazonaws.com", "vpc-flow-logs.amazonaws.com",
	}
	seen := map[string]bool{}
	for key, all := range sites(t) {
		for name, role := range all[0].assembly.Roles(t) {
			for _, service := range role.Services {
				seen[service] = true
				trusts := func(context constructstest.Context) bool {
					policies := slices.Clone(role.Trust)
					for i := range policies {
						policies[i].Resources = []string{"*"}
					}
					got, err := policies.Allows("sts:AssumeRole", role.ARN, with(context, "sts:ExternalId", "elasticbeanstalk"))
					require.NoError(t, err)
					return got
				}
				assert.True(t, trusts(constructstest.Context{}), "%s %s: a key that is not sent is no obstacle", key, name)
				assert.True(t, trusts(constructstest.Context{"aws:SourceAccount": constructstest.Account}), "%s %s", key, name)
				assert.Equal(t, !slices.Contains(deputies, service), trusts(constructstest.Context{"aws:SourceAccount": "999999999999"}), "%s %s %s", key, name, service)
			}
		}
	}
	for _, service := range deputies {
		assert.True(t, seen[service], service)
	}
	assert.True(t, seen["ec2.amazonaws.com"])
}

func TestTopicTakesRulesOfItsOwnAccountOnly(t *testing.T) {
	sites(t)
	assembly, stack := securedAssemblies["two"], "shop-staging-web"
	var statements []any
	for _, s := range assembly.Stacks[stack].Only(t, "AWS::SNS::TopicPolicy", "Notifications").At("PolicyDocument.Statement").([]any) {
		if constructstest.At(s, "Principal.Service") == "events.amazonaws.com" {
			statements = append(statements, s)
		}
	}
	policies := assembly.Policies(t, stack, map[string]any{"Statement": statements})
	publishes := func(context constructstest.Context) bool {
		got, err := policies.Allows("sns:Publish", assembly.Name(t, stack, "AWS::SNS::Topic", "Notifications"), context)
		require.NoError(t, err)
		return got
	}
	assert.True(t, publishes(nil), "a key that is not sent is no obstacle")
	assert.True(t, publishes(constructstest.Context{"aws:SourceAccount": constructstest.Account}))
	assert.False(t, publishes(constructstest.Context{"aws:SourceAccount": "999999999999"}))
}

// The repository says what a build does, so what a build may do is what whoever pushes may do.
func TestABuildChangesNoArtifactAndNoImage(t *testing.T) {
	for _, all := range sites(t) {
		assembly, delivery := all[0].assembly, "shop-delivery"
		build := assembly.Role(t, delivery, "PipelineBuildRole")
		artifacts := "arn:aws:s3:::" + assembly.Name(t, delivery, "AWS::S3::Bucket", "PipelineArtifacts")
		images := assembly.Name(t, delivery, "AWS::ECR::Repository", "PipelineImages") + ".Arn"
		allowed(t, true, build, []request{
			{"s3:GetObject", artifacts + "/shop/Source/a1b2c3d", nil}, {"ecr:PutImage", images, nil}, {"ecr:BatchGetImage", images, nil},
		})
		allowed(t, false, build, []request{
			{"s3:PutObject", artifacts + "/shop/Bundle_pro/a1b2c3d", nil}, {"s3:PutObject", artifacts + "/shop/Source/a1b2c3d", nil},
			{"s3:DeleteObject", artifacts + "/shop/Bundle_pro/a1b2c3d", nil}, {"s3:DeleteObjectVersion", artifacts + "/shop/Source/a1b2c3d", nil},
			{"s3:ListBucket", artifacts, nil}, {"s3:PutLifecycleConfiguration", artifacts, nil},
			{"ecr:BatchDeleteImage", images, nil}, {"ecr:PutImageTagMutability", images, nil}, {"ecr:SetRepositoryPolicy", images, nil},
			{"codepipeline:PutApprovalResult", "*", nil}, {"codebuild:StartBuild", "*", nil}, {"elasticbeanstalk:UpdateEnvironment", "*", nil},
		})
		project := assembly.Name(t, delivery, "AWS::CodeBuild::Project", "PipelineBuild") + ".Arn"
		bundle := assembly.Role(t, delivery, "PipelineBundleRole")
		allowed(t, true, bundle, []request{
			{"s3:GetObject", artifacts + "/shop/Source/a1b2c3d", nil}, {"s3:PutObject", artifacts + "/shop/Bundle_pro/a1b2c3d", nil}, {"ecr:DescribeImages", images, nil},
			{"codebuild:BatchGetBuilds", project, nil}, {"codebuild:ListBuildsForProject", project, nil},
		})
		allowed(t, false, bundle, []request{
			{"s3:PutObject", artifacts + "/shop/Source/a1b2c3d", nil}, {"s3:DeleteObject", artifacts + "/shop/Bundle_pro/a1b2c3d", nil},
			{"s3:ListBucket", artifacts, nil}, {"ecr:PutImage", images, nil}, {"elasticbeanstalk:UpdateEnvironment", "*", nil},
			{"codebuild:StartBuild", project, nil}, {"codepipeline:ListActionExecutions", "*", nil},
		})
	}
}

// Of the roles of a pipeline only those that release may change environments.
func TestRolesThatDoNotReleaseChangeNoEnvironment(t *testing.T) {
	for _, all := range sites(t) {
		assembly, asked := all[0].assembly, 0
		var releases []string
		for _, s := range all {
			releases = append(releases, s.release.ARN)
		}
		for name, role := range assembly.Roles(t) {
			if !strings.HasPrefix(name, "shop-delivery.Pipeline") || slices.Contains(releases, role.ARN) {
				continue // functions of CDK's own empty buckets
			}
			asked++
			for _, s := range all {
				for _, r := range s.changes() {
					if r.action != "elasticbeanstalk:DeleteApplicationVersion" { // the probe, of bootstrap versions
						allowed(t, false, role, []request{r})
					}
				}
				allowed(t, false, role, []request{
					{"elasticbeanstalk:DeleteApplicationVersion", arn("elasticbeanstalk", "applicationversion/"+s.name+"/v1"), nil},
					{"s3:PutObject", bucket + "resources/environments/e-abcdefghij/_runtime/versions/manifest_1772541522627", nil},
					{"s3:PutBucketPolicy", strings.TrimSuffix(bucket, "/"), nil},
					{"s3:DeleteObject", bucket + s.name + "/v1.zip", nil},
					{"rds:ModifyDBInstance", arn("rds", "db:x"), nil}, {"rds:DeleteDBInstance", arn("rds", "db:x"), nil},
					{"rds-db:connect", arn("rds-db", "dbuser:x/y"), nil},
					{"secretsmanager:GetSecretValue", arn("secretsmanager", "secret:x"), nil}, {"ssm:GetParameter", arn("ssm", "parameter/x"), nil},
					{"ssm:SendCommand", arn("ec2", "instance/i-0123456789abcdef0"), nil}, {"ecs:RegisterTaskDefinition", "*", nil},
				})
			}
		}
		for _, name := range []string{"PipelineRole", "PipelineBuildRole", "PipelineBundleRole", "PipelineReleaseActionRole"} {
			assembly.Role(t, "shop-delivery", name)
		}
		assert.GreaterOrEqual(t, asked, 6)
	}
}

// Whatever else somebody may do, the policy of developers keeps them from getting past the pipeline.
func TestADeveloperWithAllOtherPermissionsGetsNotPastThePipeline(t *testing.T) {
	assembly := sites(t)["two"][0].assembly
	var document any
	for id, policy := range assembly.Stacks["shop-delivery"].Of("AWS::IAM::ManagedPolicy") {
		if strings.HasPrefix(id, "PipelineDevelopers") {
			document = policy.At("PolicyDocument")
		}
	}
	developer := append(assembly.Policies(t, "shop-delivery", document), constructstest.PolicyStatement{
		Actions: []string{"*"}, Resources: []string{"*"},
	})
	pipeline := arn("codepipeline", assembly.Name(t, "shop-delivery", "AWS::CodePipeline::Pipeline", "Pipeline"))
	project := assembly.Stacks["shop-delivery"].Only(t, "AWS::CodeBuild::Project", "PipelineBlueGreenproduction").At("Tags")
	tags := constructstest.Context{}
	for _, tag := range project.([]any) {
		tags["aws:ResourceTag/"+constructstest.At(tag, "Key").(string)] = constructstest.At(tag, "Value").(string)
	}
	can := func(want bool, r request) {
		t.Helper()
		got, err := developer.Allows(r.action, r.resource, r.context)
		require.NoError(t, err)
		assert.Equal(t, want, got, "%s %s", r.action, r.resource)
	}
	for _, r := range []request{
		{"codebuild:StartBuild", arn("codebuild", "project/x"), tags}, {"codebuild:UpdateProject", arn("codebuild", "project/x"), tags},
		{"codepipeline:PutApprovalResult", pipeline + "/Approve-production/Approve", nil}, {"codepipeline:UpdatePipeline", pipeline, nil},
		{"codepipeline:EnableStageTransition", pipeline + "/Deploy-production", nil}, {"codepipeline:EnableStageTransition", pipeline, nil},
		{"sts:AssumeRole", assembly.Role(t, "shop-delivery", "PipelineApprover").ARN, nil},
	} {
		can(false, r)
	}
	// A pipeline, project or rule of their own, with a role of this pipeline.
	asked := 0
	for name, role := range assembly.Roles(t) {
		if strings.HasPrefix(name, "shop-delivery.") {
			asked++
			can(false, request{"sts:AssumeRole", role.ARN, nil})
			for _, service := range []string{"codepipeline.amazonaws.com", "codebuild.amazonaws.com", "events.amazonaws.com"} {
				can(false, pass(role.ARN, service)[0])
			}
		}
	}
	assert.Greater(t, asked, 8)
	can(true, request{"codebuild:StartBuild", arn("codebuild", "project/another"), nil}) // projects of others are not the pipeline's
	can(true, pass(roleARN("AnotherPipeline"), "codepipeline.amazonaws.com")[0])
	can(true, pass(roleARN("shop-delivery2-Role"), "codepipeline.amazonaws.com")[0])
}

// A page about roles is worth what its names are worth.
func TestSecurityPageNamesWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("SECURITY.md")
	require.NoError(t, err)
	page := string(text)
	assert.LessOrEqual(t, strings.Count(page, "\n"), 120)
	assert.Contains(t, page, `"Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/SERVICE-delivery-*"`)

	var ids []string
	for _, assembly := range []constructstest.Assembly{standard, full} {
		for _, template := range assembly.Stacks {
			for _, kind := range []string{"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"} {
				ids = append(ids, slices.Collect(maps.Keys(template.Of(kind)))...)
			}
		}
	}
	rows := regexp.MustCompile("(?m)^\\| `([A-Za-z]+)").FindAllStringSubmatch(page, -1)
	assert.Len(t, rows, 10)
	for _, row := range rows {
		assert.True(t, slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(id, row[1]) }), row[1])
	}

	var tests strings.Builder
	sources, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, path := range sources {
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		tests.Write(source)
	}
	for _, name := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(page, -1) {
		assert.Contains(t, tests.String(), "func "+name+"(", "a test that the page names")
	}
	for _, link := range regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(page, -1) {
		assert.FileExists(t, link[1])
	}
}
