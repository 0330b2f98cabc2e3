package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/synth"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/stacks"
)

// complaint says what went wrong, and where to those who ask.
func complaint(err error, debug bool) string {
	var refusal synth.Refusal
	if debug && errors.As(err, &refusal) {
		return fmt.Sprintf("\n%v\n\n%s\n", err, refusal.Stack)
	}
	return fmt.Sprintf("\n%v\n\n", err)
}

// summary says what was synthesized, what a release does, and what to do next.
func summary(cfg config.Config, how synth.Validation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s: %d stacks, templates %s\n", cfg.Service, 3*len(cfg.Environments)+1, how)
	for _, env := range cfg.Environments {
		name := stacks.Name(cfg, env.Name)
		fmt.Fprintf(&b, "  %s-network, %s-data, %s-web\n", name, name, name)
		fmt.Fprintf(&b, "    %s\n", env.Policy().Summary())
		if env.AllowHTTP != "" {
			fmt.Fprintf(&b, "    plain HTTP on port 80: %s\n", env.AllowHTTP)
		}
	}
	fmt.Fprintf(&b, "  %s-delivery\n", cfg.Service)
	fmt.Fprintf(&b, "Next: npx aws-cdk@%s deploy --all\n\n", cliVersion)
	return b.String()
}

// cliVersion is the pinned version of the CDK CLI. npm's tag "latest" is an older build.
const cliVersion = "2.1148.1"
