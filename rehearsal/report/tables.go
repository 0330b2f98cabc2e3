package report

import (
	"fmt"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

// failuresListed is how many failed requests are listed one by one.
const failuresListed = 50

// methods is the comparison of methods: a row for each, from its run with a good version and, where
// there is one, its first run with a bad one.
func methods(runs []Run) grid {
	g := grid{
		Caption: "Methods as measured",
		Header: []string{"method", "duration", "to AllAtOnce", "requests failed", "least in service", "as promised",
			"a failed release left"},
	}
	var fastest time.Duration
	good, bad := map[rollout.Method]*Run{}, map[rollout.Method]*Run{}
	for i, r := range runs {
		method, of := r.Policy.WithDefaults().Method, good
		if r.Fault != nil {
			of = bad
		}
		if of[method] == nil {
			of[method] = &runs[i]
		}
		if method == rollout.AllAtOnce && r.Fault == nil {
			fastest = r.deployed()
		}
	}
	for _, method := range rollout.Methods() {
		r, b := good[method], bad[method]
		if r == nil && b == nil {
			continue
		}
		cells := []any{method, "-", "-", "-", "-", "-"}
		if r != nil {
			cells = []any{method, timed(r.deployed(), r.Speed), ratio(r.deployed(), fastest), outOf(r.failed(), r.requests()),
				fmt.Sprintf("%d of %d", r.Floor, r.fleet()), yes(Judge(*r).AsPromised)}
		}
		left := "-"
		if b != nil {
			left = fmt.Sprintf("%s; %s requests failed (%s)", b.instances(b.Left)+b.after(), outOf(b.failed(), b.requests()), b.Fault.Name)
		}
		g.row(append(cells, left)...)
	}
	return g
}

func ratio(d, of time.Duration) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", float64(d)/float64(of))
}

// faults is what is expected of bad versions, and what was seen.
func faults(runs []Run) grid {
	g := grid{
		Caption: "Bad versions: expected and seen",
		Header:  []string{"method", "fault", "expected", "seen", "as expected", "prevented by"},
	}
	for _, r := range runs {
		if f := r.Fault; f != nil {
			expected := outcome(f.Succeeds, f.Loses)
			if f.Left != nil {
				expected += "; " + r.instances(f.Left)
			}
			g.row(r.Policy.WithDefaults().Method, f.Name, expected,
				outcome(r.Succeeded, r.failed() > 0)+"; "+r.instances(r.Left)+r.after(), yes(Judge(r).AsPromised), f.Prevention)
		}
	}
	return g
}

func outcome(succeeds, loses bool) string {
	release, requests := "release fails", "no request fails"
	if succeeds {
		release = "release goes through"
	}
	if loses {
		requests = "requests fail"
	}
	return release + ", " + requests
}

// steps compares the plan with the measurement.
func (r Run) steps() grid {
	g := grid{
		Caption: "Steps: plan and measurement (" + legend + ")",
		Header:  []string{"step", "action", "batch", "planned", "seen", "as planned", "planned to take", "took", "difference"},
	}
	for i, s := range r.Plan {
		batch, planned := "-", r.compressed(s.Duration)
		if s.Batch > 0 {
			batch = fmt.Sprint(s.Batch)
		}
		cells := []any{i + 1, s.Action, batch, chart(s.Old, s.New, s.Out)}
		if i >= len(r.Steps) {
			g.row(append(cells, "not reached", "-", timed(planned, r.Speed), "-", "-")...)
			continue
		}
		m := r.Steps[i]
		g.row(append(cells, chart(m.Old, m.New, m.Out), yes(m.asPlanned()), timed(planned, r.Speed),
			timed(m.Took, r.Speed), difference(m.Took, planned))...)
	}
	same, deviation := yes(r.Plan.Floor() == r.Floor), difference(r.Took, r.planned())
	if len(r.Steps) < len(r.Plan) { // A part and a whole do not compare.
		same, deviation = "-", "-"
	}
	g.row("", "all", "", fmt.Sprintf("at least %d", r.Plan.Floor()), fmt.Sprintf("at least %d", r.Floor), same,
		timed(r.planned(), r.Speed), timed(r.Took, r.Speed), deviation)
	return g
}

func difference(took, planned time.Duration) string {
	if planned == 0 {
		return "-"
	}
	return fmt.Sprintf("%+.0f %%", 100*(float64(took)/float64(planned)-1))
}

// requestsByKind is how the requests of each kind went.
func (r Run) requestsByKind() grid {
	g := grid{
		Caption: "Requests by kind; latency counts from when a request was due",
		Header:  []string{"kind", "requests", "failed", "p50", "p90", "p99", "longest"},
	}
	if r.Results == nil {
		return g
	}
	tallies := r.Results.ByKind()
	for _, kind := range load.Kinds() {
		tally, sent := tallies[kind]
		if !sent {
			continue
		}
		cells := []any{kind, number(tally.Requests), number(tally.Failed)}
		for _, p := range []float64{50, 90, 99, 100} {
			latency := "-"
			if tally.Requests > tally.Failed {
				latency = short(r.Results.Percentile(p, kind))
			}
			cells = append(cells, latency)
		}
		g.row(cells...)
	}
	return g
}

// requestsByVersion is which version answered.
func (r Run) requestsByVersion() grid {
	g := grid{Caption: "Requests by version", Header: []string{"version", "requests", "failed"}}
	if r.Results == nil {
		return g
	}
	tallies, counts := r.Results.ByVersion(), map[string]int{}
	for version, tally := range tallies {
		counts[version] = tally.Requests
	}
	for _, version := range r.versions(counts) {
		g.row(r.versionName(version), number(tallies[version].Requests), number(tallies[version].Failed))
	}
	return g
}

func (r Run) versionName(version string) string {
	switch version {
	case "":
		return "not known"
	case "old", "new":
		return version
	case r.From:
		return version + " (old)"
	case r.To:
		return version + " (new)"
	}
	return version
}

// failedRequests lists the first requests that failed.
func (r Run) failedRequests() grid {
	g := grid{Header: []string{"after", "kind", "failure", "version", "instance", "phase", "detail"}}
	if r.failed() == 0 {
		return g
	}
	first := r.Results.Failures(failuresListed)
	g.Caption = fmt.Sprintf("The first %d of %s requests that failed, by the time since the release began", len(first), number(r.failed()))
	if len(first) == r.failed() {
		g.Caption = "The requests that failed, by the time since the release began"
	}
	for _, f := range first {
		detail := f.Detail
		switch {
		case detail == "" && f.Status != 0:
			detail = fmt.Sprintf("answered %d", f.Status)
		case detail == "":
			detail = "-"
		}
		g.row(timed(f.At.Sub(r.Began), r.Speed), f.Kind, f.Failure, r.versionName(f.Version), f.Instance, r.phase(f.Ended()), detail)
	}
	return g
}
