package report_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func text(runs ...report.Run) string {
	var b strings.Builder
	report.Text(&b, runs)
	return b.String()
}

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const speed = 20

// rehearsed is a release that went as planned but for five percent of time, with 50 requests a
// second from five seconds before to three seconds after. Where nothing serves, requests fail.
func rehearsed(policy rollout.Policy, change ...func(*report.Run)) report.Run {
	policy = policy.WithDefaults()
	plan := policy.Plan()
	plan = plan[:len(plan)-1] // Without the bake.
	r := report.Run{
		Policy: policy, Plan: plan, Source: "cdk.out/shop-web.template.json", Speed: speed, From: "v1", To: "v2", Began: noon, Succeeded: true, Floor: plan.Floor(),
		Left: map[string]int{"v2": policy.Fleet.Desired},
	}
	r.Events = append(r.Events, report.Event{At: noon.Add(-5 * time.Second), Step: -1, Text: "ready", Old: policy.Fleet.Desired})
	for i, s := range plan {
		took := s.Duration / speed * 105 / 100
		r.Steps = append(r.Steps, report.Measured{Step: s, Old: s.Old, New: s.New, Out: s.Out, Began: noon.Add(r.Took), Took: took})
		r.Events = append(r.Events, report.Event{At: noon.Add(r.Took), Step: i, Action: s.Action, Old: s.Old, New: s.New, Out: s.Out})
		r.Took += took
	}
	last := plan[len(plan)-1]
	r.Events = append(r.Events, report.Event{At: noon.Add(r.Took), Step: -1, Text: "done", Old: last.Old, New: last.New})
	for _, c := range change {
		c(&r)
	}
	r.Results = load.Collect(noon.Add(-5*time.Second), noon.Add(r.Took+3*time.Second), func(yield func(load.Sample) bool) {
		n := 0
		for at := -5 * time.Second; at < r.Took+3*time.Second; at += 20 * time.Millisecond {
			n++
			yield(sample(r, n, at))
		}
	})
	return r
}

// sample is the n-th request: who answers it is read off the step at its time.
func sample(r report.Run, n int, at time.Duration) load.Sample {
	old, new := r.Policy.Fleet.Desired, 0
	for _, s := range r.Steps {
		if !s.Began.After(noon.Add(at)) {
			old, new = s.Old, s.New
		}
	}
	s := load.Sample{
		At: noon.Add(at), Kind: load.KeepAlive, Status: 200, Version: "v1", Instance: "i-1",
		Latency: time.Duration(2000+n*7919%1000) * time.Microsecond,
	}
	switch {
	case n%20 == 0:
		s.Kind, s.Latency = load.Slow, 2*time.Second
	case n%4 == 0:
		s.Kind = load.NewConnection
	}
	if n%97 == 0 {
		s.Latency *= 5
	}
	switch {
	case old+new == 0:
		s.Status, s.Failure, s.Version, s.Instance = 503, load.ServiceUnavailable, "", ""
	case n%(old+new) < new:
		s.Version, s.Instance = "v2", "i-2"
	}
	return s
}

// failing makes every n-th request in some steps fail with a reset.
func failing(r report.Run, every, from, to int) report.Run {
	var changed []load.Sample
	n, causes := 0, report.Seen{First: r.Steps[from].Began}
	for s := range r.Results.Samples() {
		n++
		if n%every == 0 && !s.At.Before(r.Steps[from].Began) && s.At.Before(r.Steps[to].Began) {
			s.Failure, s.Status, s.Version, s.Instance, s.Latency = load.Reset, 0, "", "", 5*time.Millisecond
			causes.Times++
		}
		changed = append(changed, s)
	}
	r.Results = load.Collect(r.Results.Began(), r.Results.Ended(), slices.Values(changed))
	r.Causes = map[report.Cause]report.Seen{{Instance: "i-1", Reason: "connection closed early"}: causes}
	return r
}

// refusing makes these versions answer 404.
func refusing(r report.Run, versions ...string) report.Run {
	var changed []load.Sample
	for s := range r.Results.Samples() {
		if slices.Contains(versions, s.Version) {
			s.Status = 404
		}
		changed = append(changed, s)
	}
	r.Results = load.Collect(r.Results.Began(), r.Results.Ended(), slices.Values(changed))
	return r
}

// healed is a release by Rolling with a bad version that was put back.
func healed(change ...func(*report.WayBack)) report.Run {
	r := bad(rolling, 2, map[string]int{"v1": 2})
	back := rehearsed(rolling).Steps[:4]
	began := noon.Add(r.Took)
	r.WayBack = &report.WayBack{
		How: "the pipeline deploys the previous version again", Planned: 250 * time.Second, Began: began,
		Took: 12500 * time.Millisecond, Succeeded: true, Left: map[string]int{"v1": 4},
	}
	for _, s := range back {
		s.Old, s.New, s.Began = s.Old+s.New, 0, s.Began.Add(r.Took)
		r.WayBack.Steps = append(r.WayBack.Steps, s)
	}
	for _, c := range change {
		c(r.WayBack)
	}
	return r
}

// bad is a release that stops in a step with a version that never gets ready.
func bad(policy rollout.Policy, step int, left map[string]int) report.Run {
	return rehearsed(policy, func(r *report.Run) {
		r.Steps = r.Steps[:step+1]
		r.Took = r.Steps[step].Began.Sub(noon) + 30*time.Second
		r.Steps[step].Took = 30 * time.Second
		r.Succeeded, r.Reason, r.Left = false, "the batch was not healthy within the command timeout", left
		r.Floor = 99
		for _, s := range r.Steps {
			r.Floor = min(r.Floor, s.Old+s.New)
		}
		r.Fault = &report.Fault{
			Name: "never-ready", Effect: "nothing: the load balancer sends no request to an instance that is not ready",
			Prevention: "the health check path /readyz", Loses: r.Floor == 0, Left: left,
		}
	})
}
