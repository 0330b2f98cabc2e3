package deployedstate

import "strconv"

// Types of the custom resources. One function answers for both.
const (
	// ResourceTypeDeployedState returns what an environment is created with, or [Keep].
	ResourceTypeDeployedState = "Custom::DeployedState"

	// ResourceTypeEndpoint says where one or two environments are reached.
	ResourceTypeEndpoint = "Custom::Endpoint"
)

// Properties of both types.
const (
	// PropertyApplicationName is the name of the Elastic Beanstalk application. It has to exist.
	// Required.
	PropertyApplicationName = "ApplicationName"

	// PropertySettings and PropertyTags are not read. Give a DeployedState all settings and all tags
	// of its environment: CloudFormation calls the function only when a property changes, and it has
	// to be called before every change of the environment. Give an Endpoint the settings of all its
	// environments, so that it looks again when a change may have given them other load balancers.
	PropertySettings = "Settings"
	PropertyTags     = "Tags"

	// PropertyWaitSeconds limits the wait for an environment that is not ready. Default: as long as
	// the timeout of the function allows.
	PropertyWaitSeconds = "WaitSeconds"
)

// Properties of [ResourceTypeDeployedState].
const (
	// PropertyEnvironmentName is the name of the environment. It need not exist yet. Required.
	PropertyEnvironmentName = "EnvironmentName"

	// PropertyPlatformBranch names the branch of a new environment; see [PlatformBranch]. A live
	// environment keeps its platform, whatever this says. Required.
	PropertyPlatformBranch = "PlatformBranch"

	// PropertyExecutionRoleArn is the ECS task execution role that the placeholder starts with.
	// Required.
	PropertyExecutionRoleArn = "ExecutionRoleArn"

	// PropertyStartFrom names an environment of the same application. A new environment starts with
	// its version and platform, if it exists. A standby has the first environment here, so that a
	// swap at any time finds a good version. Default: a new environment starts with the placeholder.
	PropertyStartFrom = "StartFrom"

	// PropertyStandby names the standby of this environment, while there is one. An update that
	// leaves it out makes CloudFormation delete the standby; it fails before anything is changed
	// when the standby is live, or when that cannot be told. Its rollback succeeds. Default: there
	// is no standby.
	PropertyStandby = "Standby"
)

// Properties of [ResourceTypeEndpoint].
const (
	// PropertyEnvironmentNames lists the name of the first environment, and that of the standby if
	// there is one. They have to exist. Required.
	PropertyEnvironmentNames = "EnvironmentNames"

	// PropertyEndpointURLs lists the attributes EndpointURL of the environments in the same order:
	// the DNS names of their load balancers. Required.
	PropertyEndpointURLs = "EndpointURLs"
)

// Attributes of [ResourceTypeDeployedState], for Fn::GetAtt. Both are [Keep] once the environment
// exists.
const (
	// AttributePlatformArn is the ARN of the platform version to create the environment on.
	AttributePlatformArn = "PlatformArn"

	// AttributeVersionLabel is the label of the application version to create the environment with.
	// No other environment has that label, unless the version of the first environment could not be
	// copied for the standby.
	AttributeVersionLabel = "VersionLabel"
)

// VersionPrefix is what the labels begin with of the versions that environments are created with: this,
// the name of the environment, a hyphen and twelve hexadecimal digits.
const VersionPrefix = "bootstrap-"

// Keep is the value of the attributes that means: pass no platform and no version label to Elastic
// Beanstalk, the environment keeps what it runs.
const Keep = "keep"

// AttributeCNAME of [ResourceTypeEndpoint] is the stable address, the one that users were given. It
// stays the same when a release swaps the environments.
const AttributeCNAME = "CNAME"

// AttributeLoadBalancer of [ResourceTypeEndpoint] is the CloudWatch dimension LoadBalancer of the
// environment with index i in [PropertyEnvironmentNames]: app/NAME/ID.
func AttributeLoadBalancer(i int) string {
	return "LoadBalancer" + strconv.Itoa(i)
}

// AttributeTargetGroup of [ResourceTypeEndpoint] is the CloudWatch dimension TargetGroup of the
// environment with index i in [PropertyEnvironmentNames]: targetgroup/NAME/ID.
func AttributeTargetGroup(i int) string {
	return "TargetGroup" + strconv.Itoa(i)
}
