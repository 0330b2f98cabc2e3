//go:build unix

package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fault"
)

// options are what the command line says.
type options struct {
	from, to, fromImage, toImage  string
	method                        string
	instances, batch              int
	rate                          int
	speed                         float64
	compare, heal, json, markdown bool
	report, fault                 string
	migrate, migrateFrom          string
	databaseURL, environmentURL   string
	template                      string
	path, slow, upload, stream    string
}

// Comparing takes twelve releases. These are its defaults, so that it ends within five minutes and yet
// sends a hundred thousand requests over the methods that promise no downtime.
const (
	comparedSpeed = 36
	comparedRate  = 700
	comparedBake  = 5 * time.Minute
)

// allFaults is the name that stands for one run with every fault.
const allFaults = "all"

// brokenMigration is the fault that no process has: the database loses what the old version reads.
const brokenMigration = "broken-migration"

func faultNames() []string { return append(fault.Names(), brokenMigration, allFaults) }

// flags are those of the command; usage explains them.
func (o *options) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("rehearsal", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.from, "from", "", "")
	flags.StringVar(&o.to, "to", "", "")
	flags.StringVar(&o.fromImage, "from-image", "", "")
	flags.StringVar(&o.toImage, "to-image", "", "")
	flags.StringVar(&o.migrate, "migrate", "", "")
	flags.StringVar(&o.migrateFrom, "migrate-from", "", "")
	flags.StringVar(&o.databaseURL, "database-url", "", "")
	flags.StringVar(&o.template, "template", "", "")
	flags.StringVar(&o.method, "method", "", "")
	flags.IntVar(&o.instances, "instances", 0, "")
	flags.IntVar(&o.batch, "batch", 0, "")
	flags.StringVar(&o.fault, "fault", "", "")
	flags.BoolVar(&o.heal, "heal", true, "")
	flags.BoolVar(&o.compare, "compare", false, "")
	flags.Float64Var(&o.speed, "speed", 30, "")
	flags.IntVar(&o.rate, "rate", 100, "")
	flags.StringVar(&o.path, "path", "/", "")
	flags.StringVar(&o.slow, "slow-path", "", "")
	flags.StringVar(&o.upload, "upload-path", "", "")
	flags.StringVar(&o.stream, "stream-path", "", "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.BoolVar(&o.markdown, "markdown", false, "")
	flags.StringVar(&o.report, "report", "", "")
	return flags
}

func parse(args []string, getenv func(string) string) (options, error) {
	o := options{environmentURL: getenv("DATABASE_URL")}
	flags := o.flags()
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return o, err
	case err != nil:
		return o, fmt.Errorf("%w; -help explains the flags", err)
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag; -help explains the flags", flags.Arg(0))
	}
	if o.compare {
		o.speed, o.rate, o.heal = comparedSpeed, comparedRate, false
		_ = flags.Parse(args) // What is given explicitly wins.
	}
	return o, o.check()
}

// check reports everything that is wrong at once.
func (o options) check() error {
	var problems []error
	problem := func(format string, values ...any) { problems = append(problems, fmt.Errorf(format, values...)) }
	if o.from != "" && o.fromImage != "" || o.to != "" && o.toImage != "" {
		problem("-from and -from-image, -to and -to-image: use one of each pair")
	}
	if (o.from+o.fromImage == "") != (o.to+o.toImage == "") {
		problem("a release is from one version to another: give both, or neither to rehearse starter/")
	}
	if o.method != "" && !slices.Contains(rollout.Methods(), rollout.Method(o.method)) {
		problem("-method %q is unknown; use one of %s", o.method, methodNames())
	}
	if o.method != "" && o.compare {
		problem("-compare rehearses every method; leave out -method")
	}
	if o.instances < 0 || o.instances > 50 {
		problem("-instances %d is outside 1 to 50 on one machine", o.instances)
	}
	if o.batch < 0 {
		problem("-batch %d is no number of instances; use 1 or more", o.batch)
	}
	if o.rate < 1 || o.rate > 5000 {
		problem("-rate %d is outside 1 to 5000 requests a second", o.rate)
	}
	if !(o.speed >= 1 && o.speed <= 200) {
		problem("-speed %g is outside 1 to 200; beyond, the timers are shorter than what they wait for", o.speed)
	}
	if o.fault != "" && !slices.Contains(faultNames(), o.fault) {
		problem("-fault %q is unknown; use one of %s", o.fault, strings.Join(faultNames(), ", "))
	}
	if o.fault == brokenMigration && o.own() {
		problem("-fault %s breaks a table of starter/; leave out -from and -to, or break your own with -migrate", brokenMigration)
	}
	if o.fromImage+o.toImage != "" && o.migrate+o.migrateFrom != "" && o.serverURL() == "" {
		problem("-migrate with images needs -database-url or DATABASE_URL: a container does not reach a private server of this machine")
	}
	if o.migrateFrom != "" && !o.own() {
		problem("-migrate-from is for -from; starter/ brings its own migrations")
	}
	if o.fault != "" && o.compare {
		problem("-compare brings its own bad version; leave out -fault")
	}
	for _, p := range []struct{ flag, path string }{
		{"-path", o.path}, {"-slow-path", o.slow}, {"-upload-path", o.upload}, {"-stream-path", o.stream},
	} {
		if !strings.HasPrefix(p.path, "/") && (p.path != "" || p.flag == "-path") {
			problem("%s %q is no path; it begins with /", p.flag, p.path)
		}
	}
	return errors.Join(problems...)
}

func methodNames() string {
	var names []string
	for _, m := range rollout.Methods() {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

// serverURL is the server on which a rehearsal creates its database; empty for a private one.
func (o options) serverURL() string { return cmp.Or(o.databaseURL, o.environmentURL) }

// own tells whether the user brings an application.
func (o options) own() bool { return o.from+o.fromImage != "" }
