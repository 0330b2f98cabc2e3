package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// secured are the configurations whose roles are evaluated: two environments with an approval between them,
// two of which one's name begins with the other's, and one environment for each method.
var secured = map[string]string{
	"two": `{"service": "shop", "account": "111122223333", "region": "eu-west-1", "notifyEmail": "ops@example.com", "environments": [
		{"name": "staging", "certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/0c2ba4e8-1e3a-4a3f-9a49-0123456789ab"},
		{"name": "production", "approval": true, "deployment": {"method": "BlueGreen"}, "network": {"cidr": "10.1.0.0/16"},
		 "certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/0c2ba4e8-1e3a-4a3f-9a49-0123456789ab"}]}`,
	"names": `{"service": "shop", "account": "111122223333", "region": "eu-west-1", "environments": [
		{"name": "prod", "deployment": {"method": "BlueGreen"}, "certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/0c2ba4e8-1e3a-4a3f-9a49-0123456789ab"},
		{"name": "prod-eu", "certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/0c2ba4e8-1e3a-4a3f-9a49-0123456789ab"}]}`,
	"methods": everything,
}

var securedAssemblies = map[string]constructstest.Assembly{}

// site is an environment with the roles that act for it.
type site struct {
	name                                  string // of the application and the environment
	method                                rollout.Method
	release, service, instance, execution constructstest.Role
	vpc                                   string
	assembly                              constructstest.Assembly
}

// sites are the environments of every configuration.
func sites(t *testing.T) map[string][]site {
	t.Helper()
	all := map[string][]site{}
	for _, key := range slices.Sorted(maps.Keys(secured)) {
		cfg, err := config.Load([]byte(secured[key]))
		require.NoError(t, err)
		assembly, found := securedAssemblies[key]
		if !found {
			assembly, err = synthesized(secured[key])
			require.NoError(t, err)
			securedAssemblies[key] = assembly
		}
		for _, env := range cfg.Environments {
			name, method := cfg.Service+"-"+env.Name, env.Policy().WithDefaults().Method
			role := map[bool]string{true: "PipelineBlueGreenRole", false: "PipelineDeployRole"}[method == rollout.BlueGreen]
			all[key] = append(all[key], site{
				name: name, method: method, assembly: assembly,
				release:   assembly.Role(t, cfg.Service+"-delivery", role+strings.ReplaceAll(env.Name, "-", "")),
				service:   assembly.Role(t, name+"-web", "WebServiceRole"),
				instance:  assembly.Role(t, name+"-web", "WebInstanceRole"),
				execution: assembly.Role(t, name+"-web", "WebExecutionRole"),
				vpc:       arn("ec2", "vpc/"+assembly.Name(t, name+"-network", "AWS::EC2::VPC", "Network")),
			})
		}
	}
	return all
}

// eachSite runs check for every environment, with the others of its configuration.
func eachSite(t *testing.T, check func(t *testing.T, s site, others []site)) {
	t.Helper()
	methods := map[rollout.Method]bool{}
	for key, all := range sites(t) {
		for i, s := range all {
			methods[s.method] = true
			t.Run(fmt.Sprintf("%s/%s by %s", key, s.name, s.method), func(t *testing.T) {
				check(t, s, slices.Concat(all[:i], all[i+1:]))
			})
		}
	}
	assert.Len(t, methods, len(rollout.Methods()), "every method")
}

func arn(service, resource string) string {
	return "arn:aws:" + service + ":" + constructstest.Region + ":" + constructstest.Account + ":" + resource
}

func roleARN(name string) string { return "arn:aws:iam::" + constructstest.Account + ":role/" + name }

const bucket = "arn:aws:s3:::elasticbeanstalk-" + constructstest.Region + "-" + constructstest.Account + "/"

// environments are the Beanstalk environments of a site.
func (s site) environments() []string {
	if s.method == rollout.BlueGreen {
		return []string{s.name, s.name + "-green"}
	}
	return []string{s.name}
}

// request is a call of AWS's API as IAM sees it.
type request struct {
	action, resource string
	context          constructstest.Context
}

