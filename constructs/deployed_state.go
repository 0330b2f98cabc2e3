package constructs

import (
	"fmt"
	"maps"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

// DeployedState is the custom resource that decides which platform and application version an
// environment is created with, and that no later update names either: docs/adr/0001 says why.
type DeployedState struct {
	// Function responds to CloudFormation.
	Function awslambda.Function
	// Resource has the attributes PlatformArn and VersionLabel.
	Resource awscdk.CustomResource
	// Standby is the same for the second environment of BlueGreen. Nil with every other method.
	Standby awscdk.CustomResource

	self     constructs.Construct
	settings *[]*string
}

// newDeployedState defines the function, and what each resource that it answers for is given.
func newDeployedState(scope constructs.Construct, options []option, props EnvironmentProps) *DeployedState {
	self := constructs.NewConstruct(scope, new("DeployedState"))
	logs := newLogGroup(self, "Logs", logSettings{props.LogRetentionDays, props.Disposable, props.logKey()})
	role := newFunctionRole(self, props)
	logs.GrantWrite(role)
	code, remove := writeAsset("deployed-state", deployedstate.Source())
	defer remove()
	function := awslambda.NewFunction(self, new("Function"), &awslambda.FunctionProps{
		Description:  new("Finds out what " + props.Name + " runs"),
		Runtime:      awslambda.Runtime_NODEJS_24_X(),
		Architecture: awslambda.Architecture_ARM_64(),
		Code:         awslambda.Code_FromAsset(&code, nil),
		Handler:      new(deployedstate.Entry),
		Timeout:      awscdk.Duration_Seconds(new(deployedstate.Timeout.Seconds())),
		MemorySize:   jsii.Number(256),
		Role:         role,
		LogGroup:     logs,
	})

	// CloudFormation calls the function only when one of its properties changes, and it has to be
	// called before any change of the environment: so the function is given all that can change. The
	// values themselves, not a hash of them, for a value may be known to CloudFormation only.
	settings := make([]*string, len(options))
	for i, o := range options {
		settings[i] = new(fmt.Sprintf("%s:%s=%s", o.namespace, o.name, *o.value))
	}
	return &DeployedState{Function: function, self: self, settings: &settings}
}

// createdWith defines the resource that decides what the environment is created with. Properties
// come beside those that it always needs.
func (d *DeployedState) createdWith(id string, environment *beanstalkEnvironment, execution awsiam.Role, properties map[string]any) awscdk.CustomResource {
	maps.Copy(properties, map[string]any{
		deployedstate.PropertyApplicationName:  environment.resource.ApplicationName(),
		deployedstate.PropertyEnvironmentName:  environment.resource.EnvironmentName(),
		deployedstate.PropertyPlatformBranch:   deployedstate.PlatformBranch,
		deployedstate.PropertyExecutionRoleArn: execution.RoleArn(),
		deployedstate.PropertyTags:             environment.resource.Tags().RenderedTags(),
	})
	resource := d.resource(id, deployedstate.ResourceTypeDeployedState, properties)
	environment.createWith(resource)
	return resource
}

// resource defines a resource that the function answers for whenever a setting changes.
func (d *DeployedState) resource(id, kind string, properties map[string]any) awscdk.CustomResource {
	properties[deployedstate.PropertySettings] = d.settings
	return awscdk.NewCustomResource(d.self, &id, &awscdk.CustomResourceProps{
		ServiceToken: d.Function.FunctionArn(),
		ResourceType: &kind,
		// A little more than the function has, or CloudFormation would wait for an hour.
		ServiceTimeout: awscdk.Duration_Seconds(new(deployedstate.Timeout.Seconds() + 60)),
		Properties:     &properties,
	})
}

func newFunctionRole(self constructs.Construct, props EnvironmentProps) awsiam.Role {
	role := awsiam.NewRole(self, new("Role"), &awsiam.RoleProps{
		Description: new("Finds out what " + props.Name + " runs"),
		AssumedBy:   awsiam.NewServicePrincipal(new("lambda.amazonaws.com"), nil),
	})
	stack := awscdk.Stack_Of(self)
	for _, s := range deployedstate.Statements(deployedstate.Scope{
		Partition: *stack.Partition(), Region: *stack.Region(), Account: *stack.Account(), Application: props.Name,
		Stack: *stack.StackId(),
	}) {
		role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: &s.Sid, Actions: jsii.Strings(s.Actions...), Resources: jsii.Strings(s.Resources...),
		}))
	}
	return role
}
