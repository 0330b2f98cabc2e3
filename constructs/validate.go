package constructs

import (
	"errors"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// validator is any Props that can judge itself.
type validator interface{ Validate() error }

// mustBeValid panics with the path of the construct and every problem of its props.
func mustBeValid(scope constructs.Construct, id string, props validator) {
	if err := props.Validate(); err != nil {
		panic(fmt.Errorf("%s/%s cannot be made so:\n%w", *scope.Node().Path(), id, err))
	}
}

// named puts the name of a field before what is wrong with it; nil stays nil.
func named(field string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", field, err)
}

// required reports a field without which the construct makes no sense.
func required(field string, missing bool) error {
	if !missing {
		return nil
	}
	return errors.New(field + " is required")
}

// homeOf is the account and region of the stack that scope belongs to, where they are not left to the CLI.
func homeOf(scope constructs.Construct) limits.Home {
	concrete := func(value *string) string {
		if *awscdk.Token_IsUnresolved(value) {
			return ""
		}
		return *value
	}
	stack := awscdk.Stack_Of(scope)
	return limits.Home{Account: concrete(stack.Account()), Region: concrete(stack.Region())}
}

// warn adds a message that the CDK CLI prints at every synth, also when nothing has changed: for a
// protection that is switched off, and for a value that AWS may refuse.
func warn(self constructs.Construct, id, message string) {
	awscdk.Annotations_Of(self).AddWarningV2(new("zero-downtime-beanstalk:"+id), &message)
}

// warnOfDisposal adds a warning about what is deleted with the stack, with the reason.
func warnOfDisposal(self constructs.Construct, what, reason string) {
	if reason != "" {
		warn(self, "disposable", what+" (allowed: "+reason+")")
	}
}

// removalOf keeps what must outlive its stack, unless there is a reason to let it go. It does not
// outlive its own creation: what a failed first deployment left behind would be in the way of the
// next.
func removalOf(disposable string) awscdk.RemovalPolicy {
	if disposable != "" {
		return awscdk.RemovalPolicy_DESTROY
	}
	return awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
}
