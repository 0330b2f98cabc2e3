package limits_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// check is one call of a check and what it has to say; nothing means that the value is accepted.
type check struct {
	err  error
	want string
}

func run(t *testing.T, checks []check) {
	t.Helper()
	for _, c := range checks {
		t.Run(c.want, func(t *testing.T) {
			t.Parallel()
			if c.want == "" {
				assert.NoError(t, c.err)
				return
			}
			require.EqualError(t, c.err, c.want)
			assert.Contains(t, c.want, "; ", "a message ends with what to do")
			assert.NotContains(t, c.want, "\n")
		})
	}
}

func cidr(block string) error { return limits.CIDR(netip.MustParsePrefix(block)) }

func TestNetwork(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{cidr("10.0.0.0/16"), ""},
		{cidr("10.0.0.0/23"), ""},
		{cidr("172.16.0.0/16"), ""},
		{cidr("172.31.254.0/23"), ""},
		{cidr("192.168.0.0/16"), ""},
		{cidr("100.64.0.0/16"), ""},
		{limits.CIDR(netip.Prefix{}), "the address block is missing; use one such as 10.0.0.0/16"},
		{cidr("fd00::/56"), "fd00::/56 is not an IPv4 block; use one such as 10.0.0.0/16"},
		{cidr("10.0.0.0/8"), "10.0.0.0/8 is not a /16 to /23 block; use 10.0.0.0/16"},
		{cidr("10.1.2.128/25"), "10.1.2.128/25 is not a /16 to /23 block; use 10.1.2.0/23"},
		{cidr("10.0.1.0/24"), "10.0.1.0/24 is not a /16 to /23 block; use 10.0.0.0/23"},
		{cidr("10.0.5.0/16"), "10.0.5.0/16 begins in the middle of its block; use 10.0.0.0/16"},
		{cidr("8.8.0.0/16"), "8.8.0.0/16 is a public range, so its owner's servers could not be reached from the network; " +
			"use a block in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10"},
		{cidr("172.17.0.0/16"), "172.17.0.0/16 overlaps 172.17.0.0/16, Docker's own network on every instance; use one such as 10.0.0.0/16"},
		{cidr("172.17.2.0/23"), "172.17.2.0/23 overlaps 172.17.0.0/16, Docker's own network on every instance; use one such as 10.0.0.0/16"},
		{limits.NAT(limits.NATPerZone), ""},
		{limits.NAT("some"), `"some" is not one of the ways to the internet; use one of none, shared, per-zone`},
		{limits.Zones(2), ""},
		{limits.Zones(3), ""},
		{limits.Zones(1), "1 is not a number of availability zones that is supported; use 2 or 3"},
		{limits.Zones(6), "6 is not a number of availability zones that is supported; use 2 or 3"},
	})
}

func TestSubnetsOfAllTiersFitTheBlock(t *testing.T) {
	t.Parallel()
	for bits := 16; bits <= 23; bits++ {
		mask := limits.SubnetMask(netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), bits))
		assert.GreaterOrEqual(t, 1<<(mask-bits), 3*limits.MaxZones)
		assert.Less(t, 1<<(mask-bits-1), 3*limits.MaxZones, "no smaller subnets than needed")
		assert.LessOrEqual(t, mask, 27, "a load balancer fits into a subnet")
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	checks := []check{
		{limits.AccountID("111122223333"), ""},
		{limits.AccountID("1111-2222-3333"), `"1111-2222-3333" is not twelve digits; use 111122223333`},
		{limits.AccountID("11112222333"), "\"11112222333\" is not twelve digits; use what `aws sts get-caller-identity` shows as Account, in quotes"},
		{limits.Region("EU-West-1"), `"EU-West-1" is not a region's name; use eu-west-1`},
		{limits.Region("eu-west-1a"), `"eu-west-1a" is an availability zone; use its region eu-west-1`},
		{limits.Region("Ireland"), `"Ireland" is not a region's name; use one such as eu-west-1`},
		{limits.Region("europe"), `"europe" is not a region's name; use one such as eu-west-1`},
		{limits.Region(""), `"" is not a region's name; use one such as eu-west-1`},
	}
	for _, region := range []string{"eu-west-1", "us-gov-west-1", "us-iso-east-1", "eu-isoe-west-1", "ap-southeast-2", "mx-central-1", "eusc-de-east-1", "cn-northwest-1"} {
		checks = append(checks, check{limits.Region(region), ""})
	}
	run(t, checks)
}