func (s site) tag(environment string) constructstest.Context {
	return constructstest.Context{"aws:ResourceTag/elasticbeanstalk:environment-name": environment}
}

// with adds keys to a context.
func with(context constructstest.Context, more ...string) constructstest.Context {
	all := maps.Clone(context)
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// changes are calls that change a site, as a release makes them or as an attacker could.
func (s site) changes() []request {
	application := constructstest.Context{"elasticbeanstalk:InApplication": arn("elasticbeanstalk", "application/"+s.name)}
	all := []request{
		{"elasticbeanstalk:CreateApplicationVersion", arn("elasticbeanstalk", "applicationversion/"+s.name+"/v1"), application},
		{"elasticbeanstalk:DeleteApplicationVersion", arn("elasticbeanstalk", "applicationversion/"+s.name+"/v1"), application},
		{"s3:PutObject", bucket + s.name + "/v1.zip", nil},
		{"s3:GetObject", bucket + s.name + "/v1.zip", nil},
		{"s3:PutObject", bucket + "resources/environments/e-abcdefghij/_runtime/_versions/" + s.name + "/v1", nil},
	}
	for _, environment := range s.environments() {
		tag, group := s.tag(environment), "autoScalingGroup:x:autoScalingGroupName/awseb-e-abcdefghij-stack"
		here := arn("elasticbeanstalk", "environment/"+s.name+"/"+environment)
		all = append(all,
			// One of the two keys is enough.
			request{"elasticbeanstalk:UpdateEnvironment", here, application},
			request{"elasticbeanstalk:UpdateEnvironment", here, tag},
			request{"elasticbeanstalk:SwapEnvironmentCNAMEs", here, application},
			request{"elasticbeanstalk:RestartAppServer", here, tag},
			request{"cloudformation:UpdateStack", arn("cloudformation", "stack/awseb-e-abcdefghij-stack/x"), tag},
			request{"cloudformation:DeleteStack", arn("cloudformation", "stack/awseb-e-abcdefghij-immutable-stack/x"), tag},
			request{"autoscaling:UpdateAutoScalingGroup", arn("autoscaling", group), tag},
			request{"autoscaling:TerminateInstanceInAutoScalingGroup", arn("autoscaling", group), tag},
			request{"cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:awseb-e-abcdefghij-stack-x"), tag},
			request{"ec2:TerminateInstances", arn("ec2", "instance/i-0123456789abcdef0"), tag},
			request{"ec2:CreateLaunchTemplateVersion", arn("ec2", "launch-template/lt-0123456789abcdef0"), tag},
			request{"ec2:CreateTags", arn("ec2", "instance/i-0123456789abcdef0"), tag},
			request{"elasticloadbalancing:RegisterTargets", arn("elasticloadbalancing", "targetgroup/awseb-x/y"), tag},
			request{"elasticloadbalancing:ModifyListener", arn("elasticloadbalancing", "listener/app/awseb-x/y/z"), tag},
		)
	}
	for _, kind := range []string{"subnet/subnet-0123456789abcdef0", "security-group/sg-0123456789abcdef0", "network-interface/*"} {
		all = append(all, request{"ec2:RunInstances", arn("ec2", kind), constructstest.Context{"ec2:Vpc": s.vpc}})
	}
	for _, action := range []string{"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress"} {
		all = append(all, request{action, arn("ec2", "security-group/sg-0123456789abcdef0"), constructstest.Context{"ec2:Vpc": s.vpc}})
	}
	return all
}

func allowed(t *testing.T, want bool, role constructstest.Role, requests []request) {
	t.Helper()
	for _, r := range requests {
		assert.Equal(t, want, role.Allows(t, r.action, r.resource, r.context), "%s: %s %s %v", role.ARN, r.action, r.resource, r.context)
	}
}

// receivers are services that a role can be passed to.
var receivers = []string{
	"autoscaling.amazonaws.com", "cloudformation.amazonaws.com", "codebuild.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com",
	"ecs.amazonaws.com", "elasticbeanstalk.amazonaws.com", "elasticloadbalancing.amazonaws.com", "lambda.amazonaws.com",
}

