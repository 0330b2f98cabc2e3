package report

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// marks are the beginnings of the steps, numbered above the plot as in the table of steps.
type marks struct{ run Run }

const markSize = 9

// Plot implements [plot.Plotter].
func (m marks) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	line := draw.LineStyle{Color: inkText.light, Width: 0.5, Dashes: dotted.dashes}
	for _, g := range m.groups(func(seconds float64) vg.Length { return x(seconds) }) {
		for _, at := range g.at {
			c.StrokeLine2(line, at, c.Min.Y, at, c.Max.Y)
		}
		c.FillText(markStyle(p), vg.Point{X: g.at[0], Y: c.Max.Y + 2}, g.label)
	}
}

// GlyphBoxes implements [plot.GlyphBoxer]: the numbers need room above the plot.
func (m marks) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	return []plot.GlyphBox{{X: 0.5, Y: 1, Rectangle: vg.Rectangle{Max: vg.Point{X: 1, Y: markSize + 4}}}}
}

func markStyle(p *plot.Plot) text.Style {
	return text.Style{
		Color: inkText.light, Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: markSize},
		Handler: p.TextHandler, XAlign: text.XCenter,
	}
}

// group is some steps whose numbers would overlap.
type group struct {
	at          []vg.Length
	first, last int
	label       string
}

func (m marks) groups(x func(seconds float64) vg.Length) (groups []group) {
	for i, s := range m.run.Steps {
		at := x(m.run.x(s.Began))
		if n := len(groups); n > 0 && at < groups[n-1].at[0]+3*markSize {
			g := &groups[n-1]
			g.at, g.last = append(g.at, at), i+1
			g.label = fmt.Sprintf("%d–%d", g.first, g.last)
			continue
		}
		groups = append(groups, group{[]vg.Length{at}, i + 1, i + 1, fmt.Sprint(i + 1)})
	}
	return groups
}
