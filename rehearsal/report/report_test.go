package report_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/report"
)

var (
	four      = rollout.Fleet{Min: 4}
	allAtOnce = rollout.Policy{Method: rollout.AllAtOnce, AllowDowntime: true, DowntimeReason: "a test", Fleet: four}
	rolling   = rollout.Policy{Method: rollout.Rolling, BatchSize: 2, Fleet: four}
	immutable = rollout.Policy{Method: rollout.Immutable, Fleet: four}
)

func compared() []report.Run {
	return []report.Run{
		rehearsed(allAtOnce), rehearsed(rolling), failing(rehearsed(immutable), 50, 2, 5),
		bad(allAtOnce, 1, map[string]int{}),
		bad(rolling, 2, map[string]int{"v1": 2}), bad(immutable, 1, map[string]int{"v1": 4}),
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	t.Run("a promise that is kept", func(t *testing.T) {
		t.Parallel()
		golden(t, "rolling.txt", text(rehearsed(rolling)))
	})
	t.Run("downtime as promised", func(t *testing.T) {
		t.Parallel()
		golden(t, "all-at-once.txt", text(rehearsed(allAtOnce)))
	})
	t.Run("a promise that is broken", func(t *testing.T) {
		t.Parallel()
		golden(t, "broken.txt", text(failing(rehearsed(rolling), 10, 1, 2)))
	})
	t.Run("a bad version", func(t *testing.T) {
		t.Parallel()
		golden(t, "bad.txt", text(bad(rolling, 2, map[string]int{"v1": 2})))
	})
	t.Run("a bad version, and the way back", func(t *testing.T) {
		t.Parallel()
		golden(t, "healed.txt", text(healed()))
	})
	t.Run("methods compared", func(t *testing.T) {
		t.Parallel()
		golden(t, "compare.txt", text(compared()...))
	})
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	report.Markdown(&b, compared())
	golden(t, "compare.md", b.String())
}

func TestJudge(t *testing.T) {
	t.Parallel()
	migrating := failing(rehearsed(rolling), 10, 0, 1)
	migrating.Migrated, migrating.Began, migrating.Steps = noon.Add(-time.Second), noon.Add(time.Hour), nil
	for _, c := range []struct {
		name               string
		run                report.Run
		asPromised, passed bool
		reason             string
	}{
		{"no request failed", rehearsed(rolling), true, true, ""},
		{"downtime is no success even where it is promised", rehearsed(allAtOnce), true, false, ""},
		{"requests failed", failing(rehearsed(rolling), 10, 1, 2), false, false,
			"16 of 1,713 requests failed (16 × reset), all of them in step 2, deploy batch 1"},
		{"the release failed", rehearsed(rolling, func(r *report.Run) { r.Succeeded, r.Reason, r.Left = false, "no reason", nil }), false, false,
			"the release failed: no reason"},
		{"an instance was missing", rehearsed(rolling, func(r *report.Run) { r.Steps[1].Old, r.Steps[1].Out = 1, 3 }), false, false,
			`in step 2, deploy batch 1, "#..." served, planned was "##.."`},
		{"an instance was missing between two steps", rehearsed(rolling, func(r *report.Run) { r.Floor = 1 }), false, false,
			"for a while only 1 of 4 instances served, planned were at least 2"},
		{"a step was left out", rehearsed(rolling, func(r *report.Run) { r.Steps = r.Steps[:7] }), false, false,
			"only 7 of 8 steps were taken"},
		{"the old version is left", rehearsed(rolling, func(r *report.Run) { r.Left = map[string]int{"v1": 1, "v2": 3, "v0": 0} }), false, false,
			"1 on v1, 3 on v2 at the end, expected was 4 on v2"},
		{"nothing was measured", report.Run{Policy: rolling, Plan: rolling.Plan(), Succeeded: true}, false, false,
			"no request was sent, so nothing was measured"},
		{"the new version refuses what the old one gave", refusing(rehearsed(rolling), "v2"), false, false,
			"v2 answered 404 to "},
		{"every version refuses, so nothing was measured", refusing(rehearsed(rolling), "v1", "v2"), false, false,
			"v1 answered 404 to every keep-alive request: ask for a path that it has and that strangers may see"},
		{"requests failed before the release, because of its migration", migrating, false, false,
			"all of them in the time after the migration"},
		{"a bad version did what is expected", bad(rolling, 2, map[string]int{"v1": 2}), true, true, ""},
		{"a bad version went through", rehearsed(rolling, func(r *report.Run) { r.Fault = &report.Fault{Name: "exit"} }), false, false,
			"the bad release went through"},
		{"a bad version was healed", healed(), true, true, ""},
		{"a bad version was not healed", healed(func(b *report.WayBack) { b.Succeeded, b.Reason = false, "no reason" }), false, false,
			"the previous version did not come back: no reason"},
		{"a bad version did no harm", rehearsed(rolling, func(r *report.Run) { r.Fault = &report.Fault{Succeeds: true, Loses: true} }), false, false,
			"no request failed, though some are expected to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := report.Judge(c.run)
			assert.Equal(t, c.asPromised, v.AsPromised, "%q", v.Reasons)
			assert.Equal(t, c.passed, v.Passed)
			assert.Contains(t, strings.Join(v.Reasons, "\n"), c.reason)
			assert.Equal(t, c.asPromised, len(v.Reasons) == 0)
		})
	}
}

