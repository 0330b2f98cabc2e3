package constructs

import (
	"fmt"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
)

// Names of roles are as CloudFormation makes them: whole, or with 25 and 24 characters of the stack's name and the logical ID.
func TestThePatternForRolesMatchesThoseOfTheStack(t *testing.T) {
	const long = "a-very-long-name-end-delivery"
	for _, c := range []struct {
		want                bool
		stack, role, reason string
	}{
		{true, "shop-delivery", "shop-delivery-PipelineRoleB27FAA37-1ABCDEFGHIJKL", "the whole name"},
		{true, "shop-delivery", "shop-delivery-PipelineSourceCodePipelineActionRole2429A-0v0Xm1BeP4R1", "a shorter logical ID"},
		{true, long, long[:25] + "-PipelineSourceCodePipeli-0v0Xm1BeP4R1", "both are shorter"},
		{false, "shop-delivery", "shop-delivery2-PipelineRoleB27FAA37-1ABCDEFGHIJKL", "another stack"},
		{false, "shop-delivery", "shop-staging-web-WebServiceRole-1ABCDEFGHIJKL", "a stack of the same service"},
		{false, long, "a-very-long-name-web-PipelineRoleB27FAA37-1ABCDEFGHIJKL", "a service whose name begins alike"},
	} {
		const role = "arn:aws:iam::111122223333:role/"
		got, err := constructstest.Policies{{Actions: []string{"*"}, Resources: []string{role + rolesPattern(c.stack)}}}.Allows("iam:PassRole", role+c.role, nil)
		require.NoError(t, err)
		assert.Equal(t, c.want, got, "%s: %s", c.reason, c.role)
	}

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, new("Outer"), &awscdk.StackProps{Env: &awscdk.Environment{Account: new("111122223333"), Region: new("eu-west-1")}})
	nested := awscdk.NewNestedStack(awscdk.NewNestedStack(stack, new("Nested"), nil), new("Deeper"), nil)
	for _, one := range []awscdk.Stack{stack, nested} {
		assert.Contains(t, fmt.Sprint(one.Resolve(rolesOfStack(one))), "role/Outer-*", "the name of a nested stack begins with that of its parent")
	}
}
