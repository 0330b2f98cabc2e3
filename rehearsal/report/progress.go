package report

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// State is where a rehearsal stands.
type State struct {
	// Method is the method, or what runs before and after the release, such as "building".
	Method string
	// Step counts from 1; 0 is before and after the release. Steps is how many there are.
	Step, Steps int
	// Phase is what happens, such as "drain batch 1".
	Phase string
	// WayBack tells that the previous version is on its way back; steps are not counted then.
	WayBack          bool
	Old, New, Out    int
	Requests, Failed int
	// Elapsed is the time since the release began, at Speed.
	Elapsed time.Duration
	Speed   float64
}

// redraw is how often a terminal's line is drawn, and a state looked at.
const redraw = 100 * time.Millisecond

// Follow shows the state until the returned function is called: on a terminal in one line that is
// drawn again and again, elsewhere in a line for each change of phase or capacity and for the first
// request that fails. It calls state from a goroutine of its own. The function that it returns may be
// called more than once; nothing is written after it has returned.
func Follow(w io.Writer, state func() State) (stop func()) {
	show := plain(w)
	if width := terminal(w); width != nil {
		show = live(w, width)
	}
	done, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		ticker := time.NewTicker(redraw)
		defer ticker.Stop()
		for {
			show(state(), false)
			select {
			case <-ticker.C:
			case <-done:
				show(state(), true)
				return
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() { close(done) })
		<-finished
	}
}

// terminal returns how wide w is, if it is a terminal that can draw a line anew.
func terminal(w io.Writer) func() int {
	file, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func() int {
		width, _, err := term.GetSize(int(file.Fd()))
		if err != nil || width <= 0 {
			return 80
		}
		return width
	}
}

// live draws one line over the last. "\x1b[K" clears what is left of that.
func live(w io.Writer, width func() int) func(State, bool) {
	return func(s State, last bool) {
		// The last column stays empty: some terminals break the line there.
		fmt.Fprintf(w, "\r%s\x1b[K", cut(s.line(), width()-1))
		if last {
			fmt.Fprintln(w)
		}
	}
}

// plain writes a line where something has changed.
func plain(w io.Writer) func(State, bool) {
	before := ""
	return func(s State, last bool) {
		now := fmt.Sprint(s.Method, s.Step, s.WayBack, s.Phase, s.Old, s.New, s.Out, s.Failed > 0)
		if now != before || last {
			fmt.Fprintln(w, s.line())
		}
		before = now
	}
}

func (s State) line() string {
	line := s.Method
	if s.Step > 0 {
		line += fmt.Sprintf(" %d/%d", s.Step, s.Steps)
	}
	if s.WayBack {
		line += ", on the way back:"
	}
	if s.Phase != "" {
		line += " " + s.Phase
	}
	if s.Old+s.New+s.Out > 0 {
		line += "  [" + chart(s.Old, s.New, s.Out) + "]"
	}
	if s.Requests > 0 {
		line += fmt.Sprintf("  %s failed of %s requests", number(s.Failed), number(s.Requests))
	}
	if s.Elapsed > 0 {
		line += "  " + timed(s.Elapsed.Truncate(redraw), s.Speed)
	}
	return line
}

// cut shortens a line to a width, counted in characters.
func cut(line string, width int) string {
	if utf8.RuneCountInString(line) <= width {
		return line
	}
	runes := []rune(line)
	return string(runes[:max(width-1, 0)]) + "…"
}
