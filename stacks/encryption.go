package stacks

import (
	"cmp"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

// encryptionKey is the customer managed key of cfg in stack, nil where AWS's own keys serve.
func encryptionKey(stack awscdk.Stack, cfg config.Config) awskms.IKey {
	if cfg.KmsKeyArn == "" {
		return nil
	}
	return awskms.Key_FromKeyArn(stack, new("EncryptionKey"), &cfg.KmsKeyArn)
}

// keepKey makes CloudFormation refuse, before it touches anything, an update of stack with another key than
// the stack was created with: it would replace what a key encrypts for life. The parameter remembers, because
// a deployment keeps the values of parameters that are there already (CDK CLI, --previous-parameters), and
// a rule is checked before every change (CloudFormation User Guide, "Rules").
func keepKey(stack awscdk.Stack, cfg config.Config, replaced string) {
	key := cmp.Or(cfg.KmsKeyArn, "none")
	created := awscdk.NewCfnParameter(stack, new("CreatedWithKmsKey"), &awscdk.CfnParameterProps{
		Default:     &key,
		Description: new("The kmsKeyArn of the first deployment; never set it by hand"),
	})
	awscdk.NewCfnRule(stack, new("KmsKeyStays"), &awscdk.CfnRuleProps{Assertions: &[]*awscdk.CfnRuleAssertion{{
		Assert: awscdk.Fn_ConditionEquals(created.ValueAsString(), key),
		AssertDescription: new(fmt.Sprintf("kmsKeyArn differs from that of the first deployment, and CloudFormation would replace %s; "+
			"restore it, or see docs/encryption.md", replaced)),
	}}})
}
