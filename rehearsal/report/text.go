package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Text writes what is worth a terminal: of one run, its steps, its requests and the verdict; of
// several, the comparison of their methods and a verdict on each.
func Text(w io.Writer, runs []Run) error {
	var b strings.Builder
	if len(runs) == 1 {
		runs[0].text(&b)
	} else {
		compare(&b, runs)
	}
	var clean strings.Builder
	for line := range strings.Lines(b.String()) {
		fmt.Fprintln(&clean, strings.Map(printable, strings.TrimSuffix(line, "\n")))
	}
	_, err := io.WriteString(w, clean.String())
	return err
}

func compare(w io.Writer, runs []Run) {
	methods(runs).text(w)
	if bad := faults(runs); len(bad.Rows) > 0 {
		fmt.Fprintf(w, "\n%s:\n", bad.Caption)
		bad.text(w)
	}
	fmt.Fprintln(w)
	for _, r := range runs {
		r.verdict(w)
	}
	fmt.Fprintf(w, "\npolicy: %s\n", runs[0].Source)
	fmt.Fprintln(w, "Times are as measured; ×n says by what factor the timers of the release were shortened.")
	if bake := sameBake(runs); bake > 0 {
		fmt.Fprintf(w, "Durations are those of the deployments, without the bake that follows, which is %s for all.\n", short(bake))
	}
}

// sameBake is how long all runs bake, not compressed, or 0 where they differ.
func sameBake(runs []Run) time.Duration {
	bake := runs[0].bake()
	for _, r := range runs {
		if r.bake() != bake {
			return 0
		}
	}
	return bake
}

// Markdown writes the comparison of methods, and of bad versions where there are any, for a README.
func Markdown(w io.Writer, runs []Run) error {
	var b strings.Builder
	methods(runs).markdown(&b)
	if bad := faults(runs); len(bad.Rows) > 0 {
		fmt.Fprintln(&b)
		bad.markdown(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Run) text(w io.Writer) {
	fmt.Fprintf(w, "%s, speed %s\npolicy: %s\n\n", r.title(), factor(r.Speed), r.Source)
	r.steps().text(w)
	fmt.Fprintf(w, "\n%s\n\n", legend)
	if r.WayBack != nil {
		r.WayBack.text(w, r)
	}
	r.requestsByKind().text(w)
	fmt.Fprintln(w)
	r.requestsByVersion().text(w)
	if list := r.failedRequests(); len(list.Rows) > 0 {
		list.Rows = list.Rows[:min(len(list.Rows), 5)]
		fmt.Fprintf(w, "\n%d of the requests that failed, by the time since the release began:\n", len(list.Rows))
		list.text(w)
	}
	if why := r.causes(); len(why.Rows) > 0 {
		fmt.Fprintf(w, "\n%s:\n", why.Caption)
		why.text(w)
	}
	fmt.Fprintln(w)
	r.verdict(w)
}

// verdict is the sentence, and below it what there is to say.
func (r Run) verdict(w io.Writer) {
	v := Judge(r)
	fmt.Fprintln(w, v.Text)
	for _, reason := range v.Reasons {
		fmt.Fprintf(w, "  - %s\n", reason)
	}
	if r.WayBack != nil {
		fmt.Fprintf(w, "  The way back: %s\n", r.Return())
	}
	if f := r.Fault; f != nil {
		fmt.Fprintf(w, "  What users see of it: %s\n  What prevents it: %s\n", f.Effect, f.Prevention)
	}
}

// title names the run.
func (r Run) title() string {
	method := r.Policy.WithDefaults().Method
	if r.Fault != nil {
		return fmt.Sprintf("%s from %s to %s, with the fault %q", method, r.From, r.To, r.Fault.Name)
	}
	return fmt.Sprintf("%s from %s to %s", method, r.From, r.To)
}
