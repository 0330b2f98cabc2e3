package report

import (
	"fmt"
	"io"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// steps is what the way back did.
func (b WayBack) steps(r Run) grid {
	g := grid{
		Caption: "The way back: " + b.How + " (" + legend + ")",
		Header:  []string{"step", "action", "batch", "seen", "planned to take", "took"},
	}
	for i, m := range b.Steps {
		batch := "-"
		if m.Step.Batch > 0 {
			batch = fmt.Sprint(m.Step.Batch)
		}
		g.row(i+1, m.Step.Action, batch, chart(m.Old, m.New, m.Out),
			timed(r.compressed(m.Step.Duration), r.Speed), timed(m.Took, r.Speed))
	}
	g.row("", "all", "", r.instances(b.Left)+" in the end", timed(r.compressed(b.Planned), r.Speed), timed(b.Took, r.Speed))
	return g
}

// wayBackSteps is an empty grid where there was no way back.
func (r Run) wayBackSteps() grid {
	if r.WayBack == nil {
		return grid{}
	}
	return r.WayBack.steps(r)
}

// text writes the way back below the steps of the release.
func (b WayBack) text(w io.Writer, r Run) {
	g := b.steps(r)
	fmt.Fprintf(w, "The way back: %s\n", b.How)
	g.text(w)
	fmt.Fprintln(w)
}

// Return is a sentence about the way back, or nothing where there was none.
func (r Run) Return() string {
	b := r.WayBack
	if b == nil {
		return ""
	}
	requests, failed := r.between(b.Began, b.Began.Add(b.Took))
	meanwhile := fmt.Sprintf("%s requests failed meanwhile", outOf(failed, requests))
	if !b.Succeeded {
		return fmt.Sprintf("the previous version did not come back (%s), %s; in the end: %s",
			b.Reason, meanwhile, r.instances(b.Left))
	}
	return fmt.Sprintf("the previous version was back after %s (%s), %s; in the end: %s",
		timed(b.Took, r.Speed), b.How, meanwhile, r.instances(b.Left))
}

// between counts the requests that were due in a time, and those of them that failed.
func (r Run) between(from, to time.Time) (requests, failed int) {
	if r.Results == nil {
		return 0, 0
	}
	for s := range r.Results.Samples() {
		if s.At.Before(from) || s.At.After(to) {
			continue
		}
		requests++
		if s.Failure != "" {
			failed++
		}
	}
	return requests, failed
}

// after is what comes behind what a failed release left.
func (r Run) after() string {
	switch b := r.WayBack; {
	case b == nil:
		return ""
	case !b.Succeeded:
		return "; the way back failed: " + r.instances(b.Left)
	default:
		return fmt.Sprintf("; then back within %s: %s", timed(b.Took, r.Speed), r.instances(b.Left))
	}
}

type wayBackJSON struct {
	How            string         `json:"how"`
	At             float64        `json:"at"`
	PlannedSeconds float64        `json:"planned_seconds"`
	TookSeconds    float64        `json:"took_seconds"`
	Succeeded      bool           `json:"succeeded"`
	Reason         string         `json:"reason"`
	Requests       int            `json:"requests"`
	Failed         int            `json:"failed"`
	Left           map[string]int `json:"left"`
	Steps          []backStepJSON `json:"steps"`
}

type backStepJSON struct {
	Action         rollout.Action `json:"action"`
	Batch          int            `json:"batch"`
	Instances      int            `json:"instances"`
	PlannedSeconds float64        `json:"planned_seconds"`
	Seen           capacityJSON   `json:"seen"`
}

func (r Run) wayBackJSON() *wayBackJSON {
	b := r.WayBack
	if b == nil {
		return nil
	}
	j := &wayBackJSON{
		How: b.How, At: r.x(b.Began), PlannedSeconds: r.compressed(b.Planned).Seconds(), TookSeconds: b.Took.Seconds(),
		Succeeded: b.Succeeded, Reason: b.Reason, Left: b.Left, Steps: []backStepJSON{},
	}
	j.Requests, j.Failed = r.between(b.Began, b.Began.Add(b.Took))
	for _, m := range b.Steps {
		j.Steps = append(j.Steps, backStepJSON{
			m.Step.Action, m.Step.Batch, m.Step.Instances, r.compressed(m.Step.Duration).Seconds(),
			capacityJSON{m.Old, m.New, m.Out, new(r.x(m.Began)), m.Took.Seconds()},
		})
	}
	return j
}
