package constructs

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// Elastic Beanstalk deploys with its caller's permissions, and AWS documents no set smaller than its
// managed policies that is sure to be enough. So the roles keep these policies, and explicit denies take
// away what no release needs. Each deny below says why no release needs it. Two rules hold for all:
//   - A deny covers changes and never Describe, Get or List of configuration: Elastic Beanstalk leaves out
//     of its responses what the caller may not see, without an error.
//   - A deny that depends on a condition key does not apply where AWS does not send the key.

// denial is one deny, of resources or of all but some.
type denial struct {
	sid                                 string
	actions, resources, exceptResources []string
	conditions                          map[string]map[string][]string
}

func (d denial) statement() awsiam.PolicyStatement {
	props := &awsiam.PolicyStatementProps{
		Sid: &d.sid, Effect: awsiam.Effect_DENY, Actions: jsii.Strings(d.actions...),
	}
	if d.exceptResources != nil {
		props.NotResources = jsii.Strings(d.exceptResources...)
	} else {
		props.Resources = jsii.Strings(d.resources...)
	}
	if d.conditions != nil {
		conditions := map[string]any{}
		for operator, keys := range d.conditions {
			conditions[operator] = keys
		}
		props.Conditions = &conditions
	}
	return awsiam.NewPolicyStatement(props)
}

// everything are all resources.
var everything = []string{"*"}

func statementsOf(denials []denial) *[]awsiam.PolicyStatement {
	all := make([]awsiam.PolicyStatement, len(denials))
	for i, d := range denials {
		all[i] = d.statement()
	}
	return &all
}

// fence attaches denials to role. The policy is a child of the role: whatever waits for the role waits
// for its denies.
func fence(role awsiam.Role, denials []denial) {
	if len(denials) == 0 {
		return
	}
	awsiam.NewPolicy(role, new("Fence"), &awsiam.PolicyProps{
		Roles: &[]awsiam.IRole{role}, Statements: statementsOf(denials),
	})
}

// passDenial keeps a role from giving anybody more than its own environment has.
func passDenial(roles *EnvironmentRoles) denial {
	return denial{
		// A release passes the instance role (in the instance profile), the service role (options
		// ServiceRole and ServiceRoleForManagedUpdates, lifecycle of the application) and the task
		// execution role (Dockerrun.aws.json). The template sets each of these options, so no
		// default role is passed. AWS names no other role (Developer Guide, "Managing Elastic
		// Beanstalk instance profiles" and "… service roles"). Service-linked roles are excepted:
		// Auto Scaling takes one, and only its own service can assume it.
		sid:     "PassOwnRolesOnly",
		actions: []string{"iam:PassRole"},
		exceptResources: []string{
			*roles.Instance.RoleArn(), *roles.Execution.RoleArn(), *roles.Service.RoleArn(),
			"arn:*:iam::*:role/aws-service-role/*",
		},
	}
}

// handOverDenials are for every role that passes roles: denies of what no environment needs.
func handOverDenials() []denial {
	return []denial{
		{
			// None of the three roles trusts CloudFormation, so a release that passed one to it would
			// fail without this deny.
			sid:        "PassNothingToCloudFormation",
			actions:    []string{"iam:PassRole"},
			resources:  everything,
			conditions: map[string]map[string][]string{"StringEquals": {"iam:PassedToService": {"cloudformation.amazonaws.com"}}},
		},
		{
			// Elastic Beanstalk changes its stacks with its caller's permissions. It could give them no
			// role: none can be passed to CloudFormation.
			sid: "NoStackRole",
			actions: []string{
				"cloudformation:ContinueUpdateRollback", "cloudformation:CreateChangeSet", "cloudformation:CreateStack",
				"cloudformation:DeleteStack", "cloudformation:RollbackStack", "cloudformation:UpdateStack",
			},
			resources:  everything,
			conditions: map[string]map[string][]string{"Null": {"cloudformation:RoleArn": {"false"}}},
		},
		{
			// The database is not Elastic Beanstalk's: no option is of the namespace aws:rds:dbinstance.
			sid: "NoDatabases",
			actions: []string{
				"rds:AuthorizeDBSecurityGroupIngress", "rds:Create*", "rds:Delete*", "rds:Modify*", "rds:Restore*",
			},
			resources: everything,
		},
	}
}

