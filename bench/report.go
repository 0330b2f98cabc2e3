package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// report collects tables and promises, and renders them as Markdown.
type report struct {
	repetitions int
	text        strings.Builder
	promises    []promise
}

// promise is that a value does not exceed a limit.
type promise struct {
	what         string
	value, limit float64
}

func (r *report) promise(what string, value, limit float64) {
	r.promises = append(r.promises, promise{what, value, limit})
}

func (r *report) broken() bool {
	for _, p := range r.promises {
		if p.value > p.limit {
			return true
		}
	}
	return false
}

// reference is what others are compared with.
type reference struct {
	name string
	series
}

// table renders all, each in comparison with every one of references.
func (r *report) table(title string, all []series, references ...reference) {
	fmt.Fprintf(&r.text, "\n### %s\n\n| | wall s | CPU s | peak MiB |", title)
	for _, reference := range references {
		fmt.Fprintf(&r.text, " / %s |", reference.name)
	}
	r.text.WriteString("\n|---|--:|--:|--:|" + strings.Repeat("--:|", len(references)) + "\n")
	for _, s := range all {
		fmt.Fprintf(&r.text, "| %s | %s | %s | %d |", s.name, seconds(s.wall()), seconds(s.cpu()), s.peak()>>20)
		for _, reference := range references {
			fmt.Fprintf(&r.text, " %.2f |", s.over(reference.series))
		}
		r.text.WriteString("\n")
	}
}

// growth renders what n environments cost, and one more.
func (r *report) growth(sizes []int, app, twin, validated []series) {
	r.text.WriteString("\n### Environments in one app, without the CLI, CDK_VALIDATION=false\n\n" +
		"| environments | Go wall s | CPU s | peak MiB | tsx wall s | CPU s | peak MiB | Go / tsx | Go validated wall s | peak MiB |\n" +
		"|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for i, n := range sizes {
		a, t, v := app[i], twin[i], validated[i]
		fmt.Fprintf(&r.text, "| %d | %s | %s | %d | %s | %s | %d | %.2f | %s | %d |\n", n,
			seconds(a.wall()), seconds(a.cpu()), a.peak()>>20, seconds(t.wall()), seconds(t.cpu()), t.peak()>>20,
			a.over(t), seconds(v.wall()), v.peak()>>20)
	}
	first, last := 0, len(sizes)-1
	more := float64(sizes[last] - sizes[first])
	slope := func(s []series) (ms, mib float64) {
		return float64((s[last].wall() - s[first].wall()).Milliseconds()) / more,
			float64(s[last].peak()-s[first].peak()) / more / (1 << 20)
	}
	goMs, goMiB := slope(app)
	twinMs, twinMiB := slope(twin)
	valMs, valMiB := slope(validated)
	fmt.Fprintf(&r.text, "\nOne more environment: Go %.0f ms and %.1f MiB, tsx %.0f ms and %.1f MiB, Go validated %.0f ms and %.1f MiB.\n",
		goMs, goMiB, twinMs, twinMiB, valMs, valMiB)
}

// String is the whole report.
func (r *report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s/%s, %d CPUs, %s; medians of up to %d interleaved warm runs, ratios within a round.\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), r.repetitions)
	b.WriteString(r.text.String())
	b.WriteString("\n### Promises\n\n| | measured | at most | |\n|---|--:|--:|---|\n")
	for _, p := range r.promises {
		verdict := "kept"
		if p.value > p.limit {
			verdict = "BROKEN"
		}
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %s |\n", p.what, p.value, p.limit, verdict)
	}
	return b.String()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }
