// Package release is the program that runs in CodeBuild while the pipeline deploys, and what a
// stack has to know to run it: variables, metrics, permissions, and where the code lies.
//
// It has three commands. [CommandBundle] makes the source bundle that is deployed, before anything is
// deployed. [CommandProbe] runs beside the Elastic Beanstalk deploy action and asks for
// a page once a second, as a new user would, until the bake is over; it ends with the line
//
//	0 of 312 requests failed during the release of 1a2b3c4
//
// and with an exit code that says the same. [CommandBlueGreen] is the deploy action itself: it
// deploys to the environment that is idle, tries it, swaps the CNAMEs, watches the users' requests
// as the probe does, and swaps back if they fail. Run again after whatever happened, it finishes
// what is left to do. There is no command to roll back: a release of the previous version, such as
// CodePipeline's own rollback of the stage, finds it in the idle environment and only swaps.
//
// Both also check an alarm and the latency of their requests through the whole bake, and fail when the alarm
// fires or the requests are slow, so that CodePipeline rolls the stage back. CodePipeline's own rule checks
// the alarm once more at the end. The probe ends early
// when the deploy action has failed, or when the deployment is over and too many requests have failed:
// a rollback waits until all actions of the stage have ended.
//
// What is a good answer is the same for requests of the probe, for those that validate the idle
// environment, and for those after a swap; see [VariableProbePath].
//
// What counts against a release is what the application or its instances cause: failed requests of this
// program, requests that take longer than [VariableProbeMaxLatency], and the alarm, which counts
// [BalancerFailures] and the application's own 5xx responses. While a version is deployed the alarm is
// suppressed by [MetricExcused], for the load balancer responds with 502 to requests that outlast the
// deregistration delay, and a client with a slow body makes such requests at will. So a failure that only
// users see rolls a release back two or three minutes after the deployment, not before.
//
// A release must be able to mend what is broken already. So nothing counts against a release before which
// this program saw its own requests fail, two or more of the first ten while only the version before
// served. That the alarm fired before is no such reason: whoever knows a path of the application that
// fails could make it fire, and a bad release would stay. Failures of such a path that a release mends
// end with its deployment; the program waits for the alarm to stop. A release that does not mend them is
// rolled back, and says how many of the program's own requests failed.
//
// Nothing counts against a rollback either, for nothing is left to return to. So the probe never fails in
// a rollback. Where the deployment of a rollback fails, the program stops the pipeline's execution: an
// execution that fails might start another rollback.
//
// The program is plain Node.js, 20.15 or later, without dependencies, under program/. It calls AWS
// through the AWS CLI. CodeBuild's Amazon Linux 2023 images have both. This package neither imports
// jsii nor defines a construct; it gives a construct its parts:
//
//	os.CopyFS(dir, release.Source())
//	asset := awss3assets.NewAsset(scope, new("Program"), &awss3assets.AssetProps{Path: &dir})
//	spec := release.BuildSpec(release.CommandProbe)
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
	// CommandBundle makes the source bundle of one environment from the repository and from the image that
	// this execution of the pipeline built. It refuses what would fail on the instances only, and what would
	// give containers more than the rights of the application, everything at once.
	CommandBundle = "bundle"

	// CommandProbe watches a deployment that somebody else does.
	CommandProbe = "probe"

	// CommandBlueGreen releases by blue/green.
	CommandBlueGreen = "bluegreen"
)

// Namespace is the CloudWatch namespace of the metrics.
const Namespace = "ZeroDowntimeBeanstalk"

// Metrics of the requests, published once a minute and at the end. Each value is about the requests
// that ended since the one before.
const (
	// MetricRequests counts the requests that ended.
	MetricRequests = "Requests"

	// MetricFailedRequests counts those of them that failed, forgiven or not. It is published when
	// none did, too.
	MetricFailedRequests = "FailedRequests"

	// MetricLatencyP50 and MetricLatencyP99 are in milliseconds, from when a request was due to its
	// last byte. A timeout counts with the time it took.
	MetricLatencyP50 = "LatencyP50"
	MetricLatencyP99 = "LatencyP99"

	// MetricAnswers counts the answers of one version, by the header X-App-Version; it has
	// [DimensionVersion] too. Of a release the first five versions are counted whose names have up
	// to 64 letters, digits, dots, hyphens and underscores.
	MetricAnswers = "Answers"

	// MetricInstances counts the instances that gave these answers, by the header X-Instance, with the
	// same dimensions. A fleet of more than the requests in a minute is not seen whole.
	MetricInstances = "Instances"
)

// MetricExcused is 1 in each minute in which the release alarm of an environment is suppressed: while a
// version is deployed; with blue/green for the idle environment; and, where nothing counts against a
// release, to its end. Where the suppression lasts to the end, it lasts until three minutes after
// CodePipeline has checked the alarm: it is published ahead. It has [DimensionEnvironment] too.
const MetricExcused = "Excused"

// Dimensions of the metrics.
const (
	// DimensionApplication is on each metric; see [VariableApplicationName].
	DimensionApplication = "Application"

	// DimensionEnvironment is on [MetricExcused] only.
	DimensionEnvironment = "Environment"

	// DimensionVersion is on [MetricAnswers] and [MetricInstances] only.
	DimensionVersion = "Version"
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