// releaseDenials are for every role that releases, beside those of handOverDenials.
func releaseDenials() []denial {
	return []denial{
		{
			// The console and the EB CLI make default roles; UpdateEnvironment makes none (Developer
			// Guide, "Managing Elastic Beanstalk instance profiles"). Service-linked roles can be made.
			sid:       "NoRoles",
			actions:   []string{"iam:AddRoleToInstanceProfile", "iam:AttachRolePolicy", "iam:CreateInstanceProfile", "iam:CreateRole"},
			resources: everything,
		},
		{
			// A version comes from a bundle in S3. AWS's policy covers the EB CLI's versions too, which
			// come from CodeCommit and are built in CodeBuild (EB CLI, "Using AWS CodeBuild").
			sid:       "NoSources",
			actions:   []string{"codebuild:CreateProject", "codebuild:DeleteProject", "codebuild:StartBuild", "codecommit:*"},
			resources: everything,
		},
		{
			// Applications and environments are CloudFormation's. A release makes versions, and updates
			// and swaps environments.
			sid: "NoEnvironments",
			actions: []string{
				"elasticbeanstalk:AssociateEnvironmentOperationsRole", "elasticbeanstalk:ComposeEnvironments",
				"elasticbeanstalk:CreateApplication", "elasticbeanstalk:CreateEnvironment", "elasticbeanstalk:CreatePlatformVersion",
				"elasticbeanstalk:DeleteApplication", "elasticbeanstalk:DeletePlatformVersion",
				"elasticbeanstalk:DisassociateEnvironmentOperationsRole", "elasticbeanstalk:RebuildEnvironment",
				"elasticbeanstalk:TerminateEnvironment", "elasticbeanstalk:UpdateApplication",
				"elasticbeanstalk:UpdateApplicationResourceLifecycle",
			},
			resources: everything,
		},
		{
			// Elastic Beanstalk deletes log groups of an environment that is terminated (Developer
			// Guide, "General options", DeleteOnTerminate).
			sid:       "KeepLogs",
			actions:   []string{"logs:DeleteLogGroup"},
			resources: everything,
		},
	}
}

// ownDenials are for a role that releases to e, the only environment that it may change.
func ownDenials(e *Environment, siblings []string) []denial {
	all := []denial{
		passDenial(e.Roles),
		{
			// All that a release names is of one application. The value is that of the examples for
			// UpdateEnvironment, CreateApplicationVersion and others (Developer Guide, "Resources and
			// conditions for Elastic Beanstalk actions"). CreateStorageLocation does not have the key.
			sid: "OwnApplicationOnly",
			actions: []string{
				"elasticbeanstalk:Abort*", "elasticbeanstalk:Apply*", "elasticbeanstalk:Create*", "elasticbeanstalk:Delete*",
				"elasticbeanstalk:Restart*", "elasticbeanstalk:Swap*", "elasticbeanstalk:Update*",
			},
			resources: everything,
			conditions: map[string]map[string][]string{
				"Null":          {"elasticbeanstalk:InApplication": {"false"}},
				"StringNotLike": {"elasticbeanstalk:InApplication": {"*:application/" + e.Name}},
			},
		},
		{
			// All instances and security groups of the environment are in its VPC: the option VPCId. The
			// key is that of a subnet, a network interface or a security group (EC2 User Guide, "Example
			// policies", launching in a VPC).
			sid: "OwnNetworkOnly",
			actions: []string{
				"ec2:AuthorizeSecurityGroup*", "ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroup*", "ec2:RunInstances",
			},
			resources: everything,
			conditions: map[string]map[string][]string{
				"Null":       {"ec2:Vpc": {"false"}},
				"ArnNotLike": {"ec2:Vpc": {"arn:*:ec2:*:*:vpc/" + *e.vpc}},
			},
		},
	}
	if conditions := notOwn(e, siblings); conditions != nil {
		all = append(all, denial{sid: "OwnEnvironmentOnly", actions: changesOfEnvironments, resources: everything, conditions: conditions})
	}
	if len(siblings) > 0 {
		all = append(all, denial{sid: "NotOthersBundles", actions: []string{"s3:*"}, resources: bundleObjects(siblings)})
	}
	return all
}

// notOwn is the condition for what belongs to another environment than e. Elastic Beanstalk gives its environments,
// and what it makes for them, a tag with the environment's name, which nobody can edit (Developer Guide, "Tagging
// resources in your Elastic Beanstalk environments"). Calls that describe things of Auto Scaling and Elastic Load
// Balancing name none, so they have no tag.
//
// Which name the instances have that Immutable and TrafficSplitting launch beside the others is not documented. So
// longer names pass, and with these two methods all that do not begin like the names of siblings.
func notOwn(e *Environment, siblings []string) map[string]map[string][]string {
	conditions := map[string]map[string][]string{"StringNotLike": {environmentNameTag: {e.Name, e.Name + "-*"}}}
	switch method := e.Policy.Method; {
	case method != rollout.Immutable && method != rollout.TrafficSplitting:
		conditions["Null"] = map[string][]string{environmentNameTag: {"false"}}
	case len(siblings) == 0:
		return nil
	default:
		conditions["StringLike"] = map[string][]string{environmentNameTag: {commonPrefix(siblings) + "*"}}
	}
	return conditions
}