func pass(role, service string) []request {
	return []request{{"iam:PassRole", role, constructstest.Context{"iam:PassedToService": service}}}
}

func TestAReleaseRolePassesItsOwnRolesOnly(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, others []site) {
		own := []string{s.instance.ARN, s.execution.ARN, s.service.ARN}
		roles := []string{
			roleARN("Admin"), roleARN("cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1"), roleARN("aws-elasticbeanstalk-ec2-role"),
			roleARN("service-role/aws-elasticbeanstalk-service-role"),
		}
		for _, role := range s.assembly.Roles(t) {
			if !slices.Contains(own, role.ARN) {
				roles = append(roles, role.ARN)
			}
		}
		assert.Greater(t, len(roles), 20)
		for _, acting := range []constructstest.Role{s.release, s.service} {
			for _, service := range receivers {
				for _, role := range roles {
					allowed(t, false, acting, pass(role, service))
				}
				for _, role := range own {
					allowed(t, service != "cloudformation.amazonaws.com", acting, pass(role, service))
				}
			}
			allowed(t, true, acting, pass(roleARN("aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"), "autoscaling.amazonaws.com"))
		}
	})
}

// Who may start a build may replace its commands, and speaks with the role of the project.
func TestABuildStartedWithOtherCommandsPassesNoRoleOfAnotherEnvironment(t *testing.T) {
	for key, all := range sites(t) {
		byARN := map[string]site{}
		for _, s := range all {
			byARN[s.release.ARN] = s
		}
		roles := all[0].assembly.Roles(t)
		builds := 0
		for name, role := range roles {
			if !slices.Contains(role.Services, "codebuild.amazonaws.com") {
				continue
			}
			builds++
			s := byARN[role.ARN] // of no site where the role releases nowhere
			for _, other := range roles {
				if !slices.Contains([]string{s.instance.ARN, s.execution.ARN, s.service.ARN}, other.ARN) {
					for _, service := range receivers {
						allowed(t, false, role, pass(other.ARN, service))
					}
				}
			}
			if role.AWSManaged == 0 { // AWS's policy counts as all that can be allowed
				assert.False(t, role.Allows(t, "sts:AssumeRole", roleARN("Admin"), nil), name)
			}
		}
		assert.Greater(t, builds, 1, key)
	}
}

func TestAReleaseRoleCannotGiveAStackARole(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, _ []site) {
		stack := arn("cloudformation", "stack/awseb-x/y")
		for _, acting := range []constructstest.Role{s.release, s.service} {
			for _, action := range []string{"CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet", "RollbackStack", "ContinueUpdateRollback"} {
				allowed(t, false, acting, []request{{"cloudformation:" + action, stack, constructstest.Context{"cloudformation:RoleArn": roleARN("Admin")}}})
				allowed(t, true, acting, []request{{"cloudformation:" + action, stack, nil}})
			}
		}
		for _, role := range s.assembly.Roles(t) {
			assert.NotContains(t, role.Services, "cloudformation.amazonaws.com", "no role here is one for stacks, so none is missed")
		}
	})
}

func TestAReleaseRoleCannotTouchADatabase(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, _ []site) {
		for _, acting := range []constructstest.Role{s.release, s.service} {
			for _, action := range []string{
				"CreateDBInstance", "DeleteDBInstance", "ModifyDBInstance", "RestoreDBInstanceFromDBSnapshot", "CreateDBSubnetGroup",
				"DeleteDBSubnetGroup", "ModifyDBSubnetGroup", "CreateDBSecurityGroup", "AuthorizeDBSecurityGroupIngress", "DeleteDBSnapshot",
			} {
				allowed(t, false, acting, []request{{"rds:" + action, arn("rds", "db:x"), nil}})
			}
			allowed(t, true, acting, []request{{"rds:DescribeDBInstances", "*", nil}})
		}
		options := fmt.Sprint(s.assembly.Stacks[s.name+"-web"].Of("AWS::ElasticBeanstalk::Environment"))
		assert.NotContains(t, options, "aws:rds:dbinstance", "the database is not Elastic Beanstalk's")
	})
}

