package deployedstate_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

// scenario is a history of CloudFormation events, and what AWS answers meanwhile.
type scenario struct {
	Events      []event            `json:"events"`
	AWS         map[string][]reply `json:"aws,omitempty"`
	RemainingMs int                `json:"remainingMs"`
	PutStatuses []int              `json:"putStatuses,omitempty"`
	EntryPoint  bool               `json:"entryPoint,omitempty"`
}

type event map[string]any

// reply is one answer of AWS. The last one that is scripted for a call is given again and again.
type reply struct {
	Output  map[string]any `json:"output,omitempty"`
	Error   string         `json:"error,omitempty"`
	Message string         `json:"message,omitempty"`
	Hang    bool           `json:"hang,omitempty"`
}

// result is what the handler did in a scenario.
type result struct {
	Calls   []call           `json:"calls"`
	Answers []map[string]any `json:"answers"`
	Puts    []put            `json:"puts"`
	Pauses  []int            `json:"pauses"`
	Log     []string         `json:"log"`
	Thrown  string           `json:"thrown"`
	TookMs  int              `json:"tookMs"`
}

type call struct {
	Service string         `json:"service"`
	Call    string         `json:"call"`
	Input   map[string]any `json:"input"`
	Config  map[string]any `json:"config"`
	Body    string         `json:"body"`
}

type put struct {
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
	Bytes   int               `json:"bytes"`
}

// promise is a scenario with what has to hold afterwards.
type promise struct {
	name  string
	given scenario
	holds func(t *testing.T, got result)
}

// keep runs the scenarios of all promises in one process of Node.js and checks each.
func keep(t *testing.T, promises []promise) {
	t.Helper()
	scenarios := map[string]scenario{}
	for _, p := range promises {
		require.NotContains(t, scenarios, p.name)
		scenarios[p.name] = p.given
	}
	results := play(t, scenarios)
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.holds(t, results[p.name])
		})
	}
}

func play(t *testing.T, scenarios map[string]scenario) map[string]result {
	t.Helper()
	node, err := exec.LookPath("node")
	require.NoError(t, err, "Node.js is a prerequisite of every CDK app, and of this test")

	// As in Lambda, the SDK lies beside the code, not in it.
	dir := t.TempDir()
	handler := filepath.Join(dir, "handler")
	require.NoError(t, os.CopyFS(handler, deployedstate.Source()))
	require.NoError(t, os.CopyFS(filepath.Join(dir, "node_modules", "@aws-sdk"),
		os.DirFS(filepath.Join("testdata", "sdk"))))

	input, err := json.Marshal(scenarios)
	require.NoError(t, err)
	var stderr bytes.Buffer
	driver := exec.Command(node, filepath.Join("testdata", "driver.mjs"), handler)
	driver.Stdin, driver.Stderr = bytes.NewReader(input), &stderr
	output, err := driver.Output()
	require.NoError(t, err, stderr.String())

	results := map[string]result{}
	require.NoError(t, json.Unmarshal(output, &results))
	return results
}

// answer returns the one answer that CloudFormation got.
func (r result) answer(t *testing.T) map[string]any {
	t.Helper()
	require.Len(t, r.Answers, 1)
	return r.Answers[0]
}

func (r result) names() []string {
	var names []string
	for _, c := range r.Calls {
		names = append(names, c.Call)
	}
	return names
}

// input returns what the first call of the name was given.
func (r result) input(t *testing.T, name string) map[string]any {
	t.Helper()
	return r.call(t, name).Input
}

func (r result) call(t *testing.T, name string) call {
	t.Helper()
	for _, c := range r.Calls {
		if c.Call == name {
			return c
		}
	}
	require.Failf(t, "call missing", "no %s among %v", name, r.names())
	return call{}
}

func (c call) content(t *testing.T) []byte {
	t.Helper()
	content, err := base64.StdEncoding.DecodeString(c.Body)
	require.NoError(t, err)
	return content
}

