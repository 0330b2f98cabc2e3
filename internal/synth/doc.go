// Package synth runs CDK the way this app promises: a synth either replaces the cloud assembly or
// leaves the last good one as it was; what has not changed is not made again, nor validated again,
// and what has changed is; and a failure inside CDK is an error with a message, not a goroutine
// dump.
package synth
