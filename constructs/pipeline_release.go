package constructs

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodebuild"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipeline"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipelineactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// releases defines the actions that bring a version to an environment, and what they share.
type releases struct {
	self     constructs.Construct
	pipeline awscodepipeline.Pipeline
	// commit is the variable with the commit that is released.
	commit  *string
	program awss3assets.Asset
	logs    awslogs.LogGroup
	// topic gets the message of a release that failed. Nil for none.
	topic awssns.ITopic
	// targets are the names of the applications that are released to.
	targets []string
	// Roles: deploy of Beanstalk's own deploy action and blueGreen of the builds that do it instead, one
	// for each target; probe of the builds that watch; start of the actions that start these builds.
	// Each exists where it is used.
	deploy, blueGreen []awsiam.Role
	probe, start      awsiam.Role
	// fence has the denies that are the same for all roles of deploy and blueGreen.
	fence awsiam.ManagedPolicy
}

func newReleases(self constructs.Construct, pipeline awscodepipeline.Pipeline, props PipelineProps, commit *string) *releases {
	var targets []string
	for _, target := range props.Targets {
		targets = append(targets, target.Environment.Name)
	}
	return &releases{
		self: self, pipeline: pipeline, commit: commit, topic: props.Topic, targets: targets,
		program: programAsset(self),
		logs:    newLogGroup(self, "ReleaseLogs", props.logs()),
		start: awsiam.NewRole(self, new("ReleaseActionRole"), &awsiam.RoleProps{
			Description: new("Starts the builds that make bundles, and those that watch releases or do them"),
			AssumedBy:   awsiam.NewArnPrincipal(pipeline.Role().RoleArn()),
		}),
		fence: awsiam.NewManagedPolicy(self, new("Fence"), &awsiam.ManagedPolicyProps{
			Description: new("Denies what no release needs"),
			Statements:  statementsOf(append(handOverDenials(), releaseDenials()...)),
		}),
	}
}

// needs are what has to be there before the first release: with a role, its policy.
func (r *releases) needs() []constructs.IDependable {
	all := []constructs.IDependable{r.start, r.fence}
	for _, role := range slices.Concat(r.deploy, r.programs()) {
		all = append(all, role)
	}
	return all
}

// programs are the roles that the release program runs as.
func (r *releases) programs() []awsiam.Role {
	if r.probe == nil {
		return r.blueGreen
	}
	return append([]awsiam.Role{r.probe}, r.blueGreen...)
}

// allowStop lets the program stop a rollback that failed. The policy lies here and not with the roles, for
// these are made before the pipeline.
func (r *releases) allowStop() {
	var roles []awsiam.IRole
	for _, role := range r.programs() {
		roles = append(roles, role)
	}
	awsiam.NewPolicy(r.self, new("StopRollbacks"), &awsiam.PolicyProps{
		Roles: &roles,
		Statements: &[]awsiam.PolicyStatement{awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions:   jsii.Strings("codepipeline:StopPipelineExecution"),
			Resources: &[]*string{r.pipeline.PipelineArn()},
		})},
	})
}

// allowDelete lets the probe delete the versions that the environment of target was created with. The
// role of blue/green may do that by its managed policy.
func (r *releases) allowDelete(target Target) {
	r.probe.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("elasticbeanstalk:DeleteApplicationVersion"),
		Resources: &[]*string{awscdk.Stack_Of(r.self).FormatArn(&awscdk.ArnComponents{
			Service: new("elasticbeanstalk"), Resource: new("applicationversion"),
			ResourceName: new(target.Environment.Name + "/" + deployedstate.VersionPrefix + "*"),
		})},
	}))
}

// actions are what runs side by side in the stage of a target.
func (r *releases) actions(target Target, bundle awscodepipeline.Artifact) []awscodepipeline.IAction {
	if target.Environment.Standby != nil {
		return []awscodepipeline.IAction{r.build(target, bundle, deployAction, r.blueGreenProject(target))}
	}
	deploy := awscodepipelineactions.NewElasticBeanstalkDeployAction(&awscodepipelineactions.ElasticBeanstalkDeployActionProps{
		ActionName:      new(deployAction),
		ApplicationName: target.Environment.Application.Ref(),
		EnvironmentName: target.Environment.Environment.Ref(),
		Input:           bundle,
		Role:            r.deployRole(target),
	})
	return []awscodepipeline.IAction{deploy, r.build(target, bundle, "Probe", r.probeProject(target))}
}

