package deployedstate_test

import (
	"encoding/json"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

func TestHandler(t *testing.T) {
	t.Parallel()
	keep(t, []promise{
		{
			name: "finds the recommended platform on a later page, however its state is written",
			given: scenario{
				Events: []event{request("Create", nil)}, RemainingMs: longEnough,
				AWS: account(map[string][]reply{"ListPlatformVersions": {
					{Output: map[string]any{"PlatformSummaryList": []any{map[string]any{"PlatformArn": older}}, "NextToken": "more"}},
					{Output: map[string]any{"PlatformSummaryList": []any{
						map[string]any{"PlatformArn": recommended, "PlatformLifecycleState": "recommended"},
					}}},
				}}),
			},
			holds: func(t *testing.T, got result) { bootstraps(t, got) },
		},
		{
			name: "gives a new environment the recommended platform and a bootstrap version",
			given: scenario{
				Events: []event{request("Create", nil)}, AWS: account(nil), RemainingMs: longEnough,
			},
			holds: func(t *testing.T, got result) {
				bootstraps(t, got)
				for _, c := range got.Calls {
					patience := map[string]any{"maxAttempts": 8.0, "retryMode": "standard"}
					assert.Equal(t, patience, c.Config, c.Call)
				}
				assert.Equal(t, map[string]any{"Filters": []any{
					filter("PlatformBranchName", deployedstate.PlatformBranch),
				}}, got.input(t, "ListPlatformVersions"))

				label := data(t, got)[deployedstate.AttributeVersionLabel].(string)
				key := "shop/" + label + ".zip"
				assert.Equal(t, map[string]any{
					"Bucket": bucket, "Key": key, "ContentType": "application/zip",
					"ExpectedBucketOwner": "111122223333",
				}, got.input(t, "PutObject"))
				assert.Equal(t, map[string]any{
					"ApplicationName": "shop", "VersionLabel": label,
					"Description":  "Placeholder that runs until the first release",
					"SourceBundle": map[string]any{"S3Bucket": bucket, "S3Key": key},
					"Process":      false, "AutoCreateApplication": false,
				}, got.input(t, "CreateApplicationVersion"))
			},
		},
		{
			name: "takes a bootstrap version that exists already",
			given: scenario{
				Events: []event{request("Create", nil)}, RemainingMs: longEnough,
				AWS: account(map[string][]reply{"CreateApplicationVersion": {{
					Error:   "InvalidParameterValue",
					Message: "Application Version bootstrap-0 already exists.",
				}}}),
			},
			holds: bootstraps,
		},
		{
			name: "undoes nothing on deletion",
			given: scenario{
				Events: []event{request("Delete", nil)}, RemainingMs: longEnough,
			},
			holds: succeedsWithoutCalls,
		},
		{
			name: "deletes whatever its properties are",
			given: scenario{
				Events: []event{{
					"RequestType": "Delete", "PhysicalResourceId": "left-over",
					"StackId": "s", "RequestId": "r", "LogicalResourceId": "l",
					"ResourceProperties": "nonsense",
				}},
				RemainingMs: 100,
			},
			holds: succeedsWithoutCalls,
		},
		{
			name: "never changes its physical ID, so that it is never replaced",
			given: scenario{
				Events: []event{
					request("Create", nil),
					request("Update", map[string]any{deployedstate.PropertySettings: "other"}),
					request("Update", map[string]any{deployedstate.PropertyEnvironmentName: ""}),
					request("Delete", nil),
				},
				RemainingMs: longEnough, AWS: account(nil),
			},
			holds: func(t *testing.T, got result) {
				require.Len(t, got.Answers, 4)
				for _, answer := range got.Answers {
					assert.Equal(t, "deployed-state", answer["PhysicalResourceId"])
				}
				assert.Equal(t, "FAILED", got.Answers[2]["Status"])
			},
		},
		{
			name: "keeps a physical ID that CloudFormation already knows",
			given: scenario{
				Events:      []event{{"RequestType": "Update", "PhysicalResourceId": "of-an-older-release"}},
				RemainingMs: longEnough,
			},
			holds: func(t *testing.T, got result) {
				assert.Equal(t, "of-an-older-release", got.answer(t)["PhysicalResourceId"])
			},
		},
		{
			name: "works through its entry point as Lambda calls it",
			given: scenario{
				Events: []event{update(nil)}, RemainingMs: longEnough, EntryPoint: true,
				AWS: runs(environments(environment("Ready", "v42"))),
			},
			holds: func(t *testing.T, got result) {
				keeps(t, got)
				for _, line := range got.Log {
					assert.True(t, json.Valid([]byte(line)), line)
				}
			},
		},
	})
}

func TestAssetHoldsRuntimeFilesOnly(t *testing.T) {
	t.Parallel()
	err := fs.WalkDir(deployedstate.Source(), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(path, "bundle/") {
			assert.Equal(t, ".mjs", filepath.Ext(path), path)
		}
		return err
	})
	require.NoError(t, err)
	_, err = fs.Stat(deployedstate.Source(), "index.mjs")
	assert.NoError(t, err)
}

func filter(kind, value string) map[string]any {
	return map[string]any{"Type": kind, "Operator": "=", "Values": []any{value}}
}

func data(t *testing.T, got result) map[string]any {
	t.Helper()
	answer := got.answer(t)
	require.Equal(t, "SUCCESS", answer["Status"], answer["Reason"])
	require.IsType(t, map[string]any{}, answer["Data"])
	return answer["Data"].(map[string]any)
}

// keeps checks that the template passes Elastic Beanstalk neither a platform nor a version.
func keeps(t *testing.T, got result) {
	t.Helper()
	assert.Equal(t, map[string]any{
		deployedstate.AttributePlatformArn:  deployedstate.Keep,
		deployedstate.AttributeVersionLabel: deployedstate.Keep,
	}, data(t, got))
	assert.NotContains(t, got.names(), "CreateApplicationVersion")
}

// copies checks that an environment starts on the older platform with a copy of a version.
func copies(t *testing.T, got result, environment, version string) {
	t.Helper()
	assert.Equal(t, older, data(t, got)[deployedstate.AttributePlatformArn])
	label := data(t, got)[deployedstate.AttributeVersionLabel]
	assert.Regexp(t, `^bootstrap-`+environment+`-[0-9a-f]{12}$`, label)
	assert.Equal(t, []any{version}, got.input(t, "DescribeApplicationVersions")["VersionLabels"])
	assert.Equal(t, map[string]any{
		"ApplicationName": "shop", "VersionLabel": label, "Description": "Copy of " + version,
		"SourceBundle": map[string]any{"S3Bucket": bucket, "S3Key": "shop/v42.zip"},
		"Process":      false, "AutoCreateApplication": false,
	}, got.input(t, "CreateApplicationVersion"))
	assert.NotContains(t, got.names(), "PutObject")
}

func bootstraps(t *testing.T, got result) {
	t.Helper()
	assert.Equal(t, recommended, data(t, got)[deployedstate.AttributePlatformArn])
	assert.Regexp(t, `^bootstrap-(shop|blog)-(live|green)-[0-9a-f]{12}$`, data(t, got)[deployedstate.AttributeVersionLabel])
}

func succeedsWithoutCalls(t *testing.T, got result) {
	t.Helper()
	assert.Equal(t, "SUCCESS", got.answer(t)["Status"])
	assert.NotContains(t, got.answer(t), "Data")
	assert.Empty(t, got.Calls)
}
