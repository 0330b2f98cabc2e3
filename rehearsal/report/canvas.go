package report

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The size of a plot on the page, in points.
const (
	plotWidth  = 720 * vg.Length(1)
	plotHeight = 170 * vg.Length(1)
)

// pattern tells lines apart where colours cannot.
type pattern struct {
	name   string // of the border that looks like it in a style sheet
	dashes []vg.Length
}

var (
	solid  = pattern{name: "solid"}
	dashed = pattern{"dashed", []vg.Length{7, 3}}
	dotted = pattern{"dotted", []vg.Length{2, 3}}
)

type look struct {
	ink     ink
	pattern pattern
}

// key explains a line or an area beside the plot, where it covers nothing.
type key struct{ Name, Ink, Pattern string }

// canvas is a plot over the time of a run.
type canvas struct {
	plot     *plot.Plot
	run      Run
	from, to float64 // the shared axis, in seconds since the release began
	top      float64
	keys     []key
}

func (r Run) canvas(unit string) *canvas {
	p := plot.New()
	p.BackgroundColor = nil
	c := &canvas{plot: p, run: r, from: r.x(r.Results.Began()), to: r.x(r.Results.Ended())}
	c.from, c.to = min(c.from, 0), max(c.to, r.Took.Seconds())

	p.X.Label.Text = fmt.Sprintf("seconds since the release began, speed %s", factor(r.Speed))
	p.Y.Label.Text = unit
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Color = inkText.light
		axis.Label.TextStyle.Color, axis.Tick.Label.Color = inkText.light, inkText.light
		axis.Label.TextStyle.Font = font.Font{Typeface: "Liberation", Variant: "Sans", Size: 10}
		axis.Tick.Label.Font, axis.Tick.LineStyle.Color = axis.Label.TextStyle.Font, inkText.light
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = inkGrid.light, nil
	p.Add(grid)
	return c
}

// area fills the space below a stepped line.
func (c *canvas) area(name string, points plotter.XYs, fill ink) {
	if line := c.add(points, look{ink: fill}); line != nil {
		line.StepStyle, line.FillColor, line.Width = plotter.PostStep, fill.light, 0
		c.key(name, "area", fill)
	}
}

// steps draws a stepped line.
func (c *canvas) steps(name string, points plotter.XYs, of ink) {
	if line := c.add(points, look{of, dashed}); line != nil {
		line.StepStyle = plotter.PostStep
		c.key(name, "dashed", of)
	}
}

// line draws a line, or a part of one whose name is known already.
func (c *canvas) line(name string, points plotter.XYs, as look) {
	if c.add(points, as) == nil {
		return
	}
	c.key(name, as.pattern.name, as.ink)
}

func (c *canvas) key(name, pattern string, of ink) {
	if k := (key{name, of.name, pattern}); !slices.Contains(c.keys, k) {
		c.keys = append(c.keys, k)
	}
}

func (c *canvas) add(points plotter.XYs, as look) *plotter.Line {
	line, err := plotter.NewLine(points)
	if err != nil { // There are no points.
		return nil
	}
	line.Width, line.Color, line.Dashes = 1.5, as.ink.light, as.pattern.dashes
	for _, p := range points {
		c.top = max(c.top, p.Y)
	}
	c.plot.Add(line)
	return line
}

// draw finishes the plot. Its axis reaches at least a height.
func (c *canvas) draw(least float64) *plot.Plot {
	p := c.plot
	p.Add(marks{c.run})
	p.X.Min, p.X.Max = c.from, max(c.to, c.from+0.1)
	p.Y.Min, p.Y.Max = 0, max(c.top, least)*1.08
	if p.Y.Max == 0 {
		p.Y.Max = 1
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = roundTicks(12), roundTicks(5)
	return p
}

// roundTicks labels at most so many round numbers, each as short as it can be.
type roundTicks float64

// Ticks implements [plot.Ticker].
func (most roundTicks) Ticks(low, high float64) (ticks []plot.Tick) {
	step := math.Pow(10, math.Floor(math.Log10(high-low))-1)
	for _, times := range []float64{1, 2, 5, 10, 20} {
		if (high-low)/(step*times) <= float64(most) {
			step *= times
			break
		}
	}
	for i := math.Ceil(low / step); i*step <= high; i++ {
		// "+ 0" makes 0 of -0.
		ticks = append(ticks, plot.Tick{Value: i * step, Label: fmt.Sprintf("%.4g", i*step+0)})
	}
	return ticks
}

// svg renders plots with a common left edge, so that their times lie above each other.
func svg(figures []figure) []string {
	whole := draw.New(vgsvg.New(plotWidth, plotHeight))
	var left vg.Length
	for _, f := range figures {
		left = max(left, f.plot.DataCanvas(whole).Min.X)
	}
	drawings := make([]string, len(figures))
	for i, f := range figures {
		paper := vgsvg.New(plotWidth, plotHeight)
		area := draw.New(paper)
		f.plot.Draw(draw.Crop(area, left-f.plot.DataCanvas(whole).Min.X, 0, 0, 0))
		var b bytes.Buffer
		_, _ = paper.WriteTo(&b) // A buffer takes everything.
		drawing := b.String()[strings.Index(b.String(), "<svg"):]
		drawing = strings.Replace(drawing, "<svg", fmt.Sprintf(`<svg role="img" aria-label="%s"`, html.EscapeString(f.Label)), 1)
		drawings[i] = themed(drawing)
	}
	return drawings
}