// Every duration of a release says at what speed it was measured.
func TestTimesSayTheirSpeed(t *testing.T) {
	t.Parallel()
	durations := regexp.MustCompile(`\d m?s( |$)[^×]`)
	for line := range strings.Lines(text(compared()...)) {
		if !strings.HasPrefix(line, "Durations are") {
			assert.NotRegexp(t, durations, line)
		}
	}
	for line := range strings.Lines(text(rehearsed(rolling))) {
		if strings.HasPrefix(line, "keep-alive") {
			assert.NotContains(t, line, "×", "nothing shortens a latency")
		}
	}
	assert.Contains(t, text(rehearsed(rolling)), "26.2 s ×20 ")
	slow := rehearsed(rolling)
	slow.Speed = 1
	assert.Contains(t, text(slow), "26.2 s ×1 ")
}

func TestJSON(t *testing.T) {
	t.Parallel()
	r := bad(rolling, 2, map[string]int{"v1": 2})
	r.Causes = map[report.Cause]report.Seen{
		{Status: 502, Instance: "i-1", Reason: "connection reset"}: {Times: 1, First: noon},
		{Status: 503, Reason: "no target in group live"}:           {Times: 2, First: noon.Add(time.Second)},
	}
	r.Results = load.Collect(noon, noon.Add(time.Second), func(yield func(load.Sample) bool) {
		_ = yield(sample(r, 1, 0)) && yield(load.Sample{At: noon, Kind: load.Slow, Failure: load.Reset})
	})
	var b strings.Builder
	require.NoError(t, report.JSON(&b, []report.Run{r}))
	golden(t, "report.json", b.String())

	b.Reset()
	require.NoError(t, report.JSON(&b, []report.Run{{Policy: rolling, Plan: rolling.Plan(), Speed: 1}}))
	var document struct{ Runs []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(b.String()), &document))
	assert.Nil(t, document.Runs[0]["load"])
}

func TestJSONOfAWayBack(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, report.JSON(&b, []report.Run{healed()}))
	var document struct {
		Runs []struct {
			WayBack struct {
				Succeeded        bool
				TookSeconds      float64 `json:"took_seconds"`
				Requests, Failed int
				Left             map[string]int
				Steps            []struct{ Action string }
			} `json:"way_back"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(b.String()), &document))
	back := document.Runs[0].WayBack
	assert.True(t, back.Succeeded)
	assert.InDelta(t, 12.5, back.TookSeconds, 0.01)
	assert.Equal(t, 150, back.Requests, "the load ends three seconds after the release")
	assert.Zero(t, back.Failed)
	assert.Equal(t, map[string]int{"v1": 4}, back.Left)
	assert.Len(t, back.Steps, 4)
	assert.Equal(t, "drain", back.Steps[0].Action)
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "report")
	runs := []report.Run{rehearsed(rolling), bad(immutable, 1, nil), {Policy: rolling, Plan: rolling.Plan()}}
	require.NoError(t, report.Write(dir, runs))
	require.NoError(t, report.Write(dir, runs), "again")

	var samples struct {
		Fields []string
		Runs   [][][]any
	}
	text, err := os.ReadFile(filepath.Join(dir, "samples.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &samples))
	assert.Equal(t, []string{"at", "latency_seconds", "kind", "status", "failure", "version", "instance"}, samples.Fields)
	require.Len(t, samples.Runs, 3)
	assert.Len(t, samples.Runs[0], runs[0].Results.Requests())
	assert.Equal(t, []any{-5.0, 0.002919, "keep-alive", 200.0, "", "v1", "i-1"}, samples.Runs[0][0])
	assert.Empty(t, samples.Runs[2])
	assert.FileExists(t, filepath.Join(dir, "index.html"))
	assert.FileExists(t, filepath.Join(dir, "report.json"))
}
