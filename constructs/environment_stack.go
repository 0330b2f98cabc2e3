package constructs

import (
	"regexp"

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

func newBeanstalkEnvironment(self constructs.Construct, id string, application, name *string, options []option) *beanstalkEnvironment {
	stack := awscdk.NewNestedStack(self, &id, &awscdk.NestedStackProps{
		Description: new("Elastic Beanstalk environment " + *name),
	})
	e := &beanstalkEnvironment{stack: stack}
	e.resource = awselasticbeanstalk.NewCfnEnvironment(stack, new("Environment"), &awselasticbeanstalk.CfnEnvironmentProps{
		ApplicationName: application,
		EnvironmentName: name,
		OptionSettings:  optionSettings(e.known(options)),
	})
	return e
}

var notAlphanumeric = regexp.MustCompile(`[^A-Za-z0-9]`)

// known replaces what only CloudFormation knows by parameters of the nested stack. The parent stack
// evaluates them in each of its updates, while it leaves a nested stack alone whose template and
// parameters are the same (CloudFormation User Guide, "Nested stacks").
func (e *beanstalkEnvironment) known(options []option) []option {
	all := make([]option, len(options))
	for i, o := range options {
		all[i] = o
		if *awscdk.Token_IsUnresolved(o.value) {
			name := notAlphanumeric.ReplaceAllString(o.namespace+o.name, "")
			for e.stack.Node().TryFindChild(&name) != nil { // as of the variables A_B and AB
				name += "x"
			}
			all[i].value = e.parameter(name, o.value, nil).ValueAsString()
		}
	}
	return all
}

func (e *beanstalkEnvironment) parameter(name string, value, description *string) awscdk.CfnParameter {
	e.stack.SetParameter(&name, value)
	return awscdk.NewCfnParameter(e.stack, &name, &awscdk.CfnParameterProps{Description: description})
}

// createWith takes platform and version from the attributes of a DeployedState, as long as these name
// any.
func (e *beanstalkEnvironment) createWith(state awscdk.CustomResource) {
	attribute := func(name string) *string {
		return e.parameter(name, state.GetAttString(&name), new(deployedstate.Keep+" once the environment exists")).ValueAsString()
	}
	platform, version := attribute(deployedstate.AttributePlatformArn), attribute(deployedstate.AttributeVersionLabel)
	isNew := awscdk.NewCfnCondition(e.stack, new("IsNew"), &awscdk.CfnConditionProps{
		Expression: awscdk.Fn_ConditionNot(awscdk.Fn_ConditionEquals(version, deployedstate.Keep)),
	})
	onCreation := func(value *string) *string {
		return awscdk.Token_AsString(awscdk.Fn_ConditionIf(isNew.LogicalId(), value, awscdk.Aws_NO_VALUE()), nil)
	}
	e.resource.SetPlatformArn(onCreation(platform))
	e.resource.SetVersionLabel(onCreation(version))
}
