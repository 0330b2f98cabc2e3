package release

// Variables of [CommandBundle].
const (
	// VariableImageRepository is the URI of the ECR repository of the images, without a tag. Required.
	VariableImageRepository = "IMAGE_REPOSITORY_URI"

	// VariableImageTag is the tag of the image that is deployed: the commit, a hyphen and the ID of the
	// pipeline's execution. The build pushes this tag. Required.
	VariableImageTag = "IMAGE_TAG"

	// VariableExecutionRole is the ARN of the environment's task execution role. Required.
	VariableExecutionRole = "EXECUTION_ROLE_ARN"

	// VariableBuildProject is the name of the CodeBuild project that builds the image. Required.
	VariableBuildProject = "BUILD_PROJECT"

	// VariableExpectedDigest is the digest that the image had when it was validated before. Default: that
	// which the latest build of [VariableBuildProject] that the pipeline started exported as [ExportedDigest].
	VariableExpectedDigest = "EXPECTED_DIGEST"

	// VariableBundleAllow is what may be deployed although the build did not make it or the template did
	// not decide it, separated by commas: .ebextensions, .platform and images. Default: none of these.
	VariableBundleAllow = "BUNDLE_ALLOW"

	// VariableSourceDirectory has the repository's files. The bundle is written to its directory
	// [BundleOutput]. Default: the input artifact of the action (CODEBUILD_SRC_DIR).
	VariableSourceDirectory = "SOURCE_DIRECTORY"

	// VariableDigestFile is the file that the digest of the image is written to. Default: digest.
	VariableDigestFile = "DIGEST_FILE"
)

// Variables of [CommandProbe] and [CommandBlueGreen].
const (
	// VariableApplicationName is the name of the Elastic Beanstalk application, and the dimension of
	// the metrics. Required.
	VariableApplicationName = "APPLICATION_NAME"

	// VariableVersion is what people call the version that is released, such as its commit. It is in
	// the last line and begins the label that blue/green registers. Required.
	VariableVersion = "VERSION"

	// VariableExpectedVersion is what the header X-App-Version has to say once the release is done,
	// in full or shortened to seven characters or more. Answers without the header are not judged.
	// Default: none, versions are not compared.
	VariableExpectedVersion = "EXPECTED_VERSION"

	// VariableProbeURL is the address to ask, http:// or https://. Its path does not count, see
	// [VariableProbePath]. Required by the probe. Default for blue/green: http:// and the CNAME of
	// the live environment. Blue/green validates the idle environment by the same protocol.
	VariableProbeURL = "PROBE_URL"

	// VariableProbePath is the path to ask for. It has to be one that strangers may see: a 4xx response
	// is a failure like a 5xx response. A redirect is one where the version before responded with 2xx to
	// its first requests, and always where it leads to https of the same host or to the same page at
	// another address. Default: /.
	VariableProbePath = "PROBE_PATH"

	// VariableProbeHost is the host that requests name, in the header Host and in TLS, whichever address
	// they go to; a certificate has to be valid for it. Default: the host of the address. Then a
	// certificate has to be valid, but may be for any name.
	VariableProbeHost = "PROBE_HOST"

	// VariableProbeInterval is the time between two requests in milliseconds, whether or not the
	// first was answered. Default: 1000.
	VariableProbeInterval = "PROBE_INTERVAL_MS"

	// VariableProbeTimeout is how long a whole request may take, in milliseconds. Default: 5000.
	VariableProbeTimeout = "PROBE_TIMEOUT_MS"

	// VariableProbeMaxFailures is how many failed requests are tolerated. Default: 0.
	VariableProbeMaxFailures = "PROBE_MAX_FAILURES"

	// VariableProbeReport is the time between two progress lines, and between two sets of metrics,
	// in milliseconds. Default: 60000.
	VariableProbeReport = "PROBE_REPORT_MS"

	// VariablePoll is the time between two looks at an environment or an alarm, in milliseconds.
	// Default: 15000.
	VariablePoll = "POLL_MS"

	// VariableReleaseAlarms are the names of the metric alarms, separated by commas, that are checked through
	// the bake. A release fails if one begins to fire after the deployment, with blue/green once resolvers
	// know of the swap. One that fires since before has [VariableSettleLimit] to stop. Default: none, no
	// alarm is checked and none is suppressed.
	VariableReleaseAlarms = "RELEASE_ALARMS"

	// VariableProbeMaxLatency is how long a request may take, in milliseconds. A release fails where a tenth
	// of the requests of a minute or more took longer, in two of the last five minutes since the deployment:
	// of 60 requests, six in each. A single slow request does not count, nor do the first requests of a new
	// instance, which all lie in one minute; nor does the latency, if the requests were as slow before the
	// deployment, or if [VariableBeforeLimit] was over when they began. The time includes the look-up of the
	// name and the connection. A minute is [VariableProbeReport]. Default: 0, latency is not judged.
	VariableProbeMaxLatency = "PROBE_MAX_LATENCY_MS"

	// VariableExecution is the ID of the pipeline's execution. If that is a rollback, nothing counts
	// against this release. Default: none, the execution is not looked up.
	VariableExecution = "EXECUTION"

	// VariableStage is the name of the stage that runs the program. If its latest execution is a
	// rollback, nothing counts against this release either. The name of the pipeline comes from CodeBuild
	// (CODEBUILD_INITIATOR). Default: none, the stage is not looked up.
	VariableStage = "STAGE"

	// VariableRuleMinutes is how long CodePipeline's own rule checks the alarm after the program, in
	// minutes, which is how far ahead [MetricExcused] is published, up to the two hours that CloudWatch
	// takes. Default: 0.
	VariableRuleMinutes = "RULE_MINUTES"

	// VariableTopic is the ARN of the SNS topic that gets the message of a release that failed, with the share
	// of the program's own requests that failed. Default: none.
	VariableTopic = "TOPIC"

	// VariableCreationVersions is what the labels begin with of the versions that environments are
	// created with: this, the name of the environment, a hyphen and twelve hexadecimal digits. A release
	// that succeeded deletes those that no environment runs. Default: none are deleted.
	VariableCreationVersions = "CREATION_VERSIONS"
)

