// Package limits knows what AWS accepts: it checks single values before a deployment can fail on
// them minutes later. The constructs and the configuration share it, so that each rule is written
// once.
//
// Every check returns nil or an error whose text says what was given, what is accepted and what to
// use instead. It names no setting; the caller puts its own in front. Values that may be secrets
// are never part of the text.
//
//	if err := limits.CIDR(block); err != nil {
//		return fmt.Errorf("network.cidr: %w", err)
//	}
//	// network.cidr: 10.0.0.0/8 is not a /16 to /23 block; use 10.0.0.0/16
//
// The package is plain Go: it knows nothing of CDK and makes no network call, so it cannot tell
// whether something exists in an account. Rules about deployments are in package rollout.
package limits

import (
	"fmt"
	"regexp"
	"strconv"
)

// between refuses numbers outside low to high and suggests the nearer end.
func between(n, low, high int, unit string) error {
	if n >= low && n <= high {
		return nil
	}
	return fmt.Errorf("%d %s is outside %d to %d; use %d", n, unit, low, high, min(max(n, low), high))
}

// Quote shows a value in one line of an error, shortened because anything may have been pasted
// there.
func Quote(s string) string { return strconv.Quote(Short(s)) }

// Short is a value of at most 60 characters for an error.
func Short(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// whole compiles a pattern that has to match the whole value.
func whole(pattern string) *regexp.Regexp { return regexp.MustCompile(`\A(?:` + pattern + `)\z`) }
