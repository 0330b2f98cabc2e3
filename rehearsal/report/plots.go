package report

import (
	"fmt"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

// figure is a plot with its words.
type figure struct {
	Title string
	// Label says in words what can be seen, for those who see no plot.
	Label string
	// Caption explains how to read it.
	Caption string
	Keys    []key
	plot    *plot.Plot
}

// figures are the plots of a run over the same time.
func (r Run) figures() []figure {
	if r.Results == nil || r.Results.Requests() == 0 {
		return nil
	}
	bucket := bucketFor(r.Results.Ended().Sub(r.Results.Began()))
	series := r.Results.Series(bucket)
	return []figure{r.instancesFigure(), r.versionsFigure(series, bucket), r.failuresFigure(series, bucket), r.latencyFigure(series, bucket)}
}

// bucketFor divides a time into some hundred buckets of a round length.
func bucketFor(total time.Duration) time.Duration {
	for _, d := range []time.Duration{100, 200, 500, 1000, 2000, 5000, 10_000, 30_000} {
		if total/(d*time.Millisecond) <= 150 {
			return d * time.Millisecond
		}
	}
	return max(time.Minute, total/150)
}

// x is a time on the axis that all plots share.
func (r Run) x(t time.Time) float64 { return t.Sub(r.Began).Seconds() }

// middle is where the figure of a stretch of time is drawn.
func (r Run) middle(b load.Bucket, bucket time.Duration) float64 { return r.x(b.From.Add(bucket / 2)) }

func (r Run) instancesFigure() figure {
	c := r.canvas("instances")
	old, withNew, all, planned := plotter.XYs{}, plotter.XYs{}, plotter.XYs{}, plotter.XYs{}
	add := func(x float64, o, n, out int) {
		old = append(old, plotter.XY{X: x, Y: float64(o)})
		withNew = append(withNew, plotter.XY{X: x, Y: float64(o + n)})
		all = append(all, plotter.XY{X: x, Y: float64(o + n + out)})
	}
	for _, e := range r.Events {
		add(max(r.x(e.At), c.from), e.Old, e.New, e.Out)
	}
	if n := len(r.Events); n > 0 {
		add(c.to, r.Events[n-1].Old, r.Events[n-1].New, r.Events[n-1].Out)
	}
	for _, s := range r.Steps {
		planned = append(planned, plotter.XY{X: r.x(s.Began), Y: float64(s.Step.InService())})
	}
	if n := len(planned); n > 0 {
		planned = append(planned, plotter.XY{X: r.x(r.Began.Add(r.Took)), Y: planned[n-1].Y})
	}
	// Each area reaches down to zero, so the tallest comes first.
	c.area("not in service", all, inkOut)
	c.area("new version", withNew, inkNew)
	c.area("old version", old, inkOld)
	c.steps("planned in service", planned, inkText)
	return figure{
		Title: "Instances in service by version",
		Label: fmt.Sprintf("Instances over time: %d on %s at the beginning; never fewer than %d in service, planned were %d; %s at the end.",
			r.fleet(), r.From, r.Floor, r.Plan.Floor(), r.instances(r.Left)),
		Caption: "From bottom to top: instances on the old version, on the new one, and those that run without serving. " +
			"The dashed line is what was planned to be in service.",
		Keys: c.keys,
		plot: c.draw(1),
	}
}

func (r Run) versionsFigure(series []load.Bucket, bucket time.Duration) figure {
	c := r.canvas("requests/s")
	counts := map[string]int{}
	for _, b := range series {
		for version, n := range b.ByVersion {
			counts[version] += n
		}
	}
	looks := map[string]look{r.From: {inkOld, solid}, r.To: {inkNew, dashed}, "": {inkStep, dotted}}
	for _, version := range r.versions(counts) {
		line := plotter.XYs{}
		for _, b := range series[:max(len(series)-1, 1)] { // The last stretch may be a short one.
			line = append(line, plotter.XY{X: r.middle(b, bucket), Y: float64(b.ByVersion[version]) / bucket.Seconds()})
		}
		as, known := looks[version]
		if !known {
			as = look{inkText, dotted}
		}
		c.line(r.versionName(version), line, as)
	}
	label := "Requests per second over time, by the version that answered."
	for _, version := range r.versions(counts) {
		label += fmt.Sprintf(" %s: %s requests.", r.versionName(version), number(counts[version]))
	}
	return figure{
		Title: "Requests per second by version", Label: label,
		Caption: fmt.Sprintf("Requests count when they were due, in stretches of %s.", short(bucket)),
		Keys:    c.keys,
		plot:    c.draw(1),
	}
}

func (r Run) failuresFigure(series []load.Bucket, bucket time.Duration) figure {
	c := r.canvas("failed/s")
	bars := plotter.XYs{}
	for _, b := range series {
		bars = append(bars, plotter.XY{X: r.x(b.From), Y: float64(b.Failed) / bucket.Seconds()})
	}
	bars = append(bars, plotter.XY{X: c.to})
	c.area("failed requests", bars, inkFailed)
	f := figure{Title: "Failed requests per second", Label: "No request failed.", Caption: "No request failed."}
	if r.failed() > 0 {
		f.Label = fmt.Sprintf("%s requests failed: %s; %s.", outOf(r.failed(), r.requests()), failures(r.Results.ByFailure()), r.worstPhase())
		f.Caption = fmt.Sprintf("%s requests failed: %s.", outOf(r.failed(), r.requests()), failures(r.Results.ByFailure()))
	}
	f.Keys, f.plot = c.keys, c.draw(1)
	return f
}

func (r Run) latencyFigure(series []load.Bucket, bucket time.Duration) figure {
	c := r.canvas("milliseconds")
	milliseconds := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	p50, p99 := plotter.XYs{}, plotter.XYs{}
	flush := func() {
		c.line("p50", p50, look{inkP50, solid})
		c.line("p99", p99, look{inkP99, dashed})
		p50, p99 = plotter.XYs{}, plotter.XYs{}
	}
	for _, b := range series {
		if b.P99 == 0 { // Nothing was answered; a line across would claim it was.
			flush()
			continue
		}
		p50 = append(p50, plotter.XY{X: r.middle(b, bucket), Y: milliseconds(b.P50)})
		p99 = append(p99, plotter.XY{X: r.middle(b, bucket), Y: milliseconds(b.P99)})
	}
	flush()
	return figure{
		Title: "Latency",
		Label: fmt.Sprintf("Latency over time. Over the whole run: p50 %s, p99 %s.",
			short(r.Results.Percentile(50)), short(r.Results.Percentile(99))),
		Caption: fmt.Sprintf("Half of the answers took no longer than p50, 99 of 100 no longer than p99, in stretches of %s. "+
			"Slow requests and streams are left out, and so are failures; gaps are times without an answer.", short(bucket)),
		Keys: c.keys,
		plot: c.draw(0),
	}
}
