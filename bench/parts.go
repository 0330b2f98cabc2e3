package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// alone is the built app without the CLI, and aloneTwin the twin in the fastest way to start tsx.
func (w *workspace) alone(outdir, context, validation string) command {
	return anew(w.without(w.app, filepath.Join("bin", "app"), outdir, context, validation), w.dir, outdir)
}

func (w *workspace) aloneTwin(outdir, context, validation string) command {
	return w.without(w.twin, "node_modules/.bin/tsx bin/app.ts", outdir, context, validation)
}

func (w *workspace) without(dir, line, outdir, context, validation string) command {
	return command{dir: dir, shell: line, env: map[string]string{
		"CDK_OUTDIR": filepath.Join(w.dir, outdir), "CDK_CONTEXT_JSON": context, "CDK_VALIDATION": validation,
	}}
}

// The ways to run the twin.
const (
	tsx      = "npx tsx bin/app.ts"
	tsxAlone = "node_modules/.bin/tsx bin/app.ts"
	template = "npx tsc && npx tsx bin/app.ts"
	tsNode   = "npx ts-node --prefer-ts-exts bin/app.ts"
)

// anew makes the app forget its last synth before each run.
func anew(c command, dir, outdir string) command {
	c.before = func() error {
		err := os.Remove(filepath.Join(dir, outdir, ".synth.json"))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return c
}

// synths measures `cdk synth`.
func synths(ctx context.Context, w *workspace, r *report) error {
	progress("cdk synth with CDK_VALIDATION=false")
	off := map[string]string{"CDK_VALIDATION": "false"}
	pure, err := w.interleave(ctx, r.repetitions,
		contender{"Go, nothing changed", w.cdk(w.app, "", off)},
		contender{"Go, all made anew", anew(w.cdk(w.app, "", off), w.app, "cdk.out")},
		contender{"Go, all made anew, built before", anew(w.cdk(w.app, "./bin/app", off), w.app, "cdk.out")},
		contender{"`" + tsx + "`", w.cdk(w.twin, tsx, off)},
		contender{"`tsx` without npx", w.cdk(w.twin, tsxAlone, off)},
		contender{"`" + template + "` (`cdk init`)", w.cdk(w.twin, template, off)},
		contender{"`" + tsNode + "` (`cdk init`, formerly)", w.cdk(w.twin, tsNode, off)},
	)
	if err != nil {
		return err
	}
	progress("cdk synth with validation")
	full, err := w.interleave(ctx, r.repetitions,
		contender{"Go, nothing changed", w.cdk(w.app, "", nil)},
		contender{"Go, all made anew and validated", anew(w.cdk(w.app, "", nil), w.app, "cdk.out")},
		contender{"`" + tsx + "`", w.cdk(w.twin, tsx, nil)},
		contender{"`" + template + "` (`cdk init`)", w.cdk(w.twin, template, nil)},
		contender{"`" + tsNode + "` (`cdk init`, formerly)", w.cdk(w.twin, tsNode, nil)},
	)
	if err != nil {
		return err
	}
	r.table("`cdk synth`, CDK_VALIDATION=false on both sides", pure,
		reference{"tsx", pure[3]}, reference{"cdk init", pure[5]}, reference{"ts-node", pure[6]})
	r.table("`cdk synth`, defaults on both sides", full,
		reference{"tsx", full[2]}, reference{"cdk init", full[3]}, reference{"ts-node", full[4]})
	r.promise("CDK_VALIDATION=false: Go / tsx", pure[0].over(pure[3]), 1)
	r.promise("CDK_VALIDATION=false: Go / type-checking ts-node", pure[0].over(pure[6]), 0.35)
	r.promise("defaults: Go / tsx", full[0].over(full[2]), 1)
	r.promise("defaults: Go / type-checking ts-node", full[0].over(full[4]), 0.35)
	return nil
}

// edited is the constant that edits changes, and the construct's file that has it.
var edited = regexp.MustCompile(`(versionsKept = )(\d+)`)

const editedFile = "constructs/environment.go"

// edits measures what an edit of a construct costs: a comment and a value, then `cdk synth`.
func edits(ctx context.Context, w *workspace, r *report) error {
	progress("cdk synth after an edit of a construct")
	path := filepath.Join(w.app, filepath.FromSlash(editedFile))
	original, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	defer os.WriteFile(path, original, 0o644)
	m := edited.FindSubmatch(original)
	if m == nil {
		return fmt.Errorf("%s has no %v to edit", editedFile, edited)
	}
	value, _ := strconv.Atoi(string(m[2]))
	edit := func() error {
		value--
		text := edited.ReplaceAll(original, fmt.Appendf(nil, "${1}%d", value))
		return os.WriteFile(path, fmt.Appendf(text, "\n// Edit %d.\n", value), 0o644)
	}
	inner, full := w.cdk(w.app, "", map[string]string{"CDK_VALIDATION": "false"}), w.cdk(w.app, "", nil)
	inner.before, full.before = edit, edit
	all, err := w.interleave(ctx, min(3, r.repetitions),
		contender{"Go, CDK_VALIDATION=false", inner}, contender{"Go, with validation", full})
	if err != nil {
		return err
	}
	r.table("Edit a construct, then `cdk synth`", all)
	r.promise("edit, CDK_VALIDATION=false: seconds", all[0].wall().Seconds(), 10)
	return nil
}

// tests measures the test suite.
func tests(ctx context.Context, w *workspace, r *report) error {
	progress("go test ./... -count=1")
	all, err := w.interleave(ctx, min(2, r.repetitions),
		contender{"`go test ./... -count=1`", command{dir: w.app, shell: "go test ./... -count=1"}})
	if err != nil {
		// A test that fails says nothing about speed, and is somebody else's business.
		progress("not measured: %v", err)
		return nil
	}
	r.table("Tests", all)
	return nil
}

// growth measures apps with more environments, each three stacks, without the CLI.
func growth(ctx context.Context, w *workspace, r *report) error {
	sizes := []int{1, 5, 20, 48}
	var app, twin, validated []series
	for _, n := range sizes {
		progress("%d environments", n)
		text := w.contextWith(n)
		all, err := w.interleave(ctx, min(3, r.repetitions),
			contender{"", w.alone("growth-app", text, "false")}, contender{"", w.aloneTwin("growth-twin", text, "false")})
		if err != nil {
			return err
		}
		app, twin = append(app, all[0]), append(twin, all[1])
		once, err := w.run(ctx, w.alone(fmt.Sprintf("growth-%d", n), text, "true"))
		if err != nil {
			return err
		}
		validated = append(validated, series{runs: []sample{once}})
	}
	r.growth(sizes, app, twin, validated)
	return nil
}