func TestAReleaseRoleReachesNoOtherEnvironment(t *testing.T) {
	foreign := site{name: "crm-live", method: rollout.BlueGreen, vpc: arn("ec2", "vpc/vpc-0fedcba9876543210")}
	eachSite(t, func(t *testing.T, s site, others []site) {
		require.NotEmpty(t, others)
		for _, other := range others {
			allowed(t, false, s.release, other.changes())
			allowed(t, false, s.service, slices.DeleteFunc(other.changes(), func(r request) bool { return r.context["ec2:Vpc"] != "" }))
		}
		for _, other := range others {
			for _, environment := range other.environments() {
				group := arn("logs", "log-group:/aws/elasticbeanstalk/"+environment+"/var/log/eb-engine.log")
				allowed(t, false, s.service, []request{{"logs:DeleteLogGroup", group, nil}, {"logs:PutRetentionPolicy", group, nil}})
			}
		}
		// Not even of another configuration in the account. Its bundles are the exception: what Elastic
		// Beanstalk reads and writes in its bucket is not documented, so only those of siblings are denied.
		// So are, with the methods that launch instances beside the others, things with a tag that no guide names.
		_, launches := map[rollout.Method]bool{rollout.Immutable: true, rollout.TrafficSplitting: true}[s.method]
		allowed(t, false, s.release, slices.DeleteFunc(foreign.changes(), func(r request) bool {
			return strings.HasPrefix(r.action, "s3:") || launches && r.context["ec2:Vpc"] == "" && r.context["elasticbeanstalk:InApplication"] == ""
		}))
		for _, name := range []string{s.name + "-immutable", "e-abcdefghij"} {
			allowed(t, launches || name != "e-abcdefghij", s.release, []request{
				{"autoscaling:UpdateAutoScalingGroup", "*", s.tag(name)}, {"cloudformation:DeleteStack", arn("cloudformation", "stack/awseb-e-abcdefghij-immutable-stack/x"), s.tag(name)},
			})
		}
	})
}

func TestAReleaseRoleMakesAndEndsNoEnvironment(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, _ []site) {
		application := constructstest.Context{"elasticbeanstalk:InApplication": arn("elasticbeanstalk", "application/"+s.name)}
		own := arn("elasticbeanstalk", "environment/"+s.name+"/"+s.name)
		allowed(t, false, s.release, []request{
			{"elasticbeanstalk:TerminateEnvironment", own, application},
			{"elasticbeanstalk:RebuildEnvironment", own, application},
			{"elasticbeanstalk:CreateEnvironment", own, application},
			{"elasticbeanstalk:AssociateEnvironmentOperationsRole", own, application},
			{"elasticbeanstalk:DeleteApplication", arn("elasticbeanstalk", "application/"+s.name), nil},
			{"elasticbeanstalk:CreateApplication", arn("elasticbeanstalk", "application/other"), nil},
			{"logs:DeleteLogGroup", arn("logs", "log-group:/aws/elasticbeanstalk/"+s.name+"/x"), nil},
			{"iam:CreateRole", roleARN("aws-elasticbeanstalk-x"), nil},
			{"iam:AttachRolePolicy", roleARN("aws-elasticbeanstalk-x"), nil},
			{"iam:AddRoleToInstanceProfile", "arn:aws:iam::111122223333:instance-profile/aws-elasticbeanstalk-x", nil},
			{"codebuild:StartBuild", arn("codebuild", "project/Elastic-Beanstalk-x"), nil},
			{"codecommit:GitPull", arn("codecommit", "shop"), nil},
		})
	})
}

