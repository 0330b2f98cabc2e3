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

// suppresses checks that the alarm of each of these environments, and of no other, keeps quiet from the start
// of a release until CodePipeline has checked it.
func (a *account) suppresses(t *testing.T, environments ...string) {
	t.Helper()
	for environment, minutes := range a.quiet(t) {
		if !slices.Contains(environments, environment) {
			assert.LessOrEqual(t, slices.Max(minutes), 1, "%s is suppressed no longer than it is deployed to", environment)
		}
	}
	for _, environment := range environments {
		for minute := range 10 + 3 + 1 {
			assert.Contains(t, a.quiet(t)[environment], minute, "%s, minute %d", environment, minute)
		}
		assert.Equal(t, 10+3, slices.Max(a.quiet(t)[environment]), environment)
	}
}

// quiet are the minutes from now in which the alarm of each environment keeps quiet.
func (a *account) quiet(t *testing.T) map[string][]int {
	t.Helper()
	minutes := map[string][]int{}
	for _, m := range a.metrics {
		if m.MetricName != release.MetricExcused {
			continue
		}
		at, err := time.Parse(time.RFC3339, m.Timestamp)
		require.NoError(t, err)
		assert.EqualValues(t, 1, m.Value)
		require.Len(t, m.Dimensions, 2)
		assert.Equal(t, struct{ Name, Value string }{release.DimensionApplication, "shop"}, m.Dimensions[0])
		assert.Equal(t, release.DimensionEnvironment, m.Dimensions[1].Name)
		environment := m.Dimensions[1].Value
		minutes[environment] = append(minutes[environment], int(time.Until(at).Round(time.Minute).Minutes()))
	}
	return minutes
}

// ago is when CodeBuild began the build.
func ago(d time.Duration) variables {
	return variables{"CODEBUILD_START_TIME": strconv.FormatInt(time.Now().Add(-d).UnixMilli(), 10)}
}

// inTime is a build that began while the version before served alone.
var inTime = variables{release.VariableBeforeLimit: "130000"}

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
		assert.Regexp(t, `FAILED: the alarm shop-release fires since 2126-01-02T03:04:05.000Z; the probe itself saw 0 of \d+ requests fail \(0 %\)$`, lines[len(lines)-1])
		assert.Len(t, a.made(t, "describe-alarms"), 3+1)
		assert.NotEmpty(t, a.quiet(t)["shop-live"], "while it is deployed")
		a.suppresses(t)
	})
	t.Run("by a swap, after a swap", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.alarm = &alarm{state: "OK", transitioned: since, next: []string{"OK", "OK", "ALARM"}}
		code, lines := s.release(t, "v1", alarmed, variables{release.VariableSwapProbe: "20000"})
		assert.Equal(t, 1, code)
		s.serves(t, "shop-blue", "v0")
		says(t, lines, "the alarm shop-release fires since 2126-01-02T03:04:05.000Z; the probe itself saw 0 of ",
			" requests fail (0 %). Swapped back: shop-blue serves again")
	})
	t.Run("unless it began before resolvers knew of the swap, with the previous version", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.swapping = func() { s.alarm.transitioned = time.Now() }
		s.alarm = &alarm{state: "OK", next: []string{"OK", "ALARM"}}
		code, _ := s.release(t, "v1", alarmed)
		assert.Zero(t, code)
		s.serves(t, "shop-green", "v1")
		assert.NotEmpty(t, s.quiet(t)["shop-green"], "while it is deployed and resolvers do not know of the swap")
		s.suppresses(t, "shop-blue")
	})
}

// An alarm can fire because of what strangers do, and what it counts during a deployment can be requests that
// a client keeps open longer than the deregistration delay.
func TestAlarmThatBeganToFireBeforeTheReleaseWasDeployed(t *testing.T) {
	t.Parallel()
	deploying := func(states ...string) *account {
		a := deploying("Updating", "Ready")
		a.alarm = firing()
		a.alarm.next = states
		return a
	}
	t.Run("suppresses nothing: requests that fail count", func(t *testing.T) {
		t.Parallel()
		a := deploying("ALARM", "OK")
		a.environments[0].next = append(slices.Repeat([]step{{status: "Updating"}}, 20), step{status: "Ready"})
		site := serve(t, nil)
		site.handle(func(w http.ResponseWriter, _ *http.Request) {
			if site.seen.Load() > 12 {
				w.WriteHeader(http.StatusBadGateway)
			}
		})
		code, lines := probe(t, a, site, alarmed, inTime)
		assert.Equal(t, 1, code)
		assert.Contains(t, verdict(t, lines), "× 502")
		a.suppresses(t)
	})
	t.Run("rolls back no release after which it stops", func(t *testing.T) {
		t.Parallel()
		a := deploying("ALARM", "ALARM", "OK")
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), alarmed, inTime)
		assert.Zero(t, code)
		says(t, lines, "the alarm shop-release still fires: waiting for it to stop")
		a.suppresses(t)
	})
	t.Run("rolls a release back that does not make it stop, and says that the probe saw nothing of it", func(t *testing.T) {
		t.Parallel()
		a := deploying()
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), alarmed, inTime, variables{release.VariableSettleLimit: "200"})
		assert.Equal(t, 1, code)
		assert.Regexp(t, `FAILED: the alarm shop-release still fires 0 minutes after the deployment, since .*; the probe itself saw 0 of \d+ requests fail \(0 %\)$`,
			lines[len(lines)-1])
	})
	t.Run("is as old as its last update where nothing else is known", func(t *testing.T) {
		t.Parallel()
		a := deploying("ALARM", "OK")
		a.alarm = &alarm{state: "ALARM", updated: time.Now().Add(-time.Hour), next: a.alarm.next, onlyHasUpdated: true}
		code, _ := probe(t, a, serve(t, answers(http.StatusOK)), alarmed, inTime)
		assert.Zero(t, code)
	})
}

func TestAlarmThatCannotBeSeenJudgesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		alarm  *alarm
		refuse map[string]refusal
		says   string
	}{
		"because there is none":         {nil, nil, "there is no metric alarm shop-release"},
		"because it may not be seen":    {firing(), map[string]refusal{"describe-alarms": {code: "AccessDenied", message: "not allowed"}}, "aws cloudwatch describe-alarms failed: AccessDenied"},
		"because one of two is missing": {&alarm{state: "OK"}, nil, "there is no metric alarm shop-green-release"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := deploying("Updating", "Ready")
			a.alarm, a.refuse = c.alarm, c.refuse
			changes := alarmed
			if c.refuse == nil && c.alarm != nil {
				changes = variables{release.VariableReleaseAlarms: "shop-release,shop-green-release"}
			}
			code, lines := probe(t, a, serve(t, answers(http.StatusOK)), changes)
			assert.Zero(t, code)
			says(t, lines, "WARNING: the state of the release alarm is not known: "+c.says)
		})
	}
}
