package constructs

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
)

// consoles are the host names of the AWS Management Console outside the partition aws, from the pages
// "Endpoints" of the partitions' own documentation. A link is not worth a failed deployment, so a
// partition that is not listed gets the common host name.
var consoles = []struct{ partition, host string }{
	{"aws-cn", "console.amazonaws.cn"},
	{"aws-us-gov", "console.amazonaws-us-gov.com"},
	{"aws-eusc", "console.amazonaws-eusc.eu"},
}

// consoleHost is the host name of the AWS Management Console in the stack of scope, without the
// region. Where the partition is known only to CloudFormation, conditions decide.
func consoleHost(scope constructs.Construct) *string {
	stack := awscdk.Stack_Of(scope)
	partition := stack.Partition()
	known := !*awscdk.Token_IsUnresolved(partition)
	host := new("console.aws.amazon.com")
	for _, c := range consoles {
		switch {
		case !known:
			host = awscdk.Token_AsString(awscdk.Fn_ConditionIf(partitionCondition(stack, c.partition).LogicalId(), &c.host, host), nil)
		case *partition == c.partition:
			host = &c.host
		}
	}
	return host
}

// partitionCondition is one condition for a whole stack.
func partitionCondition(stack awscdk.Stack, partition string) awscdk.CfnCondition {
	id := "Is" + strings.ToUpper(strings.ReplaceAll(partition, "-", ""))
	if made := stack.Node().TryFindChild(&id); made != nil {
		return made.(awscdk.CfnCondition)
	}
	return awscdk.NewCfnCondition(stack, &id, &awscdk.CfnConditionProps{
		Expression: awscdk.Fn_ConditionEquals(stack.Partition(), partition),
	})
}

// consoleURL is the address of a page of the console in the region of scope's stack.
func consoleURL(scope constructs.Construct, path ...*string) *string {
	begin := []*string{new("https://"), awscdk.Stack_Of(scope).Region(), new("."), consoleHost(scope)}
	return awscdk.Fn_Join(new(""), new(append(begin, path...)))
}