// ofInstances is what instances of an environment of a site call.
//
// That names of clusters end in ten characters is an assumption, and the same as in the denies: no test here shows that
// those of siblings are denied in AWS. With another length these denies have no effect.
func (s site) ofInstances(environment string) []request {
	cluster := arn("ecs", "cluster/awseb-"+environment+"-jp6vtkp5kw")
	inCluster := constructstest.Context{"ecs:cluster": cluster}
	return []request{
		{"s3:GetObject", bucket + s.name + "/v1.zip", nil},
		{"s3:GetObject", bucket + "resources/environments/e-abcdefghij/_runtime/_versions/" + s.name + "/v1", nil},
		{"ecs:RegisterContainerInstance", cluster, nil},
		{"ecs:DeregisterContainerInstance", cluster, nil},
		{"ecs:SubmitTaskStateChange", cluster, nil},
		{"ecs:Poll", arn("ecs", "container-instance/awseb-x/y"), inCluster},
		{"ecs:StartTelemetrySession", arn("ecs", "container-instance/awseb-x/y"), inCluster},
		{"ecs:StartTask", arn("ecs", "task-definition/awseb-x:1"), inCluster},
		{"ecs:StopTask", arn("ecs", "task/awseb-x/y"), inCluster},
		{"logs:CreateLogStream", arn("logs", "log-group:/aws/elasticbeanstalk/"+environment+"/var/log/eb-engine.log"), nil},
		{"logs:PutLogEvents", arn("logs", "log-group:/aws/elasticbeanstalk/"+environment+"/var/log/eb-engine.log:log-stream:i-0"), nil},
		{"elasticbeanstalk:PutInstanceStatistics", arn("elasticbeanstalk", "environment/"+s.name+"/"+environment), nil},
	}
}

func TestAnInstanceReachesNoOtherEnvironment(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, others []site) {
		for _, other := range others {
			for _, environment := range other.environments() {
				allowed(t, false, s.instance, other.ofInstances(environment))
			}
			allowed(t, false, s.instance, []request{
				{"s3:PutObject", bucket + other.name + "/v1.zip", nil},
				{"s3:PutObject", bucket + "resources/environments/e-abcdefghij/_runtime/_versions/" + other.name + "/v1", nil},
				{"elasticbeanstalk:PutInstanceStatistics", arn("elasticbeanstalk", "application/"+other.name), nil},
			})
		}
		// What the next instance runs, here or in another environment: no environment ID has the name of one.
		for _, key := range []string{
			s.name + "/v1.zip", "resources/environments/e-abcdefghij/_runtime/versions/manifest_1772541522627",
			"resources/environments/e-abcdefghij/_runtime/_versions/" + s.name + "/v1", "resources/environments/e-abcdefghij/_runtime/_versions/crm/v1",
			"resources/_runtime/_embedded_extensions/crm/x", "resources/templates/crm/saved",
		} {
			for _, action := range []string{"PutObject", "PutObjectAcl", "PutObjectTagging", "DeleteObject", "DeleteObjectVersion"} {
				allowed(t, false, s.instance, []request{{"s3:" + action, bucket + key, nil}, {"s3:" + action, bucket + key, ofAccount("111122223333")}})
			}
		}
		allowed(t, false, s.instance, []request{
			{"s3:PutBucketPolicy", strings.TrimSuffix(bucket, "/"), ofAccount("111122223333")},
			{"s3:PutLifecycleConfiguration", strings.TrimSuffix(bucket, "/"), ofAccount("111122223333")},
			{"s3:PutReplicationConfiguration", strings.TrimSuffix(bucket, "/"), ofAccount("111122223333")},
			{"s3:PutObject", "arn:aws:s3:::elasticbeanstalk-eu-west-1-999900009999/secrets", ofAccount("999900009999")},
			{"s3:PutObject", "arn:aws:s3:::elasticbeanstalk-mine/resources/environments/logs/x", ofAccount("999900009999")},
		})
	})
}

func ofAccount(id string) constructstest.Context {
	return constructstest.Context{"aws:ResourceAccount": id}
}

