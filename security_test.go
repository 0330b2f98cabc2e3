package main

import (
	"fmt"
	"maps"
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
// two with one name that begins with the other, and one environment for each method.
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