// Variables of the probe.
const (
	// VariableEnvironmentName is the name of the Elastic Beanstalk environment. Required.
	VariableEnvironmentName = "ENVIRONMENT_NAME"

	// VariableDeployAction is the name of the action in [VariableStage] that deploys. The probe ends as
	// soon as that action has failed. Default: none, the state of the environment shows when the
	// deployment is over.
	VariableDeployAction = "DEPLOY_ACTION"

	// VariableProbeStart is how long the environment may stay Ready before the probe takes it that
	// there is nothing to wait for, in milliseconds. Default: 180000.
	VariableProbeStart = "PROBE_START_MS"

	// VariableProbeTail is how long the probe goes on after the deployment, in milliseconds: the bake. It
	// begins again when the environment leaves Ready while the deploy action is not known to have
	// succeeded. It ends early when more requests have failed than are tolerated. Default: 30000.
	VariableProbeTail = "PROBE_TAIL_MS"

	// VariableProbeLimit is after how many minutes the probe ends in any case. Default: 58, for
	// CodePipeline gives an Elastic Beanstalk action an hour (User Guide, "Quotas in AWS
	// CodePipeline").
	VariableProbeLimit = "PROBE_LIMIT_MINUTES"

	// VariableBeforeLimit is how long after the build began (CODEBUILD_START_TIME) only the version before
	// serves, in milliseconds. What fails or is slow until then is not blamed on the release. Default: 0,
	// nothing is known of the version before. Blue/green sends requests before it begins and needs no limit.
	VariableBeforeLimit = "BEFORE_LIMIT_MS"

	// VariableAllowDowntime is true or false: whether requests may fail until the deployment is over.
	// Those failures are told and do not count. Default: false.
	VariableAllowDowntime = "ALLOW_DOWNTIME"

	// VariableSettleLimit is how long after the deployment [VariableReleaseAlarms] may fire because of what
	// was before or of downtime that is allowed, in milliseconds. The probe goes on until the alarm has
	// stopped, and fails if it fires after that time. Where nothing counts against a release, it only warns.
	// Default: 600000.
	VariableSettleLimit = "SETTLE_LIMIT_MS"
)

// Variables of blue/green.
const (
	// VariableBlueEnvironment and VariableGreenEnvironment are the names of the two environments.
	// Which is live is found out by the CNAME; the colours mean nothing. Required.
	VariableBlueEnvironment  = "BLUE_ENVIRONMENT"
	VariableGreenEnvironment = "GREEN_ENVIRONMENT"

	// VariableStableCNAME is the CNAME that users are given: the whole host name, or its first
	// label, which is the CNAMEPrefix that the first environment was made with. Required.
	VariableStableCNAME = "STABLE_CNAME"

	// VariableBundleDirectory has the source bundle, with Dockerrun.aws.json at its root. Everything
	// in it is deployed. Default: the input artifact of the action (CODEBUILD_SRC_DIR).
	VariableBundleDirectory = "BUNDLE_DIRECTORY"

	// VariableReadinessPath is the path that is asked for, beside [VariableProbePath], before the
	// swap. It may not redirect. Default: /readyz.
	VariableReadinessPath = "READINESS_PATH"

	// VariableHealthLimit is how long a deployed environment may take to become Green, in
	// milliseconds. Default: 600000.
	VariableHealthLimit = "HEALTH_LIMIT_MS"

	// VariableTrialAnswers is how many good answers in a row a deployed environment has to give
	// before the swap, and VariableTrialLimit the time it has, in milliseconds. Default: 10, 180000.
	VariableTrialAnswers = "TRIAL_ANSWERS"
	VariableTrialLimit   = "TRIAL_LIMIT_MS"

	// VariableSwapDNS is how long resolvers may take to learn of the swap, in milliseconds: until
	// then the previous version may answer. Default: 90000, for the records live for a minute.
	VariableSwapDNS = "SWAP_DNS_MS"

	// VariableSwapProbe is how long the users' requests are watched after the swap, in milliseconds: until
	// resolvers know of it, and through the bake. Default: 150000.
	VariableSwapProbe = "SWAP_PROBE_MS"

	// VariablePrepareLimit is after how many minutes blue/green gives up if it has not swapped, and
	// VariableReleaseLimit after how many in any case. Default: 40, 55.
	VariablePrepareLimit = "PREPARE_LIMIT_MINUTES"
	VariableReleaseLimit = "RELEASE_LIMIT_MINUTES"

	// VariableShrinkIdle is true or false: whether the environment that is idle after a release may
	// scale in to one instance. Its MinSize is set to 1, its MaxSize stays. Each release, one that
	// goes back too, first gives it the limits and the number of instances of the live one, so
	// nothing has to be restored; but grow it before you swap by hand. Default: false.
	VariableShrinkIdle = "SHRINK_IDLE"
)
