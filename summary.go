package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/synth"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/stacks"
)

// readContext returns CDK's context: from the CLI where it runs the app, else from cdk.json.
func readContext() ([]byte, error) {
	text, set := os.LookupEnv("CDK_CONTEXT_JSON")
	file, err := os.ReadFile("cdk.json")
	if err == nil {
		var context json.RawMessage
		if context, err = contextOf(file); err == nil && !set {
			// CDK reads its feature flags from here too.
			return context, os.Setenv("CDK_CONTEXT_JSON", string(context))
		}
	}
	if err != nil && !(set && errors.Is(err, fs.ErrNotExist)) {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	// The CLI puts what does not fit into a variable into a file.
	overflow := os.Getenv("CONTEXT_OVERFLOW_LOCATION")
	if overflow == "" {
		return []byte(text), nil
	}
	all := map[string]json.RawMessage{}
	file, err = os.ReadFile(overflow)
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

// contextOf takes the context out of the text of cdk.json, and refuses settings that stand beside
// it, where nobody would read them.
func contextOf(file []byte) (json.RawMessage, error) {
	var cdk map[string]json.RawMessage
	if err := json.Unmarshal(file, &cdk); err != nil {
		return nil, fmt.Errorf("cdk.json is not a JSON object (%v); correct it, or restore it with: git checkout cdk.json", err)
	}
	var stray []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[config.Config]()) {
		// The CLI has a setting "tags" of its own there.
		if name := field.Tag.Get("json"); cdk[name] != nil && name != "tags" {
			stray = append(stray, name)
		}
	}
	if len(stray) > 0 {
		return nil, fmt.Errorf(`%s in cdk.json beside "context", where it is not read; move it into "context"`, strings.Join(stray, ", "))
	}
	return cdk["context"], nil
}

// flagKey is one of CDK's feature flags; without it stacks would lock each other.
const flagKey = "@aws-cdk/core:defaultCrossStackReferences"

// checkFlags refuses a context that has lost CDK's feature flags: the templates would be others.
func checkFlags(context []byte) error {
	var flags map[string]any
	if json.Unmarshal(context, &flags) == nil && flags[flagKey] != nil {
		return nil
	}
	return errors.New(`"context" in cdk.json has lost CDK's feature flags, the keys that begin with @aws-cdk/, so all templates would change; restore them with: git checkout cdk.json`)
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