// AWS's policies count as all that can be allowed, also if they grow to let instances pass roles.
func TestAnInstancePassesNoRoleOfOthers(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, _ []site) {
		asked := 0
		for name, role := range s.assembly.Roles(t) {
			for _, service := range role.Services {
				if role.ARN == s.execution.ARN || !slices.Contains([]string{
					"codebuild.amazonaws.com", "codepipeline.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "elasticbeanstalk.amazonaws.com",
				}, service) {
					// A rule or function with such a role needs rights that no policy of AWS for instances has.
					assert.Contains(t, []string{"ecs-tasks.amazonaws.com", "events.amazonaws.com", "lambda.amazonaws.com", "vpc-flow-logs.amazonaws.com"}, service, name)
					continue
				}
				asked++
				allowed(t, false, s.instance, pass(role.ARN, service))
			}
		}
		assert.Greater(t, asked, 8)
		allowed(t, true, s.instance, pass(s.execution.ARN, "ecs-tasks.amazonaws.com"))
		allowed(t, true, s.instance, pass(roleARN("Transcoder"), "mediaconvert.amazonaws.com")) // once it is granted
	})
}

func TestInstancesStartAndReportAsBefore(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, _ []site) {
		for _, environment := range s.environments() {
			allowed(t, true, s.instance, s.ofInstances(environment))
		}
		allowed(t, true, s.instance, pass(s.execution.ARN, "ecs-tasks.amazonaws.com"))
		allowed(t, true, s.instance, []request{
			{"s3:ListBucket", strings.TrimSuffix(bucket, "/"), nil},
			{"s3:GetObject", bucket + "resources/environments/e-abcdefghij/_runtime/manifest", nil},
			{"s3:GetObject", bucket + "resources/_runtime/_embedded_extensions/" + s.name + "/x", nil},
			{"s3:PutObject", bucket + "resources/environments/logs/publish/e-abcdefghij/i-0123456789abcdef0/x.gz", nil},
			{"s3:PutObject", bucket + "resources/environments/logs/deployments/e-abcdefghij/x", nil},
			{"s3:PutObject", bucket + "resources/environments/logs/deployments/e-abcdefghij/x", ofAccount("111122223333")},
			{"s3:PutObject", bucket + "resources/environments/logs/bundle/e-abcdefghij/i-0123456789abcdef0/x.zip", ofAccount("111122223333")},
			{"s3:GetObject", bucket + "resources/environments/e-abcdefghij/_runtime/versions/manifest_1772541522627", ofAccount("111122223333")},
			{"s3:GetObject", "arn:aws:s3:::elasticbeanstalk-platform-assets-eu-west-1/stalks/eb_ecs/x.rpm", nil},
			{"s3:GetObject", "arn:aws:s3:::elasticbeanstalk-env-resources-eu-west-1/x", ofAccount("999900009999")},
			{"s3:PutObject", "arn:aws:s3:::uploads-of-a-partner/x.png", ofAccount("999900009999")},
			{"s3:PutObject", "arn:aws:s3:::uploads/x.png", nil}, // once a bucket of the user's is granted
			{"ecs:DiscoverPollEndpoint", "*", nil},
			{"ecs:RegisterTaskDefinition", "*", nil},
			{"cloudformation:SignalResource", arn("cloudformation", "stack/awseb-e-abcdefghij-stack/x"), nil},
			{"elasticbeanstalk:PutInstanceStatistics", arn("elasticbeanstalk", "application/"+s.name), nil},
			{"xray:PutTraceSegments", "*", nil},
			{"secretsmanager:GetSecretValue", arn("secretsmanager", "secret:x"), nil},
			{"ecr:BatchGetImage", arn("ecr", "repository/x"), nil},
		})
	})
}

