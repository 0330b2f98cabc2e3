package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

const usage = `go run . plan            what a release does, step by step
go run . plan -compare   what each method would do, also those that are refused
  -c key=value           sets a key of the context for this run, as with the CDK CLI; may be repeated
`

// showPlan renders what a release does to each environment of the configuration, or with -compare
// what each method would do. It needs neither CDK nor Node.js.
func showPlan(arguments []string) (string, error) {
	given := map[string]string{}
	set := func(pair string) error {
		key, value, found := strings.Cut(pair, "=")
		if !found || key == "" {
			return fmt.Errorf("-c %q sets nothing; use -c key=value, such as -c method=Immutable", pair)
		}
		given[key] = value
		return nil
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
	case arguments[0] != "plan" || flags.NArg() > 0:
		return "", fmt.Errorf("unknown arguments %q; use none, or:\n%s", arguments, usage)
	case err != nil:
		return "", fmt.Errorf("%w; use:\n%s", err, usage)
	}
	context, err := readContext()
	if err != nil {
		return "", err
	}
	if context, err = withGiven(context, given); err != nil {
		return "", err
	}
	return plan(context, *compare)
}

func plan(context []byte, compare bool) (string, error) {
	load := config.Load
	if compare {
		load = config.LoadToCompare
	}
	cfg, err := load(context)
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

// withGiven sets keys of a context.
func withGiven(context []byte, given map[string]string) ([]byte, error) {
	if len(given) == 0 {
		return context, nil
	}
	all := map[string]any{}
	if len(context) > 0 {
		decoder := json.NewDecoder(strings.NewReader(string(context)))
		decoder.UseNumber()
		if err := decoder.Decode(&all); err != nil {
			return nil, fmt.Errorf("cannot read the configuration: %w", err)
		}
	}
	if all == nil {
		all = map[string]any{}
	}
	for key, value := range given {
		all[key] = value
	}
	return json.Marshal(all)
}
