// The command app synthesizes the stacks of the configuration in cdk.json. The CDK CLI runs it; see
// README.md. With the argument "plan" it shows what a release will do instead.
package main

import (
	"cmp"
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/cdkcontext"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/synth"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/stacks"
)

func main() {
	stderr, out := os.Stderr, os.Stderr
	do := run
	if len(os.Args) > 1 {
		do, out = func() (string, error) { return showPlan(os.Args[1:]) }, os.Stdout
	}
	message, err := do()
	synth.Stop()
	if err != nil {
		fmt.Fprint(stderr, complaint(err, os.Getenv("DEBUG") == "1"))
		os.Exit(1)
	}
	fmt.Fprint(out, message)
}

// run synthesizes and returns what to tell the user. It writes nothing unless all is well.
func run() (string, error) {
	context, err := cdkcontext.Read()
	if err != nil {
		return "", err
	}
	cfg, err := context.CheckFlags().Config()
	if err != nil {
		return "", err
	}
	inputs := synth.Inputs{Context: context.JSON, Source: "starter"}
	how, err := synth.Run(cmp.Or(os.Getenv("CDK_OUTDIR"), "cdk.out"), inputs, func(app awscdk.App) {
		stacks.New(app, cfg, inputs.Source)
	})
	if err != nil {
		return "", err
	}
	return summary(cfg, how), nil
}