func (r *releases) build(target Target, bundle awscodepipeline.Artifact, name string, project awscodebuild.IProject) awscodepipeline.IAction {
	return awscodepipelineactions.NewCodeBuildAction(&awscodepipelineactions.CodeBuildActionProps{
		ActionName: &name,
		Project:    project,
		Input:      bundle,
		Role:       r.start,
		EnvironmentVariables: &map[string]*awscodebuild.BuildEnvironmentVariable{
			release.VariableCommit:    {Value: r.commit},
			release.VariableExecution: {Value: awscodepipeline.GlobalVariables_ExecutionId()},
		},
	})
}

// deployRole is the role of Beanstalk's deploy action for target. The action attaches
// AdministratorAccess-AWSElasticBeanstalk to it, which is what AWS documents as the minimum
// (CodePipeline User Guide, "AWS Elastic Beanstalk deploy action reference"). The denies of fence.go take
// away what no release to target needs.
func (r *releases) deployRole(target Target) awsiam.Role {
	role := awsiam.NewRole(r.self, new("DeployRole-"+target.Name), &awsiam.RoleProps{
		Description: new("Deploys releases to " + target.Environment.Name),
		AssumedBy:   awsiam.NewArnPrincipal(r.pipeline.Role().RoleArn()),
	})
	r.deploy = append(r.deploy, role)
	r.confine(role, target)
	return role
}

// confine lets a role that releases pass the task execution role of target to ECS, and denies what no
// release to target needs.
func (r *releases) confine(role awsiam.Role, target Target) {
	GrantPassToECS(target.Environment.Roles.Execution, role)
	siblings := slices.DeleteFunc(slices.Clone(r.targets), func(name string) bool { return name == target.Environment.Name })
	fence(role, ownDenials(target.Environment, siblings))
	denyLongerNames(role, role, "LongerNames", target.Environment.Name, siblings)
	r.fence.AttachToRole(role)
}

// probeProject watches the releases of target.
func (r *releases) probeProject(target Target) awscodebuild.IProject {
	if r.probe == nil {
		r.probe = r.buildRole("ProbeRole", "Watches releases")
	}
	r.allowDelete(target)
	e, bake := target.Environment, target.Environment.Policy.Bake
	limit := actionMinutes + int(bake.Minutes()) + settleMinutes
	return r.project("Probe-"+target.Name, release.CommandProbe, target, r.probe, limit, map[string]*string{
		release.VariableEnvironmentName: e.Environment.Ref(),
		release.VariableDeployAction:    new(deployAction),
		release.VariableProbeTail:       milliseconds(bake),
		release.VariableProbeLimit:      new(strconv.Itoa(limit)),
		release.VariableBeforeLimit:     milliseconds(beforeLimit(e.Policy)),
		release.VariableAllowDowntime:   new(strconv.FormatBool(e.Policy.DowntimeExpected())),
	})
}

// beforeLimit is how long a deployment leaves all requests to the version before, as planned.
func beforeLimit(policy rollout.Policy) (limit time.Duration) {
	for _, step := range policy.Plan() {
		if step.New > 0 || step.Old == 0 {
			break
		}
		limit += step.Duration
	}
	return limit
}

// blueGreenProject does the releases of target.
func (r *releases) blueGreenProject(target Target) awscodebuild.IProject {
	role := r.buildRole("BlueGreenRole-"+target.Name, "Releases by blue/green to "+target.Environment.Name, release.BlueGreenPolicy)
	r.blueGreen = append(r.blueGreen, role)
	r.confine(role, target)
	e, limit := target.Environment, int(target.Environment.Policy.ReleaseLimit().Minutes())
	return r.project("BlueGreen-"+target.Name, release.CommandBlueGreen, target, role, limit, map[string]*string{
		release.VariableBlueEnvironment:  &e.Name,
		release.VariableGreenEnvironment: new(limits.StandbyName(e.Name)),
		release.VariableStableCNAME:      e.endpoint.cname,
		release.VariableReadinessPath:    &e.Policy.Health.Path,
		release.VariableTrialAnswers:     new(strconv.Itoa(int(rollout.Assumptions.Trial.Seconds()))),
		release.VariableSwapProbe:        milliseconds(rollout.Assumptions.Watch + e.Policy.Bake),
		release.VariablePrepareLimit:     new(strconv.Itoa(int(rollout.Preparation.Minutes()))),
		release.VariableReleaseLimit:     new(strconv.Itoa(limit)),
		release.VariableShrinkIdle:       new(strconv.FormatBool(e.Policy.ShrinkIdle)),
	})
}

// deployAction is the name of the action that deploys.
const deployAction = "Deploy"

// With the longest bake, a build takes no more than 157 minutes by these. CodePipeline and CodeBuild give it
// 480 (User Guides, "Quotas in AWS CodePipeline" and "Quotas for AWS CodeBuild").
const (
	// actionMinutes is how long CodePipeline waits for Beanstalk's deploy action (User Guide, "Quotas
	// in AWS CodePipeline").
	actionMinutes = 60
	// settleMinutes is how long the probe waits for alarms that an accepted downtime set off.
	settleMinutes = 10
	// spareMinutes is what a build may take to start and to end.
	spareMinutes = 10
)

