package main

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/stacks"
)

type acceptance struct{ rule, path, reason string }

// accepted are the findings of cdk-nag's AwsSolutions pack that stand, each for a reason. A finding
// is accepted where it begins with rule and its construct matches path, relative to its stack.
var accepted = []acceptance{
	{"AwsSolutions-SMG4:", "data/Database/Password/Resource",
		"Beanstalk reads the password only when an instance starts: a rotation in between would lock running instances out. README tells how to change it"},
	{"AwsSolutions-SMG4:", "data/Database/ApplicationPassword/Resource", "the same; the starter's README tells how to change it"},
	{"AwsSolutions-RDS3:", "data/Database/Instance/Resource", "Multi-AZ doubles the price of the database; it is one setting away"},
	{"AwsSolutions-RDS11:", "data/Database/Instance/Resource", "who may connect is decided by a security group, not by a port that is hard to guess"},
	{"AwsSolutions-EC23:", "web/Web/LoadBalancerSecurityGroup/Resource", "it is the public load balancer of a web application"},
	{"AwsSolutions-EB4:", "web/Web/Environment/Environment", "logs are streamed to CloudWatch Logs instead"},
	{"AwsSolutions-EB4:", "web/Web/Standby/Environment", "logs are streamed to CloudWatch Logs instead"},
	{"AwsSolutions-CB4:", "delivery/Pipeline/Probe-showcase/Resource", "it writes no artifacts"},
	{"AwsSolutions-CB4:", "delivery/Pipeline/BlueGreen-trial/Resource", "it writes no artifacts"},
	{"AwsSolutions-CB4:", "delivery/Pipeline/Build/Resource", "artifacts are encrypted by S3; a key of one's own costs money and protects from nobody who can read the bucket"},
	{"AwsSolutions-S1:", "delivery/Pipeline/Artifacts/Resource", "only the pipeline's roles reach the bucket, and CloudTrail tells what they do"},
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AWSElasticBeanstalk", "web/Web/InstanceRole/Resource",
		"AWS documents these policies as what an instance needs, and keeps them up to date with its agents"},
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/", "web/Web/ServiceRole/Resource",
		"AWS documents these policies as what Beanstalk needs, and keeps them up to date with the service"},
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AdministratorAccess-AWSElasticBeanstalk]", "delivery/Pipeline/DeployRole/Resource",
		"AWS documents this as the minimum for CodePipeline's deploy action; only the pipeline can assume the role"},
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]", "data/LogRetention*/ServiceRole/Resource",
		"CDK's own function; it writes its log"},
	{"AwsSolutions-IAM5[Resource::*]", "data/LogRetention*/ServiceRole/DefaultPolicy/Resource",
		"CDK's own function; it sets how long log groups are kept, whose names RDS chooses"},
	{"AwsSolutions-IAM5[Resource::*]", "web/Web/DeployedState/Role/DefaultPolicy/Resource",
		"describing and listing: a narrower resource turns a missing permission into an empty list, which would read as 'no environment'"},
	{"AwsSolutions-IAM5[Resource::arn:", "web/Web/DeployedState/Role/DefaultPolicy/Resource",
		"the name of the bootstrap version ends in a digest of its content"},
	{"AwsSolutions-IAM5[Action::s3:GetBucket*]", "web/Web/DeployedState/Role/DefaultPolicy/Resource",
		"Beanstalk works on its own bucket with its caller's permissions, and AWS's policy for its users lists them so"},
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AdministratorAccess-AWSElasticBeanstalk]", "delivery/Pipeline/BlueGreenRole/Resource",
		"Beanstalk deploys with its caller's permissions, and AWS documents no smaller set; only the build of the release can assume the role"},
	{"AwsSolutions-IAM5[Resource::*]", "delivery/Pipeline/Pull-*/Resource", "ecr:GetAuthorizationToken has no resource types"},
	{"AwsSolutions-IAM5[Resource::*]", "delivery/Pipeline/Build/Role/DefaultPolicy/Resource", "ecr:GetAuthorizationToken has no resource types"},
	{"AwsSolutions-IAM5[Resource::*]", "delivery/Pipeline/Pipeline/Role/DefaultPolicy/Resource",
		"the alarms to look at: a narrower resource would turn a mistake in it into an alarm that does not exist, and a good release back"},
	{"AwsSolutions-IAM5[Resource::*]", "delivery/Pipeline/[BP]*Role/DefaultPolicy/Resource",
		"it looks and publishes in its own namespace; the comments in constructs/release say why no resource is named"},
	{"AwsSolutions-IAM5[Action::s3:", "delivery/Pipeline/[BP]*Role/DefaultPolicy/Resource", "CDK's grant: reading in the artifact bucket only"},
	{"AwsSolutions-IAM5[Resource::<PipelineArtifacts", "delivery/Pipeline/[BP]*Role/DefaultPolicy/Resource", "the objects of the artifact bucket"},
	{"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:", "delivery/Pipeline/[BP]*Role/DefaultPolicy/Resource",
		"CDK's grant: the log streams and report groups of this one project"},
	{"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:", "delivery/Pipeline/Build/Role/DefaultPolicy/Resource",
		"CDK's grant: the log streams and report groups of this one project"},
	{"AwsSolutions-IAM5[Action::s3:", "delivery/Pipeline/*/Role/DefaultPolicy/Resource", "CDK's grant: reading and writing in the artifact bucket only"},
	{"AwsSolutions-IAM5[Action::s3:", "delivery/Pipeline/DeployRole/DefaultPolicy/Resource", "CDK's grant: reading in the artifact bucket only"},
	{"AwsSolutions-IAM5[Action::s3:", "delivery/Pipeline/Pipeline/Source/Source/CodePipelineActionRole/DefaultPolicy/Resource", "CDK's grant: writing to the artifact bucket only"},
	{"AwsSolutions-IAM5[Resource::<PipelineArtifacts", "delivery/Pipeline/*/Role/DefaultPolicy/Resource", "the objects of the artifact bucket"},
	{"AwsSolutions-IAM5[Resource::<PipelineArtifacts", "delivery/Pipeline/DeployRole/DefaultPolicy/Resource", "the objects of the artifact bucket"},
	{"AwsSolutions-IAM5[Resource::<PipelineArtifacts", "delivery/Pipeline/Pipeline/Source/Source/CodePipelineActionRole/DefaultPolicy/Resource", "the objects of the artifact bucket"},
}

func TestAwsSolutions(t *testing.T) {
	cfg, err := config.Load([]byte(`{"notifyEmail": "ops@example.com",
		"environments": [{"name": "showcase"}, {"name": "trial", "deployment": {"method": "BlueGreen"}}]}`))
	require.NoError(t, err)
	assembly, err := constructstest.Synth(func(app awscdk.App) {
		stacks.New(app, cfg, source)
		awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(nil), nil)
	})
	require.NoError(t, err)

	used := make([]bool, len(accepted))
	for _, finding := range assembly.Findings {
		for _, where := range finding.Paths {
			where = strings.TrimPrefix(where, "zero-downtime-")
			where = strings.TrimPrefix(strings.TrimPrefix(where, "showcase-"), "trial-")
			i := slices.IndexFunc(accepted, func(a acceptance) bool {
				match, err := path.Match(a.path, where)
				require.NoError(t, err)
				return match && strings.HasPrefix(finding.Description, a.rule)
			})
			if i < 0 {
				t.Errorf("%s\n\t%s", where, finding.Description)
				continue
			}
			used[i] = true
		}
	}
	for i, a := range accepted {
		assert.True(t, used[i], "%s %s is accepted but not found any more", a.rule, a.path)
	}
}
