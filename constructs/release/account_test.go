//go:build slow

package release_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// account plays the part of AWS that the program calls: Elastic Beanstalk with some environments,
// its bucket, Auto Scaling and CloudWatch. Time passes by being looked at.
type account struct {
	mu           sync.Mutex
	environments []*environment
	versions     []string
	objects      map[string][]byte
	metrics      []metric
	calls        []call
	alarm        *alarm
	// execution is the type of the pipeline's execution: STANDARD or ROLLBACK.
	execution string
	// stage is the stage that the release runs in. Without one, the pipeline has none of its name.
	stage *stage

	// refuse maps a command to the error that it answers.
	refuse map[string]refusal
	// deployed happens to an environment at the end of a deployment. Without it, it runs the version
	// in good health.
	deployed func(e *environment, label string)
	// scalesIn is how many more times an Auto Scaling group that was made larger shrinks again before
	// its new instances are there.
	scalesIn int
	// images maps the tags of images to their digests.
	images map[string]string
	// builds are the builds of the image, the latest first.
	builds []map[string]any
	// swapping is called when a swap begins.
	swapping func()
}

type environment struct {
	name, cname, status, version, health string
	endpoint                             string
	minimum, maximum, instances          int
	next                                 []step
}

// step is what the next look at an environment finds.
type step struct {
	status string
	change func(*environment)
}

type call struct {
	service string
	command string
	input   map[string]any
}

type refusal struct {
	code, message string
	done          bool // The call does its work all the same.
}

func (r refusal) Error() string { return r.message }

type metric struct {
	MetricName, Unit, Timestamp string
	Value                       float64
	Dimensions                  []struct{ Name, Value string }
}

func (a *account) answer(c call, args []string) (any, error) {
	switch c.command {
	case "describe-environments":
		return a.describe(c), nil
	case "put-metric-data":
		return nil, a.putMetrics(c)
	case "describe-alarms":
		return a.describeAlarms(c), nil
	case "get-pipeline-execution":
		return map[string]any{"pipelineExecution": map[string]any{"pipelineName": c.text("pipelineName"), "executionType": a.execution}}, nil
	case "get-pipeline-state":
		return a.pipelineState(c), nil
	case "stop-pipeline-execution":
		return map[string]any{"pipelineExecutionId": c.text("pipelineExecutionId")}, nil
	case "create-storage-location":
		return map[string]any{"S3Bucket": "elasticbeanstalk-eu-west-1-111122223333"}, nil
	case "describe-application-versions":
		return map[string]any{"ApplicationVersions": a.labels()}, nil
	case "delete-application-version", "publish":
		return map[string]any{}, nil
	case "describe-images":
		return a.describeImages(c)
	case "list-builds-for-project":
		return map[string]any{"ids": a.buildIDs(c)}, nil
	case "batch-get-builds":
		return map[string]any{"builds": a.buildsOf(c)}, nil
	case "put-object":
		content, err := os.ReadFile(args[slices.Index(args, "--body")+1])
		a.objects[c.text("Key")] = content
		return map[string]any{"ETag": "1"}, err
	case "create-application-version":
		return a.register(c)
	case "describe-events":
		return map[string]any{"Events": []any{map[string]any{
			"EventDate": "2026-01-02T03:04:05Z", "Severity": "ERROR", "Message": "Command failed on instance",
		}}}, nil
	case "swap-environment-cnames":
		return nil, a.swap(a.find(c.text("SourceEnvironmentName")), a.find(c.text("DestinationEnvironmentName")))
	case "set-desired-capacity":
		if a.scalesIn--; a.scalesIn >= 0 {
			return nil, nil
		}
		name := strings.TrimPrefix(c.text("AutoScalingGroupName"), "awseb-")
		a.find(name).instances = int(c.input["DesiredCapacity"].(float64))
		return nil, nil
	}
	return a.answerAbout(a.find(c.text("EnvironmentName")), c)
}

func (a *account) answerAbout(e *environment, c call) (any, error) {
	switch c.command {
	case "update-environment":
		return map[string]any{"Status": "Updating"}, a.update(e, c)
	case "describe-environment-resources":
		return map[string]any{"EnvironmentResources": map[string]any{
			"AutoScalingGroups": []any{map[string]any{"Name": "awseb-" + e.name}},
		}}, nil
	case "describe-environment-health":
		return map[string]any{"InstancesHealth": map[string]any{"Ok": e.instances, "Severe": 0}}, nil
	case "describe-configuration-settings":
		option := func(namespace, name string, value any) any {
			return map[string]any{"Namespace": namespace, "OptionName": name, "Value": fmt.Sprint(value)}
		}
		return map[string]any{"ConfigurationSettings": []any{map[string]any{
			"DeploymentStatus": "deployed", "OptionSettings": []any{
				option("aws:elasticbeanstalk:application:environment", "MinSize", "a variable"),
				option("aws:autoscaling:asg", "MinSize", e.minimum),
				option("aws:autoscaling:asg", "MaxSize", e.maximum),
			},
		}}}, nil
	}
	return nil, fmt.Errorf("the account knows no %s", c.command)
}

// made returns the calls of these commands, in order.
func (a *account) made(t *testing.T, commands ...string) []call {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	var made []call
	for _, c := range a.calls {
		if slices.Contains(commands, c.command) {
			made = append(made, c)
		}
	}
	return made
}

func (c call) text(name string) string {
	value, _ := c.input[name].(string)
	return value
}

func list(value any) []any {
	all, _ := value.([]any)
	return all
}
