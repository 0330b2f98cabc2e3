// The command bench measures how fast this app synthesizes, beside the same app in TypeScript; see
// README.md. It exits with status 1 where a promise of the README is broken.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

var errBroken = errors.New("a promise is broken")

func main() {
	repetitions := flag.Int("n", 5, "measured `repetitions`, after one that warms up")
	compareOnly := flag.Bool("compare", false, "compare the templates of both apps, and measure nothing")
	reportOnly := flag.Bool("report", false, "exit with status 0 also where a promise is broken")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	parts := []func(context.Context, *workspace, *report) error{synths, edits, tests, growth}
	if *compareOnly {
		parts = nil
	}
	err := run(ctx, max(1, *repetitions), parts)
	if errors.Is(err, errBroken) && *reportOnly {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, repetitions int, parts []func(context.Context, *workspace, *report) error) error {
	began := time.Now()
	progress("preparing: npm ci and go build")
	w, err := newWorkspace(ctx)
	if err != nil {
		return err
	}
	defer w.remove()

	progress("comparing the templates of both apps")
	differ, err := compareApps(ctx, w)
	if err != nil {
		return err
	}
	r := &report{repetitions: repetitions}
	for _, difference := range differ {
		progress("the twin is not the same app: %s", difference)
	}
	r.promise("differences between the templates of both apps", float64(len(differ)), 0)
	for _, part := range parts {
		if err := part(ctx, w, r); err != nil {
			return err
		}
	}
	progress("done after %v", time.Since(began).Round(time.Second))
	fmt.Print(r)
	if r.broken() {
		return errBroken
	}
	return nil
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
