package main

import (
	"fmt"
	"maps"
	"path"
	"regexp"
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

// acceptance is a finding of cdk-nag that stands. It covers every finding whose text begins with rule,
// after the name of its pack, and whose construct matches path, a pattern of [path.Match] relative to
// the stack's name without service and environment; ** at its end matches any depth.
type acceptance struct{ rule, path, reason string }

var accepted = []acceptance{
	{"SMG4:", "data/Database/Password/Resource",
		"Beanstalk reads the password only when an instance starts: a rotation in between would lock running instances out. README tells how to change it"},
	{"SMG4:", "data/Database/ApplicationPassword/Resource", "the same; the starter's README tells how to change it"},
	{"RDS3:", "data/Database/Instance/Resource", "Multi-AZ doubles the price of the database; it is one setting away"},
	{"RDS11:", "data/Database/Instance/Resource", "who may connect is decided by a security group, not by a port that is hard to guess"},
	{"EC23:", "web/Web/LoadBalancerSecurityGroup/Resource", "it is the public load balancer of a web application"},
	{"EB4:", "web/Web/Environment/Environment", "logs are streamed to CloudWatch Logs instead"},
	{"EB4:", "web/Web/Standby/Environment", "logs are streamed to CloudWatch Logs instead"},
	{"CB4:", "delivery/Pipeline/Probe-showcase/Resource", "it writes no artifacts"},
	{"IAM5[", "delivery/Pipeline/Developers/Resource",
		"reading of one repository and all stages of one pipeline; two actions that list have no resource types"},
	{"CB4:", "delivery/Pipeline/B*/Resource", "artifacts are encrypted by S3; a key of one's own costs money and protects from nobody who can read the bucket"},
	{"S1:", "delivery/Pipeline/Artifacts/Resource", "only the pipeline's roles reach the bucket; SECURITY.md names the CloudTrail data events that record each access, where an account wants them"},
	{"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AWSElasticBeanstalk", "web/Web/InstanceRole/Resource",
		"AWS documents these policies as what an instance needs, and keeps them up to date with its agents"},
	{"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/", "web/Web/ServiceRole/Resource",
		"AWS documents these policies as what Beanstalk needs, and keeps them up to date with the service"},
	{"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AdministratorAccess-AWSElasticBeanstalk]", "delivery/Pipeline/DeployRole-*/Resource",
		"AWS documents no smaller set for CodePipeline's deploy action; explicit denies take from it what no release needs (constructs/fence.go)"},
	{"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]", "data/LogRetention*/ServiceRole/Resource",
		"CDK's own function; it writes its log"},
	{"IAM5[Resource::*]", "data/LogRetention*/ServiceRole/DefaultPolicy/Resource",
		"CDK's own function; it sets how long log groups are kept, whose names RDS chooses"},
	{"IAM5[Resource::*]", "web/Web/DeployedState/Role/DefaultPolicy/Resource",
		"describing and listing: a narrower resource turns a missing permission into an empty list, which would read as 'no environment'"},
	{"IAM5[Resource::arn:", "web/Web/DeployedState/Role/DefaultPolicy/Resource",
		"the name of the bootstrap version ends in a digest of its content"},
	{"IAM5[Action::s3:GetBucket*]", "web/Web/DeployedState/Role/DefaultPolicy/Resource",
		"Beanstalk works on its own bucket with its caller's permissions, and AWS's policy for its users lists them so"},
	{"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AdministratorAccess-AWSElasticBeanstalk]", "delivery/Pipeline/BlueGreenRole-*/Resource",
		"Beanstalk deploys with its caller's permissions, and AWS documents no smaller set; explicit denies take from it what no release needs (constructs/fence.go)"},
	{"IAM5[Resource::*]", "delivery/Pipeline/Pull-*/Resource", "ecr:GetAuthorizationToken has no resource types"},
	{"IAM5[Resource::*]", "delivery/Pipeline/Build/Role/DefaultPolicy/Resource", "ecr:GetAuthorizationToken has no resource types"},
	{"IAM5[Resource::*]", "delivery/Pipeline/Pipeline/Role/DefaultPolicy/Resource",
		"the alarms to look at: a narrower resource would turn a mistake in it into an alarm that does not exist, and a good release back"},
	{"IAM5[Resource::*]", "delivery/Pipeline/[BP]*Role*/DefaultPolicy/Resource",
		"it looks and publishes in its own namespace; the comments in constructs/release say why no resource is named"},
	{"IAM5[Action::s3:", "delivery/Pipeline/[BP]*Role*/DefaultPolicy/Resource", "CDK's grant: reading in the artifact bucket only"},
	{"IAM5[Resource::<PipelineArtifacts", "delivery/Pipeline/[BP]*Role*/DefaultPolicy/Resource", "the objects of the artifact bucket"},
	{"IAM5[Resource::arn:<AWS::Partition>:", "delivery/Pipeline/[BP]*Role*/DefaultPolicy/Resource",
		"CDK's grant: the log streams and report groups of this one project"},
	{"IAM5[Resource::arn:<AWS::Partition>:", "delivery/Pipeline/Build/Role/DefaultPolicy/Resource",
		"CDK's grant: the log streams and report groups of this one project"},
	{"IAM5[Action::s3:", "delivery/Pipeline/*/Role/DefaultPolicy/Resource", "CDK's grant: reading and writing in the artifact bucket only"},
	{"IAM5[Action::s3:", "delivery/Pipeline/DeployRole-*/DefaultPolicy/Resource", "CDK's grant: reading in the artifact bucket only"},
	{"IAM5[Action::s3:", "delivery/Pipeline/Pipeline/Source/Source/CodePipelineActionRole/DefaultPolicy/Resource", "CDK's grant: writing to the artifact bucket only"},
	{"IAM5[Resource::<PipelineArtifacts", "delivery/Pipeline/*/Role/DefaultPolicy/Resource", "the objects of the artifact bucket"},
	{"IAM5[Resource::<PipelineArtifacts", "delivery/Pipeline/DeployRole-*/DefaultPolicy/Resource", "the objects of the artifact bucket"},
	{"IAM5[Resource::<PipelineArtifacts", "delivery/Pipeline/Pipeline/Source/Source/CodePipelineActionRole/DefaultPolicy/Resource", "the objects of the artifact bucket"},
	{"IAMNoInlinePolicy:", "**", "a grant's policy belongs to one role or user and is deleted with it; it can be attached to nothing else"},
	{"RDSMultiAZSupport:", "data/Database/Instance/Resource", "Multi-AZ doubles the price of the database; it is one setting away"},
	{"RDSInBackupPlan:", "data/Database/Instance/Resource", "RDS keeps automated backups and a final snapshot; a copy in another account is AWS Backup's, outside of this app"},
	{"RDSEnhancedMonitoringEnabled:", "data/Database/Instance/Resource", "alarms watch storage, connections and CPU credits; the system's processes show nothing that those miss on a managed instance"},
	{"SecretsManagerRotationEnabled:", "data/Database/**", "as for SMG4"},
	{"SecretsManagerUsingKMSKey:", "data/Database/**", "encrypted with AWS's own key by default; kmsKeyArn sets another"},
	{"SNSEncryptedKMS:", "web/Notifications/**", "messages name alarms and releases, no data; kmsKeyArn encrypts them"},
	{"CloudWatchLogGroupEncrypted:", "**", "encrypted by CloudWatch Logs by default; kmsKeyArn sets a key"},
	{"S3DefaultEncryptionKMS:", "delivery/Pipeline/Artifacts/Resource", "encrypted by S3 by default; kmsKeyArn sets a key"},
	{"S3BucketLoggingEnabled:", "delivery/Pipeline/Artifacts/Resource", "as for S1"},
	{"S3BucketReplicationEnabled:", "delivery/Pipeline/Artifacts/Resource", "each artifact can be built again from its commit"},
	{"CodeBuildProjectSourceRepoUrl:", "delivery/Pipeline/*/Resource", "the source is CodePipeline's artifact; no project reads a repository"},
	{"CloudWatchAlarmAction:", "web/Alarms/*release/Resource", "CodePipeline evaluates it during a release; people are notified by the alarms that it joins"},
	{"LambdaInsideVPC:", "web/Web/DeployedState/Function/Resource", "it calls AWS's APIs only, while CloudFormation waits; in the VPC it would need a NAT gateway"},
	{"LambdaDLQ:", "web/Web/DeployedState/Function/Resource", "CloudFormation waits for its response and fails the update without one; a queue has nobody to read it"},
	{"LambdaConcurrency:", "web/Web/DeployedState/Function/Resource", "only CloudFormation invokes it, once at a time; a reservation would take from the account's quota"},
	{"VPCSubnetAutoAssignPublicIpDisabled:", "network/Network/VPC/PublicSubnet*/Subnet", "without NAT gateways, instances reach AWS by public addresses; security groups admit the load balancer only. nat places them in private subnets"},
	{"VPCNoUnrestrictedRouteToIGW:", "network/Network/VPC/PublicSubnet*/**", "the load balancer serves the Internet"},
}

// packs are cdk-nag's, with the beginning of the names of their rules.
var packs = []struct {
	name, prefix string
	checks       func() awscdk.IAspect
}{
	{"AwsSolutions", "AwsSolutions-", func() awscdk.IAspect { return cdknag.NewAwsSolutionsChecks(nil) }},
	{"NIST 800-53 R5", "NIST.800.53.R5-", func() awscdk.IAspect { return cdknag.NewNIST80053R5Checks(nil) }},
	{"HIPAA Security", "HIPAA.Security-", func() awscdk.IAspect { return cdknag.NewHIPAASecurityChecks(nil) }},
	{"PCI DSS 3.2.1", "PCI.DSS.321-", func() awscdk.IAspect { return cdknag.NewPCIDSS321Checks(nil) }},
}

// Two environments, one of them with BlueGreen, show all that the app can define.
func TestEveryFindingOfCdkNagIsAcceptedForAReason(t *testing.T) {
	const certificate = `"certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/0c2ba4e8-1e3a-4a3f-9a49-0123456789ab"`
	cfg, err := config.Load([]byte(`{"notifyEmail": "ops@example.com",
		"environments": [{"name": "showcase", ` + certificate + `}, {"name": "trial", ` + certificate + `, "deployment": {"method": "BlueGreen"}}]}`))
	require.NoError(t, err)
	assembly, err := constructstest.Synth(func(app awscdk.App) {
		stacks.New(app, cfg, source)
		for _, pack := range packs {
			awscdk.Aspects_Of(app).Add(pack.checks(), nil)
		}
	})
	require.NoError(t, err)

	counts, rules := map[string]int{}, map[string]map[string]bool{}
	used := make([]int, len(accepted))
	for _, finding := range assembly.Findings {
		pack, rule := packOf(finding.Description)
		if pack == "" {
			continue // a warning of a construct, which has a test of its own
		}
		name, _, _ := strings.Cut(rule, ":")
		name, _, _ = strings.Cut(name, "[")
		for _, where := range finding.Paths {
			counts[pack]++
			if rules[pack] == nil {
				rules[pack] = map[string]bool{}
			}
			rules[pack][name] = true
			where = stackOfEnvironment.ReplaceAllString(where, "")
			i := slices.IndexFunc(accepted, func(a acceptance) bool { return a.covers(rule, where) })
			if i < 0 {
				t.Errorf("%s\n\t%s", where, finding.Description)
				continue
			}
			used[i]++
		}
	}
	for i, a := range accepted {
		assert.NotZero(t, used[i], "%s %s is accepted but not found any more", a.rule, a.path)
	}
	upToDate(t, "docs/cdk-nag.md", nagPage(counts, rules, used))
}

var stackOfEnvironment = regexp.MustCompile(`^zero-downtime-((showcase|trial)-)?`)

// packOf splits a finding into the name of its pack and the rest.
func packOf(finding string) (pack, rest string) {
	for _, p := range packs {
		if rest, found := strings.CutPrefix(finding, p.prefix); found {
			return p.name, rest
		}
	}
	return "", ""
}

func (a acceptance) covers(rule, where string) bool {
	if !strings.HasPrefix(rule, a.rule) {
		return false
	}
	pattern := a.path
	if deep, found := strings.CutSuffix(a.path, "**"); found {
		parts := strings.Split(where, "/")
		where = strings.Join(parts[:min(len(parts), strings.Count(deep, "/"))], "/") + "/"
		pattern = deep
		if deep == "" {
			return true
		}
	}
	match, err := path.Match(pattern, where)
	return err == nil && match
}

// nagPage is the page for reviewers: what the packs find, and why it stands.
func nagPage(counts map[string]int, rules map[string]map[string]bool, used []int) string {
	var b strings.Builder
	b.WriteString("# Findings of cdk-nag\n\n" +
		"<!-- generated by nag_test.go: go test . -update -->\n\n" +
		"Four packs of [cdk-nag](https://github.com/cdklabs/cdk-nag) run in the tests over two environments, one with Rolling and one with BlueGreen.\n" +
		"A finding that is not listed here fails the tests, and so does an entry that nothing matches any more. cdk-nag has no rule for\n" +
		"what a managed policy passes on, nor for whose build specification a role runs: [security_test.go](../security_test.go) evaluates that.\n\n" +
		"| pack | findings | rules |\n|---|--:|--:|\n")
	for _, pack := range packs {
		fmt.Fprintf(&b, "| %s | %d | %d |\n", pack.name, counts[pack.name], len(slices.Collect(maps.Keys(rules[pack.name]))))
	}
	b.WriteString("\n| rule | where | findings | why it stands |\n|---|---|--:|---|\n")
	for i, a := range accepted {
		fmt.Fprintf(&b, "| `%s` | `%s` | %d | %s |\n", strings.TrimSuffix(a.rule, ":"), a.path, used[i], a.reason)
	}
	return b.String()
}
