// Package deployedstate is the Lambda function behind the custom resources DeployedState and
// Endpoint, and what a stack has to know to define them: names, permissions, and where the code
// lies.
//
// The function answers two questions of a template, each a resource type of its own.
//
// [ResourceTypeDeployedState]: which platform version and which application version should the
// Elastic Beanstalk environment be created with? These are the recommended platform and a small
// placeholder application that the function registers, or what another environment runs. Once the
// environment exists, the answer is [Keep], so that no later update, nor its rollback, changes what
// releases and managed platform updates have brought there; docs/adr/0001 lists the exceptions for the
// first update. Being asked before every change, the function also refuses the one that would delete a live standby; see [PropertyStandby].
//
// [ResourceTypeEndpoint]: where are the environments reached? It has the address that users were
// given, whichever of two environments has it at the moment, and what CloudWatch calls their load
// balancers.
//
// Two environments of one application are told apart by name: the first, and the standby. Releases
// swap their CNAMEs, never their names. No CNAME is chosen, so Elastic Beanstalk made each of the
// name of its environment, and nothing has to be remembered: the CNAME that begins with the
// standby's name is the idle one, the other one is stable, and who has that one is live.
//
// The function is plain Node.js without dependencies, under handler/. This package neither imports
// jsii nor defines a construct; it gives a construct its parts:
//
//	os.CopyFS(dir, deployedstate.Source())
//	code := awslambda.Code_FromAsset(&dir, nil)
//	for _, s := range deployedstate.Statements(scope) {
//		role.AddToPolicy(/* s.Sid, s.Actions, s.Resources */)
//	}
package deployedstate

import (
	"embed"
	"io/fs"
	"time"
)

// PlatformBranch is the platform branch whose recommended version a new environment starts on.
const PlatformBranch = "ECS running on 64bit Amazon Linux 2023"

// Entry is the handler of the Lambda function.
const Entry = "index.handler"

// Timeout is the timeout of the Lambda function, the longest that Lambda has: the function waits
// for a release that is under way, and answers CloudFormation in any case before it is stopped.
const Timeout = 15 * time.Minute

//go:embed handler
var source embed.FS

// Source returns the code of the function, with [Entry] at its root and nothing else beside it. It
// is part of the program, so an app need not run beside its sources.
func Source() fs.FS {
	sub, err := fs.Sub(source, "handler")
	if err != nil {
		panic(err) // cannot happen: the directory is embedded above
	}
	return sub
}
