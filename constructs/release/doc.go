// Package release is the program that runs in CodeBuild while the pipeline deploys, and what a
// stack has to know to run it: variables, metrics, permissions, and where the code lies.
//
// It has two commands. [CommandProbe] runs beside the Elastic Beanstalk deploy action and asks for
// a page once a second, as a new user would, until the deployment is over; it ends with the line
//
//	0 of 312 requests failed during the release of 1a2b3c4
//
// and with an exit code that says the same. [CommandBlueGreen] is the deploy action itself: it
// deploys to the environment that is idle, tries it, swaps the CNAMEs, watches the users' requests
// as the probe does, and swaps back if they fail. Run again after whatever happened, it finishes
// what is left to do. There is no command to roll back: a release of the previous version, such as
// CodePipeline's own rollback of the stage, finds it in the idle environment and only swaps.
//
// The program is plain Node.js, 20.15 or later, without dependencies, under program/. It calls AWS
// through the AWS CLI. CodeBuild's Amazon Linux 2023 images have both. This package neither imports
// jsii nor defines a construct; it gives a construct its parts:
//
//	os.CopyFS(dir, release.Source())
//	asset := awss3assets.NewAsset(scope, new("Program"), &awss3assets.AssetProps{Path: &dir})
//	command := "node " + release.Entry + " " + release.CommandProbe
//	for _, s := range release.Statements() { … }
package release

import (
	"embed"
	"io/fs"
)

// Entry is the file that node is given, before one of the commands.
const Entry = "main.mjs"

// Commands of the program.
const (
	// CommandProbe watches a deployment that somebody else does.
	CommandProbe = "probe"

	// CommandBlueGreen releases by blue/green.
	CommandBlueGreen = "bluegreen"
)

// Namespace is the CloudWatch namespace of the metrics.
const Namespace = "ZeroDowntimeBeanstalk"

// Metrics, published once a minute and at the end. Each value is about the requests that ended
// since the one before.
const (
	// MetricRequests counts the requests that ended.
	MetricRequests = "Requests"

	// MetricFailedRequests counts those of them that failed. It is published when none did, too.
	MetricFailedRequests = "FailedRequests"

	// MetricLatencyP50 and MetricLatencyP99 are in milliseconds, from when a request was due to its
	// last byte. A timeout counts with the time it took.
	MetricLatencyP50 = "LatencyP50"
	MetricLatencyP99 = "LatencyP99"
)

// Dimensions of each metric; see [VariableService] and [VariableEnvironment].
const (
	DimensionService     = "Service"
	DimensionEnvironment = "Environment"
)

//go:embed program
var source embed.FS

// Source returns the code of the program, with [Entry] at its root and nothing else beside it. It
// is part of this package, so an app need not run beside its sources.
func Source() fs.FS {
	sub, err := fs.Sub(source, "program")
	if err != nil {
		panic(err) // cannot happen: the directory is embedded above
	}
	return sub
}
