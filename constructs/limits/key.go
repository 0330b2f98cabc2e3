package limits

import (
	"fmt"
	"regexp"
)

var (
	keyARN   = whole(arnForm("kms") + `key/[A-Za-z0-9-]+`)
	keyAlias = regexp.MustCompile(`^(arn:[^:]*:kms:[^:]*:[^:]*:)?(alias/[A-Za-z0-9/_-]+)$`)
)

// KeyARN checks the ARN of a customer managed KMS key of the account and region of the stacks. An alias is
// refused: IAM policies name keys by their ARN, and an alias may point to another key later (KMS Developer
// Guide, "Using aliases to control access to KMS keys").
func KeyARN(arn string, home Home) error {
	if m := keyARN.FindStringSubmatch(arn); m != nil {
		return home.admits("key", m)
	}
	if m := keyAlias.FindStringSubmatch(arn); m != nil {
		return fmt.Errorf("%s is an alias, which may point to another key later; use the ARN of its key, from `aws kms describe-key --key-id %s --query KeyMetadata.Arn`",
			Quote(arn), Short(m[2]))
	}
	return fmt.Errorf("%s is not the ARN of a KMS key; use one such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", Quote(arn))
}
