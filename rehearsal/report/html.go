package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"image/color"
	"io"
	"time"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// page is what the template shows.
type page struct {
	Title       string
	Light, Dark template.CSS
	Tables      []grid
	Runs        []section
	When        string
}

// section is a run on the page.
type section struct {
	ID, Title, Source string
	Verdict           Verdict
	Fault             *Fault
	Return            string
	Figures           []drawn
	Tables, Failed    []grid
}

// drawn is a figure and its drawing.
type drawn struct {
	figure
	SVG template.HTML
}

// HTML writes the page: it needs nothing beside it, and no JavaScript.
func HTML(w io.Writer, runs []Run) error {
	p := page{
		Title: "Rehearsal of releases",
		Light: template.CSS(variables(func(i ink) color.RGBA { return i.light })),
		Dark:  template.CSS(variables(func(i ink) color.RGBA { return i.dark })),
	}
	if len(runs) == 1 {
		p.Title = "Rehearsal: " + runs[0].title()
	}
	if len(runs) > 1 {
		p.Tables = nonempty(methods(runs), faults(runs))
	}
	for i, r := range runs {
		p.When = r.Began.UTC().Format(time.RFC1123)
		s := section{
			ID: fmt.Sprintf("run-%d", i+1), Title: r.title(), Source: r.Source, Verdict: Judge(r), Fault: r.Fault, Return: r.Return(),
			Tables: nonempty(r.steps(), r.wayBackSteps(), r.requestsByKind(), r.requestsByVersion()), Failed: nonempty(r.failedRequests(), r.causes()),
		}
		figures := r.figures()
		for j, drawing := range svg(figures) {
			s.Figures = append(s.Figures, drawn{figures[j], template.HTML(drawing)}) // Its texts are escaped.
		}
		p.Runs = append(p.Runs, s)
	}
	return pageTemplate.Execute(w, p)
}

func nonempty(grids ...grid) (kept []grid) {
	for _, g := range grids {
		if len(g.Rows) > 0 {
			kept = append(kept, g)
		}
	}
	return kept
}
