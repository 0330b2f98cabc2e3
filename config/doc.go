// Package config reads the configuration of the app from the CDK context: the object "context" in
// cdk.json and what the CLI adds with -c. It fills in the defaults and reports everything that is
// wrong at once, each problem with the path of the setting and what to write instead.
//
//	cfg, err := config.Load([]byte(os.Getenv("CDK_CONTEXT_JSON")))
//	if err != nil {
//		fmt.Fprintln(os.Stderr, err)
//		os.Exit(1)
//	}
//
// A returned [Config] is complete and valid: no setting that has a default is empty. What AWS
// accepts is decided in package limits and what a deployment may be in package rollout; only
// contradictions between settings are decided here.
//
// The package is plain Go. It knows nothing of CDK, reads no file and no environment variable, and
// cannot tell whether something exists in an account.
//
// # How values are read
//
// Numbers, true and false may also be given as text, for -c knows nothing else. A number, true or
// false in place of a text is taken as it is written. Null is the same as leaving the setting out.
// Keys of the context that contain ":" or begin with "@" belong to CDK and are ignored, as are
// those that the CLI writes under bare names: acknowledged-issue-numbers, cdk-migrate and
// cli-telemetry.
package config
