//go:build unix

// The command rehearsal runs a release of an application under load on this machine, through the very
// policy that the template would deploy, and says how many requests failed, when and why:
//
//	go run ./rehearsal                                  # two versions of starter/, the configured method
//	go run ./rehearsal -from ./app1 -to ./app2          # your own application; PORT says where to listen
//	go run ./rehearsal -fault never-ready               # a new version that is bad in a named way
//	go run ./rehearsal -compare                         # every method
//
// It starts the fleet as processes on loopback ports, puts a load balancer in front that behaves as an
// Application Load Balancer is documented to, and executes the plan of package rollout step by step. It
// ends with 0 only if the method promised no downtime and no request failed, or if a bad release did
// exactly what is expected of it.
//
// What it is not: AWS. All runs on one machine without a network between, so neither DNS and its
// caches, nor TLS, nor zones, nor the time that instances take to boot are real; the latter is waited
// for. Auto Scaling does not scale, sessions do not stick. Enhanced health is the load balancer's health check. Speed
// shortens what the policy and Beanstalk wait for, but neither what the application takes to start, to
// answer or to stop, nor how long it is given for that: a release of an application that takes its time
// takes longer than the plan foretells. Where the machine is too busy for the load, the verdict says so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fault"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "fault" {
		os.Exit(fault.Main(os.Args[2:]))
	}
	// A write to a pipe that nobody reads is an error like others, and not the end that leaves files.
	// Noted and not ignored, for that would be handed on to the application.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // A second signal ends it at once.
	o, err := parse(os.Args[1:], os.Getenv)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(os.Stderr, usage())
		return
	}
	passed := false
	if err == nil {
		passed, err = o.rehearse(ctx, os.Stdout, os.Stderr)
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "rehearsal: stopped; nothing is left running")
		os.Exit(130)
	case err != nil:
		fmt.Fprintf(os.Stderr, "rehearsal: %v\n", err)
		os.Exit(1)
	case !passed:
		os.Exit(1)
	}
}
