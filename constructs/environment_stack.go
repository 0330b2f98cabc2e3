package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticbeanstalk"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

// beanstalkEnvironment is an Elastic Beanstalk environment in a nested stack of its own. There a
// condition can depend on what the parent stack learns while it is deployed, so the environment has a
// version label and a platform in its first template only: docs/adr/0001.
type beanstalkEnvironment struct {
	stack    awscdk.NestedStack
	resource awselasticbeanstalk.CfnEnvironment
}

func newBeanstalkEnvironment(self constructs.Construct, id string, props *awselasticbeanstalk.CfnEnvironmentProps) *beanstalkEnvironment {
	stack := awscdk.NewNestedStack(self, &id, &awscdk.NestedStackProps{
		Description: new("Elastic Beanstalk environment " + *props.EnvironmentName),
	})
	return &beanstalkEnvironment{stack, awselasticbeanstalk.NewCfnEnvironment(stack, new("Environment"), props)}
}

// createWith takes platform and version from the attributes of a DeployedState, as long as these name
// any.
func (e *beanstalkEnvironment) createWith(state awscdk.CustomResource) {
	attribute := func(name string) awscdk.CfnParameter {
		parameter := awscdk.NewCfnParameter(e.stack, &name, &awscdk.CfnParameterProps{
			Description: new(deployedstate.Keep + " once the environment exists"),
		})
		e.stack.SetParameter(&name, state.GetAttString(&name))
		return parameter
	}
	platform, version := attribute(deployedstate.AttributePlatformArn), attribute(deployedstate.AttributeVersionLabel)
	isNew := awscdk.NewCfnCondition(e.stack, new("IsNew"), &awscdk.CfnConditionProps{
		Expression: awscdk.Fn_ConditionNot(awscdk.Fn_ConditionEquals(version.ValueAsString(), deployedstate.Keep)),
	})
	onCreation := func(parameter awscdk.CfnParameter) *string {
		return awscdk.Token_AsString(awscdk.Fn_ConditionIf(isNew.LogicalId(), parameter.ValueAsString(), awscdk.Aws_NO_VALUE()), nil)
	}
	e.resource.SetPlatformArn(onCreation(platform))
	e.resource.SetVersionLabel(onCreation(version))
}
