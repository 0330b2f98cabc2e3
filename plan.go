package main

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

// showPlan renders what a release does to each environment of the configuration, or with -compare
// what each method would do. It needs neither CDK nor Node.js.
func showPlan(arguments []string) (string, error) {
	flags := flag.NewFlagSet("plan", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	compare := flags.Bool("compare", false, "")
	if err := flags.Parse(arguments[1:]); err != nil || arguments[0] != "plan" || flags.NArg() > 0 {
		return "", fmt.Errorf("unknown arguments %q; use none, or: plan, or: plan -compare", arguments)
	}
	context, err := readContext()
	if err != nil {
		return "", err
	}
	cfg, err := config.Load(context)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, env := range cfg.Environments {
		text := env.Policy().Describe()
		if *compare {
			text = env.Policy().Compare()
		}
		fmt.Fprintf(&b, "%s\n\n%s\n", env.Name, text)
	}
	return b.String(), nil
}