// Releases, managed updates and rollbacks of every method call these. A call whose tags are not known must
// pass too: AWS does not document which things have them.
func TestReleasesByEveryMethodAreNotDenied(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, _ []site) {
		untagged := s.changes()
		for i := range untagged {
			untagged[i].context = nil
		}
		others := []request{
			{"elasticbeanstalk:CreateStorageLocation", "*", nil},
			{"elasticbeanstalk:DescribeEnvironments", "*", nil},
			{"elasticbeanstalk:DescribeEvents", arn("elasticbeanstalk", "environment/"+s.name+"/"+s.name), nil},
			{"elasticbeanstalk:CreateApplicationVersion", arn("elasticbeanstalk", "application/"+s.name), nil},
			{"elasticbeanstalk:ValidateConfigurationSettings", arn("elasticbeanstalk", "environment/"+s.name+"/"+s.name), nil},
			{"s3:PutObject", bucket + "resources/environments/e-abcdefghij/_runtime/manifest", nil},
			{"s3:GetObject", "arn:aws:s3:::elasticbeanstalk-env-resources-eu-west-1/x", nil},
			{"s3:GetObject", "arn:aws:s3:::shop-delivery-pipelineartifacts/x/Bundle_x/y", nil},
			{"cloudformation:CreateStack", arn("cloudformation", "stack/awseb-e-abcdefghij-immutable-stack/*"), nil},
			{"cloudformation:DescribeStacks", arn("cloudformation", "stack/awseb-e-abcdefghij-stack/x"), nil},
			{"ec2:RunInstances", arn("ec2", "instance/*"), nil},
			{"ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-0123456789abcdef0", nil},
			{"ec2:CreateLaunchTemplate", arn("ec2", "launch-template/*"), nil},
			{"ec2:CreateSecurityGroup", arn("ec2", "security-group/*"), nil},
			{"autoscaling:DescribeAutoScalingGroups", "*", nil},
			{"autoscaling:CreateAutoScalingGroup", arn("autoscaling", "autoScalingGroup:x:autoScalingGroupName/awseb-e-abcdefghij-stack"), nil},
			{"elasticloadbalancing:DescribeTargetHealth", "*", nil},
			{"elasticloadbalancing:DeregisterTargets", arn("elasticloadbalancing", "targetgroup/awseb-x/y"), nil},
			{"ecs:RegisterTaskDefinition", "*", nil},
			{"ecs:CreateCluster", "*", nil},
			{"iam:CreateServiceLinkedRole", roleARN("aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"), nil},
			{"iam:GetRole", s.instance.ARN, nil},
			{"rds:DescribeDBInstances", "*", nil},
			{"logs:PutRetentionPolicy", arn("logs", "log-group:/aws/elasticbeanstalk/"+s.name+"/x"), nil},
			{"sns:GetTopicAttributes", arn("sns", "ElasticBeanstalkNotifications-"+s.name), nil},
		}
		for _, acting := range []constructstest.Role{s.release, s.service} {
			allowed(t, true, acting, slices.Concat(s.changes(), untagged, others))
			allowed(t, true, acting, pass(s.instance.ARN, "ec2.amazonaws.com"))
			allowed(t, true, acting, pass(s.instance.ARN, "autoscaling.amazonaws.com"))
			allowed(t, true, acting, pass(s.service.ARN, "elasticbeanstalk.amazonaws.com"))
			allowed(t, true, acting, pass(s.execution.ARN, "ecs-tasks.amazonaws.com"))
		}
		// A managed update, and the lifecycle of versions.
		tag := with(s.tag(s.name), "elasticbeanstalk:InApplication", arn("elasticbeanstalk", "application/"+s.name))
		allowed(t, true, s.service, []request{
			{"elasticbeanstalk:ApplyEnvironmentManagedAction", arn("elasticbeanstalk", "environment/"+s.name+"/"+s.name), tag},
			{"elasticbeanstalk:UpdateEnvironment", arn("elasticbeanstalk", "environment/"+s.name+"/"+s.name), tag},
			{"elasticbeanstalk:DeleteApplicationVersion", arn("elasticbeanstalk", "applicationversion/"+s.name+"/v1"), nil},
			{"s3:DeleteObject", bucket + s.name + "/v1.zip", nil},
			{"sns:Publish", arn("sns", "ElasticBeanstalkNotifications-"+s.name), nil},
		})
	})
}

func TestOneEnvironmentHasNoSiblings(t *testing.T) {
	web := standard.Stacks["zero-downtime-showcase-web"]
	assert.Empty(t, web.Of("AWS::IAM::ManagedPolicy"))
	for name, template := range standard.Stacks {
		assert.NotContains(t, string(template.Text), "NotOthers", name)
	}
}

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
