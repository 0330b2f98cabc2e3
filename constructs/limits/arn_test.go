package limits_test

import (
	"testing"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestARNsOfOtherPlaces(t *testing.T) {
	t.Parallel()
	type home = limits.Home
	certificate := func(head string, at home) error {
		return limits.CertificateARN(head+":certificate/12345678-1234-1234-1234-123456789012", at)
	}
	managed := func(head string, at home) error { return limits.SecretVariable("X", head+":secret:x-AbCdEf", at) }
	key := func(head string, at home) error { return limits.KeyARN(head+":key/mrk-1234abcd", at) }
	parameter := func(head string, at home) error { return limits.SecretVariable("X", head+":parameter/a/b", at) }
	run(t, []check{
		{certificate("arn:aws:acm:eu-west-1:111122223333", home{}), ""},
		{certificate("arn:aws:acm:eu-west-1:111122223333", home{Account: "111122223333", Region: "eu-west-1"}), ""},
		{certificate("arn:aws:acm:eu-west-1:111122223333", home{Region: "us-east-1"}), "a certificate of eu-west-1 does not work in us-east-1; use one of us-east-1"},
		{certificate("arn:aws:acm:eu-west-1:111122223333", home{Account: "222233334444", Region: "us-east-1"}),
			"a certificate of eu-west-1 and account 111122223333 does not work in us-east-1 and account 222233334444; use one of us-east-1 and account 222233334444"},
		{certificate("arn:aws-us-gov:acm:eu-west-1:111122223333", home{}), "the ARN names the partition aws-us-gov, but the region eu-west-1 is in aws; copy the ARN from the certificate's page"},
		{certificate("arn:aws:acm:moon:111122223333", home{}), `"arn:aws:acm:moon:111122223333:certificate/12345678-1234-1234…" is not the ARN of an ACM certificate; use one such as arn:aws:acm:eu-west-1:111122223333:certificate/…`},
		{managed("arn:aws:secretsmanager:eu-west-1:111122223333", home{Region: "us-east-1"}), "a secret of eu-west-1 does not work in us-east-1; use one of us-east-1"},
		{managed("arn:aws-cn:secretsmanager:eu-west-1:111122223333", home{}), "the ARN names the partition aws-cn, but the region eu-west-1 is in aws; copy the ARN from the secret's page"},
		{managed("arn:aws:secretsmanager:cn-north-1:111122223333", home{}), "the ARN names the partition aws, but the region cn-north-1 is in aws-cn; copy the ARN from the secret's page"},
		{key("arn:aws:kms:eu-west-1:111122223333", home{Account: "111122223333", Region: "eu-west-1"}), ""},
		{key("arn:aws:kms:eu-west-1:111122223333", home{Account: "222233334444"}), "a key of account 111122223333 does not work in account 222233334444; use one of account 222233334444"},
		{key("arn:aws:kms:eu-west-1:111122223333", home{Region: "us-east-1"}), "a key of eu-west-1 does not work in us-east-1; use one of us-east-1"},
		{parameter("arn:aws:ssm:eu-west-1:111122223333", home{Account: "222233334444"}),
			"a parameter of account 111122223333 does not work in account 222233334444; use one of account 222233334444"},
	})
}

func TestEveryPartitionOfAWS(t *testing.T) {
	t.Parallel()
	var checks []check
	for region, partition := range map[string]string{
		"ap-southeast-7": "aws", "il-central-1": "aws", "cn-northwest-1": "aws-cn", "us-gov-east-1": "aws-us-gov", "us-iso-east-1": "aws-iso",
		"us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f", "eusc-de-east-1": "aws-eusc",
	} {
		checks = append(checks, check{limits.CertificateARN("arn:"+partition+":acm:"+region+":111122223333:certificate/x", limits.Home{}), ""})
	}
	run(t, checks)
}
