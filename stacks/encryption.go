package stacks

import (
	"cmp"

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

// fixKey fixes the key of a stack with something that takes a key only when it is created.
func fixKey(stack awscdk.Stack, cfg config.Config, replaced string) {
	fix(stack, "KmsKey", "kmsKeyArn", cmp.Or(cfg.KmsKeyArn, "none"), replaced)
}
