package rollout

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// Describe renders the plan of a release, step by step, with the capacity at each, as text.
func (p Policy) Describe() string {
	p = p.WithDefaults()
	plan, back := p.Plan(), p.WayBack()
	perMark := (plan.running() + widestChart - 1) / widestChart
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", p.Summary())
	b.WriteString(table(func(row func(cells ...any)) {
		row("step", "action", "batch", "old", "new", "out", "in service", "takes about")
		for i, s := range plan {
			batch := "-"
			if s.Batch > 0 {
				batch = fmt.Sprint(s.Batch)
			}
			row(i+1, s.Action, batch, s.Old, s.New, s.Out, s.chart(perMark), clock(s.Duration))
		}
	}))
	fmt.Fprintf(&b, "\n# old version, * new version, . not in service; %d in service when the release begins\n", p.Fleet.Desired)
	if perMark > 1 {
		fmt.Fprintf(&b, "Each mark stands for %d instances, the last of its kind for those that are left.\n", perMark)
	}
	fmt.Fprintf(&b, "A release takes about %s: %s to deploy it, and %s of bake. Then CodePipeline checks the alarm for a minute.\n%s\n",
		clock(plan.Duration()), clock(plan.Deployment()), clock(p.Bake), p.probe())
	fmt.Fprintf(&b, "The way back takes about %s: %s.\n", clock(back.Takes), back.How)
	fmt.Fprintf(&b, "While settings change, at least %s instances serve.\n", p.of(p.ConfigurationFloor()))
	if p.IgnoreHealthCheck {
		fmt.Fprintf(&b, "Health checks are ignored (%s): %s.\n", p.IgnoreHealthCheckReason, ignored)
	}
	b.WriteString("\nIf it fails:\n")
	for _, group := range plan.failures() {
		fmt.Fprintf(&b, "  in step %s: %s\n", group.steps, group.left)
	}
	return b.String()
}

// probe says what the probe does and how much it puts up with.
func (p Policy) probe() string {
	enough := "one failed request puts"
	switch {
	case p.ProbeMaxFailures == 1:
		enough = "more than 1 failed request puts"
	case p.ProbeMaxFailures > 1:
		enough = fmt.Sprintf("more than %d failed requests put", p.ProbeMaxFailures)
	}
	if p.DowntimeExpected() {
		return fmt.Sprintf("Requests fail while it is deployed, and that puts nothing back; in the bake, %s it back.", enough)
	}
	return fmt.Sprintf("While it is deployed and through the bake, a probe asks the application once a second; "+
		"%s the release back, one fault of the probe's own network aside.", enough)
}

// widestChart is how many marks a line of the plan has room for.
const widestChart = 50

// chart draws the instances of a step, so many with each mark.
func (s Step) chart(perMark int) string {
	marks := func(mark string, n int) string { return strings.Repeat(mark, (n+perMark-1)/perMark) }
	return marks("#", s.Old) + marks("*", s.New) + marks(".", s.Out)
}

func (s Step) running() int { return s.Old + s.New + s.Out }

// running is the most instances that run at any step.
func (p Plan) running() int {
	most := 0
	for _, s := range p {
		most = max(most, s.running())
	}
	return most
}

type failure struct{ steps, left string }

// failures joins the steps whose failure leaves the same.
func (p Plan) failures() []failure {
	var groups []failure
	for i := 0; i < len(p); {
		j := i
		for j+1 < len(p) && p[j+1].IfFails == p[i].IfFails {
			j++
		}
		steps := fmt.Sprint(i + 1)
		if j > i {
			steps = fmt.Sprintf("%d to %d", i+1, j+1)
		}
		groups = append(groups, failure{steps, p[i].IfFails})
		i = j + 1
	}
	return groups
}

// table aligns rows of cells.
func table(fill func(row func(cells ...any))) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fill(func(cells ...any) {
		text := make([]string, len(cells))
		for i, cell := range cells {
			text[i] = fmt.Sprint(cell)
		}
		fmt.Fprintln(w, strings.Join(text, "\t"))
	})
	w.Flush()
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// clock is a duration as people say it.
func clock(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
}
