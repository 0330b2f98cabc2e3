package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

// grid is a table, whatever it is rendered as.
type grid struct {
	Caption string
	Header  []string
	Rows    [][]string
}

func (g *grid) row(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = strings.Map(printable, fmt.Sprint(cell))
	}
	g.Rows = append(g.Rows, row)
}

// printable replaces what a terminal or a table would obey: versions and failures are named by the
// application.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

// text aligns the cells.
func (g grid) text(w io.Writer) {
	var b strings.Builder
	columns := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{g.Header}, g.Rows...) {
		fmt.Fprintln(columns, strings.Join(row, "\t"))
	}
	_ = columns.Flush()
	for line := range strings.Lines(b.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
}

// markdown is for a README.
func (g grid) markdown(w io.Writer) {
	escape := strings.NewReplacer("|", `\|`, "\n", " ", "*", `\*`)
	line := func(cells []string) {
		for _, cell := range cells {
			fmt.Fprintf(w, "| %s ", escape.Replace(cell))
		}
		fmt.Fprintln(w, "|")
	}
	line(g.Header)
	fmt.Fprintln(w, strings.Repeat("|---", len(g.Header))+"|")
	for _, row := range g.Rows {
		line(row)
	}
}
