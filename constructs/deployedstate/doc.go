// Package deployedstate is the Lambda function behind the custom resource DeployedState, and what
// a stack has to know to define it: names, permissions, and where the code lies.
//
// The resource answers one question of a template: which platform version and which application
// version should the Elastic Beanstalk environment be told to run? For a new environment these are
// the recommended platform and a small placeholder application that the function registers. For a
// live one they are what it runs already, so that no stack update ever undoes a release of the
// pipeline or a managed platform update.
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

// Properties of the custom resource. All but WaitSeconds are required.
const (
	// PropertyApplicationName is the name of the Elastic Beanstalk application. It has to exist.
	PropertyApplicationName = "ApplicationName"

	// PropertyEnvironmentName is the name of the environment. It need not exist yet.
	PropertyEnvironmentName = "EnvironmentName"

	// PropertyPlatformBranch names the branch of a new environment; see [PlatformBranch]. A live
	// environment keeps its platform, whatever this says.
	PropertyPlatformBranch = "PlatformBranch"

	// PropertyExecutionRoleArn is the ECS task execution role that the placeholder starts with.
	PropertyExecutionRoleArn = "ExecutionRoleArn"

	// PropertySettings and PropertyTags are not read. Give them all settings and all tags of the
	// environment: CloudFormation calls the function only when a property changes, and it has to be
	// called before every change of the environment.
	PropertySettings = "Settings"
	PropertyTags     = "Tags"

	// PropertyWaitSeconds limits the wait for an environment that is not ready. Default: as long as
	// the timeout of the function allows.
	PropertyWaitSeconds = "WaitSeconds"
)

// Attributes of the custom resource, for Fn::GetAtt.
const (
	// AttributePlatformArn is the ARN of the platform version to run.
	AttributePlatformArn = "PlatformArn"

	// AttributeVersionLabel is the label of the application version to run.
	AttributeVersionLabel = "VersionLabel"
)

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
