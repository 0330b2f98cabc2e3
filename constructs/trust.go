package constructs

import (
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
)

// deputies are the services that may assume a role only for a resource of the role's account: AWS
// recommends it (IAM User Guide, "Cross-service confused deputy prevention"; CodeBuild User Guide, "Allow
// CodeBuild to interact with other AWS services"; ECS Developer Guide, "Amazon ECS task IAM role"; VPC User
// Guide, "IAM role for publishing flow logs to CloudWatch Logs").
//
// Not among them: ec2 and lambda, whose guides do not recommend it, and elasticbeanstalk, whose guide has an
// external ID for it.
var deputies = []string{
	"codebuild.amazonaws.com", "codepipeline.amazonaws.com", "ecs-tasks.amazonaws.com", "events.amazonaws.com",
	"vpc-flow-logs.amazonaws.com",
}

// trustOwnAccount adds the account to the trust policy of every role in scope that a deputy assumes, also of
// roles that CDK made. A service that does not say which account it acts for is still trusted: whether all
// of them always do is not documented, and a role that nobody can assume stops the first deployment.
func trustOwnAccount(scope constructs.Construct) {
	stack := awscdk.Stack_Of(scope)
	for _, child := range *scope.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		role, isRole := child.(awsiam.CfnRole)
		if !isRole {
			continue
		}
		document, _ := stack.Resolve(role.AssumeRolePolicyDocument()).(map[string]any)
		statements, _ := document["Statement"].([]any)
		for i, statement := range statements {
			if slices.Contains(deputies, service(statement)) {
				role.AddPropertyOverride(new(fmt.Sprintf("AssumeRolePolicyDocument.Statement.%d.Condition", i)), map[string]any{
					"StringEqualsIfExists": map[string]any{"aws:SourceAccount": stack.Account()},
				})
			}
		}
	}
}

// service is the service that a statement of a trust policy is for.
func service(statement any) string {
	s, _ := statement.(map[string]any)
	principal, _ := s["Principal"].(map[string]any)
	name, _ := principal["Service"].(string)
	return name
}
