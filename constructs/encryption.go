package constructs

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// KeyStatement is a statement of the policy of a KMS key, in the form that IAM takes as JSON.
type KeyStatement struct {
	Sid, Effect string
	Principal   map[string]string
	Action      []string
	Resource    string
	Condition   map[string]map[string]string `json:",omitempty"`
}

// What uses a key without a role of the account, by the Sid of its statement in the key's policy.
const (
	keyForLogs   = "Logs"
	keyForAlarms = "Alarms"
	keyForRules  = "Rules"
)

// KeyPolicy is the policy that a key of the account needs to be the EncryptionKey of constructs in a
// region. IAM policies of the account decide about everything that has a role, as with every key by
// default; three services have none. The suffix ends the names of service principals: amazonaws.com.
func KeyPolicy(partition, region, account, suffix string) []KeyStatement {
	publish := []string{"kms:Decrypt", "kms:GenerateDataKey*"}
	return []KeyStatement{
		{Sid: "Account", Effect: "Allow", Resource: "*", Action: []string{"kms:*"},
			Principal: map[string]string{"AWS": "arn:" + partition + ":iam::" + account + ":root"}},
		// CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service".
		{Sid: keyForLogs, Effect: "Allow", Resource: "*",
			Principal: map[string]string{"Service": "logs." + region + "." + suffix},
			Action:    []string{"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"},
			Condition: map[string]map[string]string{"ArnLike": {
				"kms:EncryptionContext:aws:logs:arn": "arn:" + partition + ":logs:" + region + ":" + account + ":log-group:*",
			}}},
		// SNS Developer Guide, "Enable compatibility between event sources from AWS services and encrypted topics".
		{Sid: keyForAlarms, Effect: "Allow", Resource: "*", Action: publish,
			Principal: map[string]string{"Service": "cloudwatch.amazonaws.com"},
			Condition: map[string]map[string]string{"StringEquals": {"aws:SourceAccount": account}}},
		// Without a condition: the same page says that for EventBridge none of these is supported in a key's policy.
		{Sid: keyForRules, Effect: "Allow", Resource: "*", Action: publish,
			Principal: map[string]string{"Service": "events.amazonaws.com"}},
	}
}

// admit adds the statements of these Sids to the policy of a key that the app defines. The policy of a key
// that it only refers to is not its own; see [KeyPolicy].
func admit(scope constructs.Construct, key awskms.IKey, sids ...string) {
	stack := awscdk.Stack_Of(scope)
	for _, s := range KeyPolicy(*stack.Partition(), *stack.Region(), *stack.Account(), *stack.UrlSuffix()) {
		if !slices.Contains(sids, s.Sid) {
			continue
		}
		statement := map[string]any{"Sid": s.Sid, "Effect": s.Effect, "Principal": s.Principal, "Action": s.Action, "Resource": s.Resource}
		if s.Condition != nil {
			statement["Condition"] = s.Condition
		}
		key.AddToResourcePolicy(awsiam.PolicyStatement_FromJson(statement), new(true))
	}
}

// keyReference refers to key from self, nil for none. What CDK grants with it goes to roles only: in the
// key's own policy a role of a later stack would make the stacks depend on each other in a circle.
func keyReference(self constructs.Construct, key awskms.IKey) awskms.IKey {
	if key == nil {
		return nil
	}
	return awskms.Key_FromKeyArn(self, new("EncryptionKey"), key.KeyArn())
}

// grantDecrypt lets the host and the ECS agent decrypt with the keys of the password and of the other secrets,
// when they read a secret or a parameter and not otherwise (Elastic Beanstalk Developer Guide, "Required IAM
// permissions for Elastic Beanstalk to access secrets and parameters"; KMS Developer Guide, "kms:ViaService").
// CDK's own grant would go to the key's policy. The pattern admits the endings of all partitions.
func (r *EnvironmentRoles) grantDecrypt(props EnvironmentProps) {
	var keys []string
	if props.EncryptionKey != nil {
		keys = append(keys, *props.EncryptionKey.KeyArn())
	}
	if props.Database != nil && props.Database.key != nil && !slices.Contains(keys, *props.Database.key.KeyArn()) {
		keys = append(keys, *props.Database.key.KeyArn())
	}
	if len(keys) == 0 {
		return
	}
	for _, role := range []awsiam.Role{r.Instance, r.Execution} {
		region := *awscdk.Stack_Of(role).Region()
		role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings("kms:Decrypt"), Resources: jsii.Strings(keys...),
			Conditions: &map[string]any{"StringLike": map[string]any{
				"kms:ViaService": []string{"secretsmanager." + region + ".amazonaws.com*", "ssm." + region + ".amazonaws.com*"},
			}},
		}))
	}
}
