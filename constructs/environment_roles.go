package constructs

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// EnvironmentRoles are the IAM roles of an [Environment].
type EnvironmentRoles struct {
	// Instance is what the EC2 instances run as. Explicit denies keep it from passing roles, except that of
	// Execution, to EC2, ECS tasks, Elastic Beanstalk, CodeBuild and CodePipeline.
	Instance awsiam.Role
	// Execution is what the ECS agent acts as when it starts a container: it reads secrets and
	// pulls images.
	Execution awsiam.Role
	// Service is what Beanstalk itself acts as.
	Service awsiam.Role

	profile awsiam.InstanceProfile
}

func newEnvironmentRoles(self constructs.Construct, props EnvironmentProps) *EnvironmentRoles {
	roles := &EnvironmentRoles{
		Instance: awsiam.NewRole(self, new("InstanceRole"), &awsiam.RoleProps{
			Description:     new("EC2 instances of " + props.Name),
			AssumedBy:       awsiam.NewServicePrincipal(new("ec2.amazonaws.com"), nil),
			ManagedPolicies: managedPolicies("AWSElasticBeanstalkWebTier", "AWSElasticBeanstalkMulticontainerDocker"),
		}),
		Execution: awsiam.NewRole(self, new("ExecutionRole"), &awsiam.RoleProps{
			Description: new("ECS agent on the instances of " + props.Name),
			AssumedBy:   awsiam.NewServicePrincipal(new("ecs-tasks.amazonaws.com"), nil),
		}),
		// Developer Guide, "Managing Elastic Beanstalk service roles": the external ID keeps
		// Beanstalk from being talked into using the role of somebody else.
		Service: awsiam.NewRole(self, new("ServiceRole"), &awsiam.RoleProps{
			Description: new("Elastic Beanstalk for " + props.Name),
			AssumedBy:   awsiam.NewServicePrincipal(new("elasticbeanstalk.amazonaws.com"), nil),
			ExternalIds: jsii.Strings("elasticbeanstalk"),
			ManagedPolicies: managedPolicies("service-role/AWSElasticBeanstalkEnhancedHealth",
				"AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy"),
		}),
	}
	roles.profile = awsiam.NewInstanceProfile(self, new("InstanceProfile"), &awsiam.InstanceProfileProps{Role: roles.Instance})

	// Whoever registers the ECS task definition has to be allowed to pass its execution role: the
	// instance, by AWS's documentation, and Beanstalk itself in a managed update.
	GrantPassToECS(roles.Execution, roles.Instance)
	GrantPassToECS(roles.Execution, roles.Service)
	if props.Database != nil {
		for _, password := range []awssecretsmanager.Secret{props.Database.Password, props.Database.ApplicationPassword} {
			password.GrantRead(roles.Instance, nil)
			password.GrantRead(roles.Execution, nil)
		}
	}
	roles.grantSecrets(props.Secrets)
	roles.grantDecrypt(props)
	if props.Topic != nil {
		props.Topic.GrantPublish(roles.Service)
	}
	// A managed update passes the same roles as a release. Elastic Beanstalk passes none as this role
	// before: it creates the environment with the permissions of its caller.
	fence(roles.Service, append(handOverDenials(), passDenial(roles)))
	fence(roles.Instance, instanceDenials(props.Name, *awscdk.Stack_Of(self).Account(), *roles.Execution.RoleArn()))
	denySiblings(self, roles, props.Name, props.Siblings)
	return roles
}

// GrantPassToECS lets grantee hand role to ECS tasks and to nothing else.
func GrantPassToECS(role awsiam.IRole, grantee awsiam.IGrantable) {
	awsiam.Grant_AddToPrincipal(&awsiam.GrantOnPrincipalOptions{
		Grantee:      grantee,
		Actions:      jsii.Strings("iam:PassRole"),
		ResourceArns: &[]*string{role.RoleArn()},
		Conditions: &map[string]*map[string]any{
			"StringLike": {"iam:PassedToService": "ecs-tasks.amazonaws.com"},
		},
	})
}

// grantSecrets lets the host and the ECS agent read the secrets that the user named: both fetch
// the values (Developer Guide, "Configuring the Dockerrun.aws.json v2 file").
func (r *EnvironmentRoles) grantSecrets(secrets map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		arn := secrets[name]
		actions := jsii.Strings("secretsmanager:GetSecretValue")
		if strings.Contains(arn, ":ssm:") {
			actions = jsii.Strings("ssm:GetParameter", "ssm:GetParameters")
		}
		for _, role := range []awsiam.Role{r.Instance, r.Execution} {
			role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				Actions: actions, Resources: jsii.Strings(arn),
			}))
		}
	}
}

func managedPolicies(names ...string) *[]awsiam.IManagedPolicy {
	policies := make([]awsiam.IManagedPolicy, len(names))
	for i, name := range names {
		policies[i] = awsiam.ManagedPolicy_FromAwsManagedPolicyName(&name)
	}
	return &policies
}