func commonPrefix(names []string) string {
	prefix := names[0]
	for _, name := range names {
		for !strings.HasPrefix(name, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix
}

// instanceDenials are for the instances of the environment called name in account, whose tasks start with the role
// execution.
func instanceDenials(name, account, execution string) []denial {
	// What the next instance runs. Bundles are written to the application's folder by those who register a
	// version. Below _runtime, in the folders of all environments, are the manifests that tell an instance
	// which version it runs, and Elastic Beanstalk's copies of bundles: public logs of eb-engine show that an
	// instance reads both. No manifest has an application in its key. Saved configurations are in
	// resources/templates (Developer Guide, "Setting configuration options before environment creation").
	//
	// Instances write logs, to resources/environments/logs (Developer Guide, "Using Elastic Beanstalk with Amazon
	// S3" and "Viewing deployment logs for an Elastic Beanstalk environment"). The policy that Elastic Beanstalk
	// gives its bucket allows instance profiles s3:PutObject on resources/environments/logs/* and no other write
	// (its statement eb-ad78f54a in many public copies), as did the policy of the guide's tutorial for ECS.
	bundles := []string{"arn:*:s3:::elasticbeanstalk-*/*_runtime/*", "arn:*:s3:::elasticbeanstalk-*/resources/templates/*"}
	if name != resourcesFolder {
		bundles = append(bundles, applicationFolder(name))
	}
	return []denial{
		{sid: "KeepBundles", actions: []string{"s3:Delete*", "s3:Put*"}, resources: bundles},
		{
			// Nor does an instance configure a bucket.
			sid: "KeepBucket",
			actions: []string{
				"s3:DeleteBucket*", "s3:PutBucket*", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:PutReplicationConfiguration",
			},
			resources: []string{"arn:*:s3:::elasticbeanstalk-*"},
		},
		{
			// Anybody can make a bucket with such a name. Instances read from AWS's own buckets of these names,
			// and write to that of the account only (Developer Guide, "Using endpoint policies to control access
			// with VPC endpoints").
			sid: "OwnAccountOnly", actions: []string{"s3:Put*"}, resources: []string{"arn:*:s3:::elasticbeanstalk-*"},
			conditions: map[string]map[string][]string{
				"Null":            {"aws:ResourceAccount": {"false"}},
				"StringNotEquals": {"aws:ResourceAccount": {account}},
			},
		},
		{
			// An instance passes its task execution role to ECS, and AWS's policies let it pass no other. The
			// services are those that the roles of environments and pipelines trust: an application may be
			// granted to pass roles to others.
			sid:             "PassExecutionRoleOnly",
			actions:         []string{"iam:PassRole"},
			exceptResources: []string{execution},
			conditions: map[string]map[string][]string{"StringEquals": {"iam:PassedToService": {
				"codebuild.amazonaws.com", "codepipeline.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "elasticbeanstalk.amazonaws.com",
			}}},
		},
	}
}

const environmentNameTag = "aws:ResourceTag/elasticbeanstalk:environment-name"

// changesOfEnvironments are what AWS's policies allow, apart from reading, on what Elastic Beanstalk makes
// for an environment and tags.
var changesOfEnvironments = []string{
	"autoscaling:*",
	"cloudformation:CancelUpdateStack", "cloudformation:ContinueUpdateRollback", "cloudformation:CreateStack",
	"cloudformation:DeleteStack", "cloudformation:SignalResource", "cloudformation:UpdateStack",
	"cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm",
	"ec2:AuthorizeSecurityGroup*", "ec2:CreateLaunchTemplateVersion", "ec2:CreateTags", "ec2:DeleteLaunchTemplate*",
	"ec2:DeleteSecurityGroup", "ec2:DeleteTags", "ec2:RebootInstances", "ec2:RevokeSecurityGroup*", "ec2:RunInstances",
	"ec2:TerminateInstances",
	"ecs:DeleteCluster",
	"elasticbeanstalk:Abort*", "elasticbeanstalk:AddTags", "elasticbeanstalk:Apply*", "elasticbeanstalk:Rebuild*",
	"elasticbeanstalk:RemoveTags", "elasticbeanstalk:Restart*", "elasticbeanstalk:Swap*", "elasticbeanstalk:Terminate*",
	"elasticbeanstalk:Update*",
	"elasticloadbalancing:*",
}
