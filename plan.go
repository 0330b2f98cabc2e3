package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/cdkcontext"
)

const usage = `go run . plan            what a release does, step by step
go run . plan -compare   what each method would do, also those that are refused
  -c key=value           sets a key of the context for this run, as with the CDK CLI; may be repeated
`

// showPlan renders what a release does to each environment of the configuration, or with -compare
// what each method would do. It needs neither CDK nor Node.js.
func showPlan(arguments []string) (string, error) {
	given := map[string]string{}
	var invalid error // what the package flag would put into its own words
	set := func(pair string) error {
		key, value, found := strings.Cut(pair, "=")
		if !found || key == "" {
			invalid = fmt.Errorf("-c %s sets nothing; use -c key=value, such as -c method=Immutable", limits.Quote(pair))
		}
		given[key] = value
		return invalid
	}
	flags := flag.NewFlagSet("plan", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	compare := flags.Bool("compare", false, "")
	flags.Func("c", "", set)
	flags.Func("context", "", set)
	err := flags.Parse(arguments[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return usage, nil
	case invalid != nil:
		return "", invalid
	case arguments[0] != "plan" || flags.NArg() > 0 || err != nil:
		return "", fmt.Errorf("%s is not a valid command line; use no arguments, or:\n%s", limits.Quote(strings.Join(arguments, " ")), usage)
	}
	context, err := cdkcontext.Read()
	if err != nil {
		return "", err
	}
	if context, err = context.With(given); err != nil {
		return "", err
	}
	return plan(context, *compare)
}

func plan(context cdkcontext.Context, compare bool) (string, error) {
	load := context.Config
	if compare {
		load = context.ConfigToCompare
	}
	cfg, err := load()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, env := range cfg.Environments {
		render := env.Policy().Describe
		if compare {
			render = env.Policy().Compare // a plan of what is refused may have a step for every instance
		}
		fmt.Fprintf(&b, "%s\n\n%s\n", env.Name, render())
	}
	return b.String(), nil
}
