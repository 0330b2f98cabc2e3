//go:build slow

package release_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// alarm is the release alarm. It is found in the next states, one after the other.
type alarm struct {
	state          string
	transitioned   time.Time
	updated        time.Time
	next           []string
	onlyHasUpdated bool
}

// alarmed is a release with an alarm, which CodePipeline checks for ten minutes afterwards.
var alarmed = variables{release.VariableReleaseAlarms: "shop-release", release.VariableRuleMinutes: "10"}

// firing returns an alarm that has fired for an hour, and was looked at a moment ago.
func firing() *alarm {
	return &alarm{state: "ALARM", transitioned: time.Now().Add(-time.Hour), updated: time.Now()}
}

func (a *account) describeAlarms(c call) any {
	found := []any{}
	if a.alarm != nil && slices.Contains(list(c.input["AlarmNames"]), any("shop-release")) {
		if len(a.alarm.next) > 0 {
			a.alarm.state, a.alarm.next = a.alarm.next[0], a.alarm.next[1:]
		}
		about := map[string]any{
			"AlarmName": "shop-release", "StateValue": a.alarm.state, "StateUpdatedTimestamp": a.alarm.updated,
		}
		if !a.alarm.onlyHasUpdated {
			about["StateTransitionedTimestamp"] = a.alarm.transitioned
		}
		found = append(found, about)
	}
	return map[string]any{"MetricAlarms": found, "CompositeAlarms": []any{}}
}

// excuses checks that the alarm keeps quiet from the start of a release through its bake.
func (a *account) excuses(t *testing.T) {
	t.Helper()
	minutes := map[int]bool{}
	for _, m := range a.metrics {
		if m.MetricName != release.MetricExcused {
			continue
		}
		at, err := time.Parse(time.RFC3339, m.Timestamp)
		require.NoError(t, err)
		minutes[int(time.Until(at).Round(time.Minute).Minutes())] = true
		assert.EqualValues(t, 1, m.Value)
		assert.Equal(t, []struct{ Name, Value string }{{release.DimensionApplication, "shop"}}, m.Dimensions)
	}
	for minute := range 10 + 3 + 1 {
		assert.True(t, minutes[minute], "minute %d", minute)
	}
	assert.Len(t, minutes, 10+3+1)
}

// excusesNothing checks that nothing keeps the alarm quiet.
func (a *account) excusesNothing(t *testing.T) {
	t.Helper()
	for _, m := range a.metrics {
		assert.NotEqual(t, release.MetricExcused, m.MetricName)
	}
}

func TestAlarmThatBeginsToFirePutsTheReleaseBack(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).AddDate(100, 0, 0)
	t.Run("where the probe itself is answered well", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Updating", "Ready")
		a.alarm = &alarm{state: "OK", transitioned: since, next: []string{"OK", "OK", "OK", "ALARM"}}
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), alarmed, variables{release.VariableProbeTail: "20000"})
		assert.Equal(t, 1, code)
		assert.Contains(t, verdict(t, lines), "0 of ")
		assert.Contains(t, lines[len(lines)-1], "FAILED: the alarm shop-release fires since 2126-01-02T03:04:05.000Z")
		assert.Len(t, a.made(t, "describe-alarms"), 4)
		a.excusesNothing(t)
	})
	t.Run("by a swap, after a swap", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.alarm = &alarm{state: "OK", transitioned: since, next: []string{"OK", "OK", "ALARM"}}
		code, lines := s.release(t, "v1", alarmed, variables{release.VariableSwapProbe: "20000"})
		assert.Equal(t, 1, code)
		s.serves(t, "shop-blue", "v0")
		says(t, lines, "the alarm shop-release fires since 2126-01-02T03:04:05.000Z. Swapped back: shop-blue serves again")
	})
	t.Run("unless it began before resolvers knew of the swap, with the previous version", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.swapping = func() { s.alarm.transitioned = time.Now() }
		s.alarm = &alarm{state: "OK", next: []string{"OK", "ALARM"}}
		code, _ := s.release(t, "v1", alarmed)
		assert.Zero(t, code)
		s.serves(t, "shop-green", "v1")
	})
}

func TestAlarmThatFiredBeforeExcusesTheRelease(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) variables {
		return variables{"CODEBUILD_START_TIME": strconv.FormatInt(time.Now().Add(-d).UnixMilli(), 10)}
	}
	deaf := map[string]refusal{"describe-alarms": {code: "AccessDenied", message: "not allowed"}}
	tests := []struct {
		name    string
		alarm   *alarm
		refuse  map[string]refusal
		changes variables
		excused bool
		says    string
	}{
		{name: "when it fires since before the build", alarm: firing(), changes: ago(time.Minute), excused: true},
		{
			name:  "when it fires since before the program, outside CodeBuild, and only its last update is known",
			alarm: &alarm{state: "ALARM", updated: time.Now().Add(-time.Hour), onlyHasUpdated: true}, excused: true,
		},
		{name: "but not when it fires since the build waited for a machine", alarm: firing(), changes: ago(2 * time.Hour)},
		{name: "but not when it has stopped", alarm: &alarm{state: "OK", transitioned: time.Now().Add(-time.Hour)}},
		{name: "but not when there is none", says: "shop-release is not known: there is no metric alarm of this name"},
		{
			name: "but not when it cannot be seen", alarm: firing(), refuse: deaf,
			says: "WARNING: the state of the alarm shop-release is not known: aws cloudwatch describe-alarms failed: AccessDenied",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := deploying("Updating", "Ready")
			a.alarm, a.refuse = test.alarm, test.refuse
			if test.excused {
				a.alarm.next = []string{"ALARM", "OK"}
			}
			code, lines := probe(t, a, serve(t, answers(http.StatusBadGateway)), alarmed, test.changes)
			assert.Contains(t, verdict(t, lines), "× 502", "failures are told in any case")
			if test.excused {
				assert.Zero(t, code)
				says(t, lines, ": neither alarms nor failed requests count against this release")
				assert.Contains(t, lines[len(lines)-1], "excused: the alarm shop-release fired before this release, since ")
				a.excuses(t)
			} else {
				assert.Equal(t, 1, code)
				says(t, lines, test.says)
				a.excusesNothing(t)
			}
		})
	}
}
