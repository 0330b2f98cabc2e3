//go:build slow && unix

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// What is measured is what was planned: the instances in service in every step exactly, and the duration
// within 15 %. At a speed of 1 there is more to spare, for what an application takes to start is then
// less of each step.
func TestThePlanIsWhatIsMeasured(t *testing.T) {
	o := applications("", "")
	o.speed, o.json = 20, true
	o.method, o.template = string(rollout.Rolling), fixture("rolling")
	var out bytes.Buffer
	passed, err := o.rehearse(t.Context(), &out, io.Discard)
	require.NoError(t, err)
	type capacity struct {
		Old, New, Out int
	}
	var document struct {
		Runs []struct {
			PlannedSeconds float64 `json:"planned_seconds"`
			TookSeconds    float64 `json:"took_seconds"`
			Steps          []struct {
				Action        string
				Planned, Seen capacity
			}
			Verdict struct{ Text string }
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &document))
	run := document.Runs[0]
	assert.True(t, passed, run.Verdict.Text)
	assert.InEpsilon(t, run.PlannedSeconds, run.TookSeconds, 0.15)
	policy, _, err := o.policy()
	require.NoError(t, err)
	assert.Len(t, run.Steps, len(policy.Plan()))
	for i, step := range run.Steps {
		planned, seen := step.Planned, step.Seen
		assert.Equal(t, []int{planned.Old, planned.New, planned.Out}, []int{seen.Old, seen.New, seen.Out}, "step %d, %s", i+1, step.Action)
	}
}
