package stacks

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// fix makes CloudFormation refuse, before it touches anything, an update of stack with another value of a
// setting than the stack was created with, because it would replace what is named in replaced. A parameter
// keeps the first value, that of the first deployment which has the parameter: the CDK CLI passes a new default only for a parameter that the stack does not have
// (--previous-parameters). A rule compares the value of the configuration with it (CloudFormation Template
// Reference, "Rule functions": "All validations occur before CloudFormation creates or updates any resources").
func fix(stack awscdk.Stack, name, setting, value, replaced string) {
	id := "CreatedWith" + name
	created := awscdk.NewCfnParameter(stack, &id, &awscdk.CfnParameterProps{
		Default:     &value,
		Description: new("The " + setting + " of the first deployment; leave it as it is"),
	})
	awscdk.NewCfnRule(stack, new(name+"Stays"), &awscdk.CfnRuleProps{Assertions: &[]*awscdk.CfnRuleAssertion{{
		Assert: awscdk.Fn_ConditionEquals(created.ValueAsString(), value),
		AssertDescription: new(fmt.Sprintf("%s: another one than at the first deployment would replace %s; restore the value of the parameter %s",
			setting, replaced, id)),
	}}})
}
