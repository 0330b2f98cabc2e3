package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/synth"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/stacks"
)

// readContext returns CDK's context: from the CLI where it runs the app, else from cdk.json.
func readContext() ([]byte, error) {
	text, set := os.LookupEnv("CDK_CONTEXT_JSON")
	if !set {
		file, err := os.ReadFile("cdk.json")
		if err != nil {
			return nil, fmt.Errorf("cannot read the configuration: %w", err)
		}
		var cdk struct{ Context json.RawMessage }
		if err := json.Unmarshal(file, &cdk); err != nil {
			return nil, fmt.Errorf("cdk.json: %w", err)
		}
		// CDK reads its feature flags from here too.
		return cdk.Context, os.Setenv("CDK_CONTEXT_JSON", string(cdk.Context))
	}
	// The CLI puts what does not fit into a variable into a file.
	overflow := os.Getenv("CONTEXT_OVERFLOW_LOCATION")
	if overflow == "" {
		return []byte(text), nil
	}
	all := map[string]json.RawMessage{}
	file, err := os.ReadFile(overflow)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	rest := map[string]json.RawMessage{}
	for _, part := range []struct {
		text []byte
		into map[string]json.RawMessage
	}{{file, rest}, {[]byte(text), all}} {
		if err := json.Unmarshal(part.text, &part.into); err != nil {
			return nil, fmt.Errorf("the CLI's context: %w", err)
		}
	}
	maps.Copy(all, rest)
	return json.Marshal(all)
}

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
	}
	fmt.Fprintf(&b, "  %s-delivery\n", cfg.Service)
	fmt.Fprintf(&b, "Next: npx aws-cdk@%s deploy --all\n\n", cliVersion)
	return b.String()
}

// cliVersion is the pinned version of the CDK CLI. npm's tag "latest" is an older build.
const cliVersion = "2.1148.1"