func TestOperations(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{limits.LogRetentionDays(30), ""},
		{limits.LogRetentionDays(3653), ""},
		{limits.LogRetentionDays(0), "0 days is not a retention that CloudWatch Logs offers; use 1"},
		{limits.LogRetentionDays(31), "31 days is not a retention that CloudWatch Logs offers; use 60"},
		{limits.LogRetentionDays(9999), "9999 days is not a retention that CloudWatch Logs offers; use 3653"},
		{limits.UpdateWindow("Sun:03:00"), ""},
		{limits.UpdateWindow("Wed:23:59"), ""},
		{limits.UpdateWindow("sunday 3:00 UTC"), `"sunday 3:00 UTC" is not a day and a time in UTC; use Sun:03:00`},
		{limits.UpdateWindow("SUN:03:00"), `"SUN:03:00" is not a day and a time in UTC; use Sun:03:00`},
		{limits.UpdateWindow("Sun:24:00"), `"Sun:24:00" is not a day and a time in UTC; use one such as Sun:03:00`},
		{limits.UpdateWindow(""), `"" is not a day and a time in UTC; use one such as Sun:03:00`},
		{limits.UpdateLevel("patch"), ""},
		{limits.UpdateLevel("minor"), ""},
		{limits.UpdateLevel("major"), `"major" is not a level of updates that Beanstalk applies by itself; use patch or minor`},
		{limits.Email("ops@example.com"), ""},
		{limits.Email("ops"), `"ops" is not an e-mail address; use one such as ops@example.com`},
		{limits.Email("\"o\\\nps\"@example.com"), `"\"o\\\nps\"@example.com" is not an e-mail address; use one such as ops@example.com`},
		{limits.Email("ops@localhost"), `"ops@localhost" is not an e-mail address; use one such as ops@example.com`},
		{limits.Email("Ops <ops@example.com>"), `"Ops <ops@example.com>" is more than an e-mail address; use ops@example.com`},
		{limits.CertificateARN("example.com", limits.Home{}), `"example.com" is not the ARN of an ACM certificate; use one such as arn:aws:acm:eu-west-1:111122223333:certificate/…`},
		{limits.CertificateARN("arn:aws:iam::111122223333:server-certificate/old", limits.Home{}),
			`"arn:aws:iam::111122223333:server-certificate/old" is a certificate in IAM; use one in ACM, which renews it`},
		{limits.KeyARN("arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", limits.Home{}), ""},
		{limits.KeyARN("alias/shop", limits.Home{}), `"alias/shop" is an alias, which may point to another key later; use the ARN of its key, ` +
			"from `aws kms describe-key --key-id alias/shop --query KeyMetadata.Arn`"},
		{limits.KeyARN("arn:aws:kms:eu-west-1:111122223333:alias/shop/data", limits.Home{}), `"arn:aws:kms:eu-west-1:111122223333:alias/shop/data" is an alias, which may point to another key later; ` +
			"use the ARN of its key, from `aws kms describe-key --key-id alias/shop/data --query KeyMetadata.Arn`"},
		{limits.KeyARN("1234abcd-12ab-34cd-56ef-1234567890ab", limits.Home{}), `"1234abcd-12ab-34cd-56ef-1234567890ab" is not the ARN of a KMS key; ` +
			"use one such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	checks := []check{
		{limits.ServiceName("zero-downtime"), ""},
		{limits.ServiceName("a1"), ""},
		{limits.ServiceName("My Shop"), `"My Shop" is not 2 to 20 lower-case letters, digits and single hyphens that begin with a letter; use my-shop`},
		{limits.ServiceName("a--b-"), `"a--b-" is not 2 to 20 lower-case letters, digits and single hyphens that begin with a letter; use a-b`},
		{limits.ServiceName("a-very-long-name-ends-here"), `"a-very-long-name-ends-here" is not 2 to 20 lower-case letters, digits and single hyphens that begin with a letter; use a-very-long-name-end`},
		{limits.ServiceName("9lives"), `"9lives" is not 2 to 20 lower-case letters, digits and single hyphens that begin with a letter; use a name such as shop`},
		{limits.ServiceName(""), `"" is not 2 to 20 lower-case letters, digits and single hyphens that begin with a letter; use a name such as shop`},
		{limits.EnvironmentName("showcase"), ""},
		{limits.EnvironmentName("Production"), `"Production" is not 2 to 16 lower-case letters, digits and single hyphens that begin with a letter; use production`},
		{limits.EnvironmentName("x"), `"x" is not 2 to 16 lower-case letters, digits and single hyphens that begin with a letter; use a name such as staging`},
		{limits.PipelineStages(40, 8), ""},
		{limits.PipelineStages(40, 9), "40 environments and 9 approvals make a pipeline of 51 stages, and it can have 50; use at most 48 of both together"},
		{limits.RepositoryName("shop"), ""},
		{limits.RepositoryName("shop.git"), `"shop.git" is not 1 to 100 letters, digits, periods, underscores and hyphens without .git at the end; use a name such as shop`},
		{limits.RepositoryName(""), `"" is not 1 to 100 letters, digits, periods, underscores and hyphens without .git at the end; use a name such as shop`},
		{limits.BeanstalkName("shop-production"), ""},
		{limits.BeanstalkName("abc"), `"abc" is not 4 to 40 letters, digits and hyphens that neither begin nor end with a hyphen; use a name such as shop-production`},
		{limits.Sibling("shop-eu", "shop"), ""},
		{limits.Sibling("shop", "shop"), `"shop" is the environment itself; remove it`},
		{limits.Sibling("*", "shop"), `"*" is not 4 to 40 letters, digits and hyphens that neither begin nor end with a hyphen; use a name such as shop-production`},
		{limits.Branch("main"), ""},
		{limits.Branch("release/2.x"), ""},
		{limits.Branch("refs/heads/main"), `"refs/heads/main" is a full reference; use main`},
	}
	for _, branch := range []string{"", "@", "HEAD", "-x", "a..b", "a b", "x.", "a//b", "/a", "a/", ".a", "a/.b", "a.lock", "a~1", "a:b", "a@{1}"} {
		checks = append(checks, check{limits.Branch(branch),
			`"` + branch + `" is not a name that Git allows for a branch; use one such as main`})
	}
	run(t, checks)
}

func TestLongValuesAreShortened(t *testing.T) {
	t.Parallel()
	err := limits.Region(strings.Repeat("ä", 5000))
	assert.EqualError(t, err, `"`+strings.Repeat("ä", 60)+`…" is not a region's name; use one such as eu-west-1`)
}
