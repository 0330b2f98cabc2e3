//go:build slow

package release_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// stage is a stage of the pipeline. Each look finds its deploy action in the next status.
type stage struct {
	executionType, deploy string
	next                  []string
	// entered happens when the last of next is found: a later execution is in the stage from then on.
	entered bool
	// old is how many looks find the state before this execution.
	old int
}

// inPipeline is a release that CodePipeline runs in a stage.
var inPipeline = variables{
	"CODEBUILD_INITIATOR":        "codepipeline/shop",
	release.VariableExecution:    "1234",
	release.VariableStage:        "Deploy-live",
	release.VariableDeployAction: "Deploy",
}

func (a *account) pipelineState(c call) any {
	stages := []any{map[string]any{"stageName": "Build", "latestExecution": map[string]any{"pipelineExecutionId": "9", "type": "ROLLBACK"}}}
	if a.stage != nil && c.text("name") == "shop" {
		id := "1234"
		if len(a.stage.next) > 0 {
			a.stage.deploy, a.stage.next = a.stage.next[0], a.stage.next[1:]
			if len(a.stage.next) == 0 && a.stage.entered {
				id = "5678"
			}
		}
		about := map[string]any{"status": a.stage.deploy, "lastStatusChange": time.Now().Format(time.RFC3339)}
		executionType := a.stage.executionType
		if a.stage.old--; a.stage.old >= 0 {
			id, executionType = "1111", "STANDARD"
			about = map[string]any{"status": "Failed", "lastStatusChange": "2026-01-02T03:04:05Z"}
		}
		if a.stage.deploy == "Failed" {
			about["errorDetails"] = map[string]any{"code": "JobFailed", "message": "Deployment failed. The environment is Red"}
		}
		stages = append(stages, map[string]any{
			"stageName":       "Deploy-live",
			"latestExecution": map[string]any{"pipelineExecutionId": id, "status": "InProgress", "type": executionType},
			"actionStates": []any{
				map[string]any{"actionName": "Probe", "latestExecution": map[string]any{"status": "InProgress"}},
				map[string]any{"actionName": "Deploy", "latestExecution": about},
			},
		})
	}
	return map[string]any{"pipelineName": "shop", "stageStates": stages}
}

// long is a bake that no test waits for.
var long = variables{release.VariableProbeTail: "60000"}

func TestProbeEndsWhenTheDeployActionHasFailed(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"Failed", "Abandoned"} {
		t.Run(status+", once the environment takes changes", func(t *testing.T) {
			t.Parallel()
			a := deploying("Updating", "Updating", "Updating", "Updating", "Ready")
			a.stage = &stage{executionType: "STANDARD", next: []string{"InProgress", "InProgress", status}}
			code, lines := probe(t, a, serve(t, answers(http.StatusOK)), inPipeline, long)
			assert.Equal(t, 1, code)
			assert.Contains(t, verdict(t, lines), "0 of ")
			assert.Contains(t, lines[len(lines)-1], "FAILED: the action Deploy has the status "+status+": ")
			assert.Empty(t, a.made(t, "stop-pipeline-execution"), "it is rolled back")
			if status == "Failed" {
				says(t, lines, "Deployment failed. The environment is Red")
			}
		})
	}
	for name, refused := range map[string]map[string]refusal{
		"and stops a rollback, which would start another one": nil,
		"and tries again where that is refused":               {"stop-pipeline-execution": {code: "AccessDenied", message: "not allowed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := deploying("Updating", "Updating", "Ready")
			a.refuse = refused
			a.stage = &stage{executionType: "ROLLBACK", next: []string{"InProgress", "InProgress", "Failed"}}
			code, lines := probe(t, a, refuse(t), inPipeline, long, alarmed)
			assert.Equal(t, 1, code)
			says(t, lines, "the action Deploy has the status Failed: Deployment failed.")
			a.suppresses(t, "shop-live")
			if refused == nil {
				a.stops(t)
				says(t, lines, "the rollback failed: stopped, or it would start another one")
			} else {
				assert.Len(t, a.made(t, "stop-pipeline-execution"), 3)
				says(t, lines, "WARNING: the pipeline cannot be asked: aws codepipeline stop-pipeline-execution failed: AccessDenied")
			}
		})
	}
	t.Run("but does not stop a release that nothing counts against for another reason", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		a.stage = &stage{executionType: "STANDARD", next: append(slices.Repeat([]string{"InProgress"}, 30), "Failed")}
		code, lines := probe(t, a, serve(t, answers(http.StatusBadGateway)), inPipeline, long, alarmed, inTime)
		assert.Equal(t, 1, code)
		says(t, lines, "suppressed: 10 of 10 requests failed before this release")
		assert.Empty(t, a.made(t, "stop-pipeline-execution"))
	})
}

