// Package constructs holds the reusable parts of a web application that is released to Elastic
// Beanstalk without downtime: [Network], [Database], [Environment], [Repository] and [Pipeline].
// How a release proceeds is decided by a [rollout.Policy].
//
//	network := constructs.NewNetwork(stack, "Network", constructs.NetworkProps{})
//	database := constructs.NewDatabase(stack, "Database", constructs.DatabaseProps{Network: network})
//	constructs.NewEnvironment(stack, "Web", constructs.EnvironmentProps{
//		Name: "shop", Network: network, Database: database, AllowHTTP: "a demo without a domain",
//	})
//
// Props are plain Go values whose zero value is the documented default. Every Props has a Validate
// method that reports all problems at once; the constructors panic with the same text, as CDK's own
// do, because a construct tree cannot be built from values that make no sense. Constructs neither
// define outputs nor read the process environment: that belongs to stacks and apps.
//
// [rollout.Policy]: https://pkg.go.dev/github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout
package constructs