// project runs a command of the release program, for limit minutes at most.
func (r *releases) project(id, command string, target Target, role awsiam.Role, limit int, variables map[string]*string) awscodebuild.IProject {
	policy := target.Environment.Policy
	maps.Copy(variables, map[string]*string{
		release.VariableCreationVersions: new(deployedstate.VersionPrefix),
		release.VariableProgramBucket:    r.program.S3BucketName(),
		release.VariableProgramKey:       r.program.S3ObjectKey(),
		release.VariableApplicationName:  target.Environment.Application.Ref(),
		release.VariableStage:            new(target.stage()),
		release.VariableProbeURL:         target.Environment.EndpointURL(),
		release.VariableProbePath:        new(target.probePath()),
		release.VariableProbeMaxFailures: new(strconv.Itoa(policy.ProbeMaxFailures)),
		release.VariableRuleMinutes:      new(strconv.Itoa(ruleMinutes)),
	})
	if target.ProbeHost != "" {
		variables[release.VariableProbeHost] = &target.ProbeHost
	}
	if target.Alarms != nil {
		names := make([]*string, len(target.Alarms.Releases))
		for i, alarm := range target.Alarms.Releases {
			names[i] = alarm.AlarmName()
		}
		variables[release.VariableReleaseAlarms] = awscdk.Fn_Join(new(","), &names)
		variables[release.VariableProbeMaxLatency] = milliseconds(target.Alarms.props.Latency)
	}
	if r.topic != nil {
		variables[release.VariableTopic] = r.topic.TopicArn()
	}
	environment := map[string]*awscodebuild.BuildEnvironmentVariable{}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		environment[name] = &awscodebuild.BuildEnvironmentVariable{Value: variables[name]}
	}
	return awscodebuild.NewPipelineProject(r.self, &id, &awscodebuild.PipelineProjectProps{
		Description:          new("Runs the release program for " + target.Environment.Name),
		BuildSpec:            awscodebuild.BuildSpec_FromObject(new(release.BuildSpec(command))),
		Environment:          &awscodebuild.BuildEnvironment{BuildImage: r.image(target), ComputeType: awscodebuild.ComputeType_SMALL},
		EnvironmentVariables: &environment,
		Role:                 role,
		Timeout:              awscdk.Duration_Minutes(jsii.Number(limit + spareMinutes)),
		Logging: &awscodebuild.LoggingOptions{
			CloudWatch: &awscodebuild.CloudWatchLoggingOptions{LogGroup: r.logs},
		},
	})
}

// image is of the other architecture than the build of the application: a new account may run one
// build of a kind at a time, and the next release is built while this one is deployed.
func (r *releases) image(target Target) awscodebuild.IBuildImage {
	if target.Environment.Architecture == limits.ARM64 {
		return awscodebuild.LinuxBuildImage_AMAZON_LINUX_2023_5()
	}
	return awscodebuild.LinuxArmBuildImage_AMAZON_LINUX_2023_STANDARD_3_0()
}

// buildRole is the role of the builds that run the program.
func (r *releases) buildRole(id, description string, policies ...string) awsiam.Role {
	role := awsiam.NewRole(r.self, &id, &awsiam.RoleProps{
		Description:     &description,
		AssumedBy:       awsiam.NewServicePrincipal(new("codebuild.amazonaws.com"), nil),
		ManagedPolicies: managedPolicies(policies...),
	})
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:     new("ReadProgram"),
		Actions: jsii.Strings("s3:GetObject"), Resources: &[]*string{r.program.Bucket().ArnForObjects(r.program.S3ObjectKey())},
	}))
	if r.topic != nil {
		r.topic.GrantPublish(role) // and the use of its key
	}
	for _, s := range release.Statements() {
		conditions := map[string]any{}
		for operator, keys := range s.Conditions {
			conditions[operator] = keys
		}
		role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: &s.Sid, Actions: jsii.Strings(s.Actions...), Resources: jsii.Strings(s.Resources...), Conditions: &conditions,
		}))
	}
	return role
}

// programAsset uploads the release program.
func programAsset(self constructs.Construct) awss3assets.Asset {
	dir, remove := writeAsset("release", release.Source())
	defer remove()
	return awss3assets.NewAsset(self, new("ReleaseProgram"), &awss3assets.AssetProps{Path: &dir})
}

func milliseconds(d time.Duration) *string { return new(strconv.FormatInt(d.Milliseconds(), 10)) }