func TestBlueGreenStopsARollbackThatFails(t *testing.T) {
	t.Parallel()
	for executionType, stopped := range map[string]bool{"ROLLBACK": true, "STANDARD": false} {
		t.Run(executionType, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.stage = &stage{executionType: executionType}
			s.broken["v1"] = http.StatusServiceUnavailable
			code, lines := s.release(t, "v1", inPipeline, variables{release.VariableTrialLimit: "50"})
			s.untouched(t, code, lines)
			if stopped {
				s.stops(t)
			} else {
				assert.Empty(t, s.made(t, "stop-pipeline-execution"))
			}
		})
	}
}

// stops checks that the execution in the stage was to be stopped once, when its actions have ended.
func (a *account) stops(t *testing.T) {
	t.Helper()
	made := a.made(t, "stop-pipeline-execution")
	require.Len(t, made, 1)
	assert.Equal(t, map[string]any{
		"pipelineName": "shop", "pipelineExecutionId": "1234", "reason": "The rollback failed and would start another one",
	}, made[0].input)
}

func TestProbeEndsWhenALaterExecutionHasEnteredTheStage(t *testing.T) {
	t.Parallel()
	a := deploying("Updating")
	a.stage = &stage{executionType: "STANDARD", next: []string{"InProgress", "InProgress", "InProgress"}, entered: true}
	code, lines := probe(t, a, serve(t, answers(http.StatusOK)), inPipeline, long)
	assert.Zero(t, code)
	says(t, lines, "a later execution has entered the stage: nothing is left to watch")
}

func TestProbeDoesNotTakeAnEarlierExecutionForItsOwn(t *testing.T) {
	t.Parallel()
	a := deploying("Updating", "Updating", "Updating", "Ready")
	a.stage = &stage{executionType: "STANDARD", deploy: "Succeeded", old: 3}
	code, lines := probe(t, a, serve(t, answers(http.StatusOK)), inPipeline)
	assert.Zero(t, code)
	assert.NotContains(t, strings.Join(lines, "\n"), "a later execution")
}

func TestProbeEndsWhenTooManyRequestsHaveFailed(t *testing.T) {
	t.Parallel()
	t.Run("but not while Elastic Beanstalk deploys, for a rollback would be refused", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Updating", "Updating", "Updating", "Ready")
		code, lines := probe(t, a, serve(t, answers(http.StatusBadGateway)), long)
		assert.Equal(t, 1, code)
		says(t, lines, "environment shop-live: Ready", "more than 0 requests failed: nothing is left to find out")
	})
	t.Run("but for the previous version, which may answer between two changes", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready", "Ready", "Ready", "Updating", "Updating", "Ready")
		version := "5f3d2a1"
		a.environments[0].next[6].change = func(*environment) { version = "1a2b3c4" }
		site := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			a.mu.Lock()
			defer a.mu.Unlock()
			w.Header().Set("X-App-Version", version)
		})
		code, _ := probe(t, a, site, variables{release.VariableExpectedVersion: "1a2b3c4", release.VariableProbeTail: "3000"})
		assert.Zero(t, code)
	})
	t.Run("also of the previous version, once the deploy action has succeeded", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		a.stage = &stage{executionType: "STANDARD", next: []string{"InProgress", "InProgress", "Succeeded"}}
		code, lines := probe(t, a, serve(t, answers(http.StatusOK, "X-App-Version", "5f3d2a1")), inPipeline, long,
			variables{release.VariableExpectedVersion: "1a2b3c4"})
		assert.Equal(t, 1, code)
		assert.Contains(t, verdict(t, lines), "× wrong version")
	})
}

