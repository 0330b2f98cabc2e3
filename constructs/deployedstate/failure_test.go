package deployedstate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

func TestFailuresSayWhatFailedAndItsCure(t *testing.T) {
	t.Parallel()
	keep(t, []promise{
		fails("throttled", account(map[string][]reply{"DescribeEnvironments": {{
			Error: "ThrottlingException", Message: "Rate exceeded",
		}}}),
			"DescribeEnvironments on environment shop-live of application shop failed with",
			"ThrottlingException: Rate exceeded", "wait a few minutes and deploy again"),
		fails("not allowed to list platforms", account(map[string][]reply{"ListPlatformVersions": {{
			Error: "AccessDenied", Message: "User: arn:aws:sts::1:assumed-role/r is not authorized",
		}}}),
			"ListPlatformVersions on platform branch "+deployedstate.PlatformBranch,
			"let the role of the function do elasticbeanstalk:ListPlatformVersions"),
		fails("not allowed to make the storage bucket", account(map[string][]reply{"CreateStorageLocation": {{
			Error:   "InsufficientPrivilegesException",
			Message: "You do not have permission to perform the 's3:CreateBucket' action.",
		}}}),
			"CreateStorageLocation on this account and region", "'s3:CreateBucket'",
			"let the role of the function do elasticbeanstalk:CreateStorageLocation"),
		fails("no recommended platform", account(map[string][]reply{"ListPlatformVersions": {{}}}),
			`no version of the platform branch "`+deployedstate.PlatformBranch+`" in eu-west-1`,
			"name a supported branch"),
		fails("bundle not stored", account(map[string][]reply{"PutObject": {{
			Error: "NoSuchBucket", Message: "The specified bucket does not exist",
		}}}),
			"PutObject on s3://"+bucket+"/shop/bootstrap-",
			"NoSuchBucket: The specified bucket does not exist", "deploy again"),
		fails("bundle not readable", account(map[string][]reply{"CreateApplicationVersion": {{
			Error:   "InvalidParameterCombination",
			Message: "Unable to download from S3 location (Bucket: b  Key: k). Reason: Forbidden",
		}}}), "CreateApplicationVersion on version bootstrap-", "on the bundle, s3:GetObject"),
		fails("too many versions", account(map[string][]reply{"CreateApplicationVersion": {{
			Error: "TooManyApplicationVersionsException", Message: "limit reached",
		}}}), "delete application versions that no environment runs"),
		fails("no application", account(map[string][]reply{"CreateApplicationVersion": {{
			Error: "InvalidParameterValue", Message: "No Application named 'shop' found.",
		}}}), "create the application first"),
		fails("a service that never stops talking", account(map[string][]reply{"PutObject": {{
			Error: "InternalError", Message: strings.Repeat("long \"quoted\"\nünïcode ", 500),
		}}}), "PutObject on s3://", "deploy again", "Log stream: 2026/01/02/[$LATEST]abc"),
		{
			name: "a call that hangs is reported before Lambda stops the function",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: 5_050,
				AWS: account(map[string][]reply{"DescribeEnvironments": {{Hang: true}}}),
			},
			holds: func(t *testing.T, got result) {
				failed("ran out of time", "the call that did not return")(t, got)
				assert.Less(t, got.TookMs, 5_050)
			},
		},
		{
			name: "properties that cannot be used, all of them at once",
			given: scenario{
				RemainingMs: longEnough,
				Events: []event{request("Create", map[string]any{
					deployedstate.PropertyApplicationName: "", deployedstate.PropertyExecutionRoleArn: nil,
					deployedstate.PropertyWaitSeconds: "soon",
				})},
			},
			holds: failed("ApplicationName is missing; ExecutionRoleArn is missing; "+
				`WaitSeconds must be a number of seconds, got "soon"`, "correct them in the template"),
		},
		{
			name: "a property of any length",
			given: scenario{
				RemainingMs: longEnough,
				Events: []event{request("Create", map[string]any{
					deployedstate.PropertyWaitSeconds: strings.Repeat("soon ", 500),
				})},
			},
			holds: failed("soon soon", "correct them in the template"),
		},
		{
			name: "an event without properties",
			given: scenario{RemainingMs: longEnough, Events: []event{{
				"RequestType": "Create", "ResourceType": deployedstate.ResourceTypeDeployedState,
			}}},
			holds: failed("EnvironmentName is missing"),
		},
		{
			name: "an unknown resource type",
			given: scenario{RemainingMs: longEnough, Events: []event{{
				"RequestType": "Create", "ResourceType": "Custom::Weather",
			}}},
			holds: func(t *testing.T, got result) {
				failed("does not know the resource type Custom::Weather, only Custom::DeployedState and "+
					"Custom::Endpoint", "correct the type in the template")(t, got)
				assert.NotEmpty(t, got.answer(t)["PhysicalResourceId"])
				assert.Empty(t, got.Calls)
			},
		},
		{
			name: "the clean-up after an unknown resource type succeeds",
			given: scenario{RemainingMs: longEnough, Events: []event{{
				"RequestType": "Delete", "ResourceType": "Custom::Weather", "PhysicalResourceId": "unknown-resource-type",
			}}},
			holds: succeedsWithoutCalls,
		},
	})
}

// fails is the promise that a new environment cannot be started, for a reason with these words.
func fails(name string, aws map[string][]reply, words ...string) promise {
	return promise{
		name:  name,
		given: scenario{Events: []event{request("Create", nil)}, AWS: aws, RemainingMs: longEnough},
		holds: failed(words...),
	}
}

func failed(words ...string) func(*testing.T, result) {
	return func(t *testing.T, got result) {
		answer := got.answer(t)
		assert.Equal(t, "FAILED", answer["Status"])
		assert.NotContains(t, answer, "Data")
		assert.LessOrEqual(t, len(answer["Reason"].(string)), 1000)
		for _, word := range append(words, "To fix it: ") {
			assert.Contains(t, answer["Reason"], word)
		}
	}
}