const (
	longEnough = 15 * 60 * 1000

	bucket      = "elasticbeanstalk-eu-west-1-111122223333"
	roleArn     = "arn:aws:iam::111122223333:role/execution"
	recommended = "arn:aws:elasticbeanstalk:eu-west-1::platform/ECS running on 64bit Amazon Linux 2023/4.5.0"
	older       = "arn:aws:elasticbeanstalk:eu-west-1::platform/ECS running on 64bit Amazon Linux 2023/4.3.2"
)

// request returns an event as CloudFormation sends it, with the given properties changed.
func request(kind string, changes map[string]any) event {
	properties := map[string]any{
		"ServiceToken":                         "arn:aws:lambda:eu-west-1:111122223333:function:f",
		deployedstate.PropertyApplicationName:  "shop",
		deployedstate.PropertyEnvironmentName:  "shop-live",
		deployedstate.PropertyPlatformBranch:   deployedstate.PlatformBranch,
		deployedstate.PropertyExecutionRoleArn: roleArn,
		deployedstate.PropertySettings:         "3f786850",
	}
	maps.Copy(properties, changes)
	return event{
		"RequestType":        kind,
		"RequestId":          "request-1",
		"StackId":            "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1",
		"LogicalResourceId":  "DeployedState",
		"ResourceType":       deployedstate.ResourceTypeDeployedState,
		"ResourceProperties": properties,
	}
}

func update(changes map[string]any) event {
	e := request("Update", changes)
	e["PhysicalResourceId"] = "deployed-state"
	e["OldResourceProperties"] = request("Update", nil)["ResourceProperties"]
	return e
}

// environments returns a reply of DescribeEnvironments.
func environments(all ...map[string]any) reply {
	list := make([]any, 0, len(all))
	for _, e := range all {
		list = append(list, e)
	}
	return reply{Output: map[string]any{"Environments": list}}
}

func environment(status, version string) map[string]any {
	return map[string]any{
		"EnvironmentName": "shop-live", "EnvironmentId": "e-1", "Status": status,
		"PlatformArn": older, "VersionLabel": version, "Health": "Green",
	}
}

// The addresses of shop-live and its standby shop-green: as Elastic Beanstalk makes them, and in the
// older form.
const (
	stable, idle       = "shop-live.eba-a1b2c3d4.eu-west-1.elasticbeanstalk.com", "shop-green.eba-e5f6g7h8.eu-west-1.elasticbeanstalk.com"
	oldStable, oldIdle = "shop-live-a1b2.eu-west-1.elasticbeanstalk.com", "Shop-Green-e5f6.eu-west-1.elasticbeanstalk.com"
)

// first and standby return one of the two environments, with an address of the four above.
func first(status, version, cname string) map[string]any {
	e := environment(status, version)
	e["CNAME"] = cname
	return e
}

func standby(status, version, cname string) map[string]any {
	e := first(status, version, cname)
	e["EnvironmentName"] = "shop-green"
	return e
}

// account returns the replies of an account in which all goes well, with some of them changed.
func account(changes map[string][]reply) map[string][]reply {
	platforms := []any{
		map[string]any{"PlatformArn": older}, map[string]any{"PlatformArn": recommended, "PlatformLifecycleState": "Recommended"},
	}
	replies := map[string][]reply{
		"DescribeEnvironments":     {environments()},
		"ListPlatformVersions":     {{Output: map[string]any{"PlatformSummaryList": platforms}}},
		"CreateStorageLocation":    {{Output: map[string]any{"S3Bucket": bucket}}},
		"PutObject":                {{}},
		"CreateApplicationVersion": {{}},
		"DeleteApplicationVersion": {{}},
		"DescribeStacks":           {stackIs("UPDATE_IN_PROGRESS")},
		"DescribeApplicationVersions": {{Output: map[string]any{"ApplicationVersions": []any{map[string]any{
			"VersionLabel": "v42", "SourceBundle": map[string]any{"S3Bucket": bucket, "S3Key": "shop/v42.zip"},
		}}}}},
	}
	maps.Copy(replies, changes)
	return replies
}

func stackIs(status string) reply {
	return reply{Output: map[string]any{"Stacks": []any{map[string]any{"StackStatus": status}}}}
}

// runs returns the replies of an account whose environment is described so, one after the other.
func runs(described ...reply) map[string][]reply {
	return account(map[string][]reply{"DescribeEnvironments": described})
}