func TestProbeBelievesThePipelineAboutTheDeployment(t *testing.T) {
	t.Parallel()
	t.Run("and waits for it where the environment is Ready", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		a.stage = &stage{executionType: "STANDARD", next: append(slices.Repeat([]string{"InProgress"}, 8), "Succeeded")}
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), inPipeline, variables{release.VariableProbeTail: "1"})
		assert.Zero(t, code)
		assert.NotContains(t, strings.Join(lines, "\n"), "no deployment began")
		assert.Len(t, a.made(t, "get-pipeline-state"), 1+8+1, "one look for a rollback")
	})
	t.Run("and bakes on while the environment is changed for another reason", func(t *testing.T) {
		t.Parallel()
		a := deploying("Ready", "Updating", "Updating", "Updating")
		a.stage = &stage{executionType: "STANDARD", deploy: "Succeeded"}
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), inPipeline, variables{release.VariableProbeTail: "300"})
		assert.Zero(t, code)
		says(t, lines, "environment shop-live: Updating")
	})
	t.Run("and goes by the environment where it may not be asked", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		a.refuse = map[string]refusal{"get-pipeline-state": {code: "AccessDenied", message: "not allowed"}}
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), inPipeline)
		assert.Zero(t, code)
		warnings := strings.Count(strings.Join(lines, "\n"), "WARNING: the pipeline cannot be asked: aws codepipeline get-pipeline-state failed: AccessDenied")
		assert.Positive(t, warnings)
		assert.LessOrEqual(t, warnings, 2, "not at every look")
	})
}

func TestAlarmIsCheckedThroughTheBake(t *testing.T) {
	t.Parallel()
	t.Run("of the probe", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		a.alarm = &alarm{state: "OK", transitioned: time.Now().Add(time.Hour)}
		a.alarm.next = append(slices.Repeat([]string{"OK"}, 12), "ALARM")
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), alarmed, variables{release.VariableProbeTail: "20000"})
		assert.Equal(t, 1, code)
		assert.Contains(t, lines[len(lines)-1], "FAILED: the alarm shop-release fires since ")
	})
	t.Run("where downtime is allowed, once it can no longer be the reason", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		a.alarm = &alarm{state: "OK", transitioned: time.Now().Add(time.Hour)}
		a.alarm.next = append(slices.Repeat([]string{"OK"}, 12), "ALARM")
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), alarmed, variables{
			release.VariableProbeTail: "20000", release.VariableAllowDowntime: "true", release.VariableSettleLimit: "200",
		})
		assert.Equal(t, 1, code)
		assert.Contains(t, lines[len(lines)-1], "FAILED: the alarm shop-release still fires 0 minutes after the deployment")
	})
}

func TestRollbackIsKnownFromTheStageToo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ execution, stage string }{
		"where the execution says so":                                      {"ROLLBACK", "STANDARD"},
		"where the ID is of the execution that is rolled back to":          {"STANDARD", "ROLLBACK"},
		"where the execution has no type":                                  {"", "ROLLBACK"},
		"and is not taken from another stage, or from an execution before": {"STANDARD", "STANDARD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := deploying("Updating", "Ready")
			a.execution, a.stage = c.execution, &stage{executionType: c.stage, deploy: "Succeeded"}
			code, lines := probe(t, a, serve(t, answers(http.StatusBadGateway)), alarmed, inPipeline)
			rollback := c.execution == "ROLLBACK" || c.stage == "ROLLBACK"
			assert.Equal(t, rollback, code == 0)
			assert.Equal(t, rollback, strings.Contains(lines[len(lines)-1], "suppressed: this is a rollback to a previous version"))
			if rollback {
				a.suppresses(t, "shop-live")
			}
		})
	}
	t.Run("by blue/green too, which is not swapped back then", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		code, _ := s.release(t, "v1")
		require.Zero(t, code)
		s.stage = &stage{executionType: "ROLLBACK"}
		s.execution, s.brokenLive["v0"] = "STANDARD", http.StatusInternalServerError
		code, _ = s.release(t, "v0", inPipeline)
		assert.Zero(t, code)
		s.serves(t, "shop-blue", "v0")
	})
}
