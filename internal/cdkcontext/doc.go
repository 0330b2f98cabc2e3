// Package cdkcontext reads CDK's context once, in one place: the configuration and the feature flags. What it returns is what the
// app reads, what CDK gets and what the record of the last synth covers.
//
// The package is plain Go.
package cdkcontext
