package constructs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
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

// policyProblems reports what package rollout refuses in a field Policy, in the names of its fields.
func policyProblems(policy rollout.Policy) error {
	var refused rollout.Problems
	errors.As(policy.Validate(), &refused)
	var problems []error
	for _, problem := range refused {
		problems = append(problems, fmt.Errorf("Policy.%s: %s: %s; %s", problem.Field, problem.Rule, problem.Message, problem.Advice(fieldWords)))
	}
	return errors.Join(problems...)
}

// fieldWords are the words for a change of a policy in Go.
func fieldWords(change rollout.Change) string {
	name := change.Field[strings.LastIndex(change.Field, ".")+1:]
	if text, order := change.Order(); order {
		return strings.ReplaceAll(text, strings.ToLower(name[:1])+name[1:], name)
	}
	switch {
	case change.Bare:
		return change.Text()
	case change.Field == "Method" || change.Field == "Health.Path" || change.Field == "Connections.Limit":
		return change.Words()
	}
	return change.Field + " " + change.Text()
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
	awscdk.Annotations_Of(self).AddWarningV2(new(warningPrefix+id), &message)
}

// warningPrefix begins the ID of each warning.
const warningPrefix = "zero-downtime-beanstalk:"

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
