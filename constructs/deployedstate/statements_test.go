package deployedstate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

var statements = deployedstate.Statements(deployedstate.Scope{
	Partition: "aws-cn", Region: "eu-west-1", Account: "111122223333", Application: "shop",
	Stack: "arn:aws-cn:cloudformation:eu-west-1:111122223333:stack/app/1",
})

func TestStatements(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{}
	for _, s := range statements {
		for _, action := range s.Actions {
			allowed[action] = s.Resources
		}
	}
	results := play(t, map[string]scenario{
		"create": {
			Events: []event{request("Create", nil)}, AWS: account(nil), RemainingMs: longEnough,
		},
		"standby": {
			Events: []event{request("Create", map[string]any{
				deployedstate.PropertyEnvironmentName: "shop-green", deployedstate.PropertyStartFrom: "shop-live",
			})},
			AWS: runs(environments(environment("Ready", "v42"))), RemainingMs: longEnough,
		},
		"update": {
			Events: []event{update(nil)}, RemainingMs: longEnough,
			AWS: account(map[string][]reply{
				"DescribeEnvironments":        {environments(environment("Ready", "v42"))},
				"DescribeApplicationVersions": {{Output: map[string]any{"ApplicationVersions": labels("bootstrap-shop-live-0123456789ab")}}},
			}),
		},
		"busy": {
			Events: []event{update(nil)}, AWS: runs(environments(environment("Updating", "v42"))), RemainingMs: 61_000,
		},
		"endpoint": asks(endpoint("Create", firstOnly()), environments(first("Ready", "v42", stable))),
	})
	got := results["create"]

	t.Run("allow every call that the function makes", func(t *testing.T) {
		assert.Equal(t, []string{
			"DescribeEnvironments", "DescribeEnvironments", "DescribeEnvironments", "DescribeEnvironments",
			"ListPlatformVersions", "CreateStorageLocation", "PutObject", "CreateApplicationVersion",
		}, got.names())
		assert.Equal(t, []string{
			"DescribeEnvironments", "DescribeLoadBalancers", "DescribeTargetGroups",
		}, results["endpoint"].names())
		assert.Equal(t, []string{
			"DescribeEnvironments", "DescribeApplicationVersions", "CreateApplicationVersion",
		}, results["standby"].names())
		assert.Equal(t, []string{
			"DescribeEnvironments", "DescribeApplicationVersions", "DeleteApplicationVersion",
		}, results["update"].names())
		assert.Equal(t, []string{"DescribeEnvironments", "DescribeStacks"}, results["busy"].names())
		for _, result := range results {
			for _, c := range result.Calls {
				assert.Contains(t, allowed, c.Service+":"+c.Call)
			}
		}
	})
	t.Run("match what the function registers and stores", func(t *testing.T) {
		bundle := got.input(t, "PutObject")
		object := bundle["Bucket"].(string) + "/" + bundle["Key"].(string)
		assertMatches(t, allowed["s3:PutObject"], "arn:aws-cn:s3:::"+object)
		version := got.input(t, "CreateApplicationVersion")
		own := "arn:aws-cn:elasticbeanstalk:eu-west-1:111122223333:"
		assertMatches(t, allowed["elasticbeanstalk:CreateApplicationVersion"],
			own+"applicationversion/shop/"+version["VersionLabel"].(string))
		assertMatches(t, allowed["elasticbeanstalk:CreateApplicationVersion"], own+"application/shop")
		deleted := results["update"].input(t, "DeleteApplicationVersion")
		assertMatches(t, allowed["elasticbeanstalk:DeleteApplicationVersion"],
			own+"applicationversion/shop/"+deleted["VersionLabel"].(string))
		copied := results["standby"].input(t, "CreateApplicationVersion")["SourceBundle"].(map[string]any)
		assertMatches(t, allowed["s3:GetObject"], "arn:aws-cn:s3:::"+copied["S3Bucket"].(string)+"/"+copied["S3Key"].(string))
	})
	t.Run("see every environment, because a hidden one would count as none", func(t *testing.T) {
		assert.Equal(t, []string{"*"}, allowed["elasticbeanstalk:DescribeEnvironments"])
	})
	t.Run("change nothing but bootstrap versions, their bundles and the bucket for them", func(t *testing.T) {
		for action, resources := range allowed {
			_, verb, _ := strings.Cut(action, ":")
			if strings.HasPrefix(verb, "Put") || strings.HasSuffix(verb, "ApplicationVersion") {
				assert.NotContains(t, resources, "*", action)
			}
			assert.NotContains(t, verb, "Update", action)
			if strings.HasPrefix(verb, "Delete") {
				assert.Equal(t, "DeleteApplicationVersion", verb, action)
			}
		}
	})
	t.Run("have names that IAM accepts", func(t *testing.T) {
		for _, s := range statements {
			assert.Regexp(t, `^[A-Za-z0-9]+$`, s.Sid)
		}
	})
}

// assertMatches checks that one of the patterns, each with at most one star, covers the ARN.
func assertMatches(t *testing.T, patterns []string, arn string) {
	t.Helper()
	for _, pattern := range patterns {
		before, after, wild := strings.Cut(pattern, "*")
		if pattern == arn || wild && strings.HasPrefix(arn, before) && strings.HasSuffix(arn, after) {
			return
		}
	}
	assert.Failf(t, "not allowed", "%s is covered by none of %v", arn, patterns)
}
