// Package synth runs CDK the way this app promises: a synth either replaces the cloud assembly or
// leaves the last good one as it was; templates that CloudFormation's own validation has not seen
// are validated, and those it has seen are not validated again; and a failure inside CDK is an
// error with a message, not a goroutine dump.
package synth
