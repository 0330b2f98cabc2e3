package constructs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscodebuild"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipeline"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodepipelineactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecr"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// PipelineProps configures a [Pipeline].
type PipelineProps struct {
	// Repository is where releases come from. Required.
	Repository *Repository

	// Targets are released to in this order. At least one; all of one architecture, for there is one
	// image.
	Targets []Target

	// LogRetentionDays is how long the logs of builds are kept. Default: 30.
	LogRetentionDays int

	// Topic hears how releases go. It has to admit EventBridge rules of this account, as that of
	// [Notifications] does. Default: none.
	Topic awssns.ITopic

	// Disposable is the reason why images and artifacts may be deleted with the stack, in two words or
	// more. It is shown at every synth. Default: none, they are retained.
	Disposable string

	// AllowInBundle maps directories of the repository, .ebextensions and .platform, to the reason why
	// a release may deploy them although they can change what the template decided. The build gets
	// their names; see [VariableBundleAllow]. Every synth warns of each. Default: none, the starter's
	// build fails where there is one.
	AllowInBundle map[string]string
}

// VariableBundleAllow is the environment variable of the build with the names in
// [PipelineProps].AllowInBundle, separated by commas. It is not set where there is none.
const VariableBundleAllow = "BUNDLE_ALLOW"

// Target is one stop of a release.
type Target struct {
	// Name names the stop in the pipeline, up to 16 letters, digits and hyphens. Required.
	Name string
	// Environment is what is released to. Required.
	Environment *Environment
	// Approval makes the release wait for a person first. Default: false.
	Approval bool
	// Alarms are those of the environment. While they bake, they put a bad release back. Default:
	// none, only what the probe sees counts.
	Alarms *Alarms
	// ProbePath is what the probe asks for once a second during a release: a path that strangers may
	// see, and that responds with 2xx, or redirects as the version before does. Default: the path of the
	// health check.
	ProbePath string
	// ProbeHost is the host that the probe names in its requests, in the header Host and in TLS: for an
	// application that checks the header, and to check the name in the certificate. The requests go to
	// the environment's own address all the same. Default: the host of that address; the name in a
	// certificate is not checked.
	ProbeHost string
}

// stage is the name of the stage that deploys to the target.
func (t Target) stage() string { return "Deploy-" + t.Name }

func (t Target) probePath() string { return cmp.Or(t.ProbePath, t.Environment.Policy.Health.Path) }

// Validate reports every problem of the props.
func (p PipelineProps) Validate() error {
	p = p.withDefaults()
	problems := []error{
		required("Repository", p.Repository == nil),
		required("Targets", len(p.Targets) == 0),
		named("LogRetentionDays", limits.LogRetentionDays(p.LogRetentionDays)),
		named("Disposable", limits.Reason(p.Disposable, "images and artifacts may be deleted")),
	}
	names, approvals := map[string]bool{}, 0
	for i, target := range p.Targets {
		if target.Approval {
			approvals++
		}
		field := fmt.Sprintf("Targets[%d]", i)
		problems = append(problems,
			named(field+".Name", limits.EnvironmentName(target.Name)),
			required(field+".Environment", target.Environment == nil))
		if target.ProbePath != "" {
			problems = append(problems, named(field+".ProbePath", limits.Path(target.ProbePath)))
		}
		if target.ProbeHost != "" {
			problems = append(problems, named(field+".ProbeHost", limits.HostName(target.ProbeHost)))
		}
		if names[target.Name] {
			problems = append(problems, fmt.Errorf("%s.Name: %s is there twice; use another name", field, limits.Quote(target.Name)))
		}
		names[target.Name] = true
		if first := p.Targets[0].Environment; first != nil && target.Environment != nil &&
			first.Architecture != target.Environment.Architecture {
			problems = append(problems, fmt.Errorf("%s.Environment: %s, but the image is built for the %s of Targets[0]; use instance types of one architecture",
				field, target.Environment.Architecture, first.Architecture))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.AllowInBundle)) {
		problems = append(problems, named("AllowInBundle["+strconv.Quote(name)+"]", limits.BundleDirectory(name, p.AllowInBundle[name])))
	}
	return errors.Join(append(problems, named("Targets", limits.PipelineStages(len(p.Targets), approvals)))...)
}

func (p PipelineProps) withDefaults() PipelineProps {
	p.LogRetentionDays = cmp.Or(p.LogRetentionDays, 30)
	return p
}

// Pipeline releases each commit: it builds one image and deploys it to one environment after the
// other, watched from outside and by alarms. A release that fails or hurts users is followed by the
// last version that succeeded.
type Pipeline struct {
	// Pipeline is the CodePipeline.
	Pipeline awscodepipeline.Pipeline
	// Build is the CodeBuild project that runs the repository's own buildspec.yml.
	Build awscodebuild.PipelineProject
	// Images is the registry of the images.
	Images awsecr.Repository
	// URL is the page of the console that shows the pipeline.
	URL *string
}

// NewPipeline defines a Pipeline in scope. It panics if props are invalid.
func NewPipeline(scope constructs.Construct, id string, props PipelineProps) *Pipeline {
	mustBeValid(scope, id, props)
	props = props.withDefaults()
	self := constructs.NewConstruct(scope, &id)
	for _, name := range slices.Sorted(maps.Keys(props.AllowInBundle)) {
		warn(self, "bundle/"+name,
			name+" of the repository is deployed and can change what the template decided (allowed: "+props.AllowInBundle[name]+")")
	}

	warnOfDisposal(self, "images and artifacts are deleted with their stack", props.Disposable)
	images := newImages(self, props.Disposable)
	build := newBuild(self, props, images)
	pipeline := awscodepipeline.NewPipeline(self, new("Pipeline"), &awscodepipeline.PipelineProps{
		ArtifactBucket:   newArtifacts(self, props.Disposable),
		PipelineType:     awscodepipeline.PipelineType_V2,
		CrossAccountKeys: new(false),
		// Releases wait for each other. In the other modes one could overtake or cut short another
		// on the same instances.
		ExecutionMode: awscodepipeline.ExecutionMode_QUEUED,
	})
	source := awscodepipeline.NewArtifact(new("Source"), nil)
	push := awscodepipelineactions.NewCodeCommitSourceAction(&awscodepipelineactions.CodeCommitSourceActionProps{
		ActionName: new("Source"),
		Repository: props.Repository.Repository,
		Branch:     &props.Repository.Branch,
		Output:     source,
		Trigger:    awscodepipelineactions.CodeCommitTrigger_EVENTS,
	})
	pipeline.AddStage(&awscodepipeline.StageOptions{StageName: new("Source"), Actions: &[]awscodepipeline.IAction{push}})
	bundles := addBuildStage(pipeline, build, source, props.Targets)
	needs := []constructs.IDependable{build}
	releases := newReleases(self, pipeline, props, push.Variables().CommitId)
	for i, target := range props.Targets {
		addTarget(pipeline, target, releases.actions(target, bundles[i]))
		needs = append(needs, allowPull(self, target, images))
	}
	startAfter(pipeline, append(needs, releases.needs()...))
	releases.allowStop()
	if props.Topic != nil {
		notify(self, pipeline, props.Topic)
	}
	trustOwnAccount(self)
	page := consoleURL(self, new("/codesuite/codepipeline/pipelines/"), pipeline.PipelineName(), new("/view"))
	return &Pipeline{Pipeline: pipeline, Build: build, Images: images, URL: page}
}

// addBuildStage builds the image in the first target's action. The others find it in the registry
// and only write their own bundle, which differs in the execution role.
func addBuildStage(pipeline awscodepipeline.Pipeline, build awscodebuild.PipelineProject,
	source awscodepipeline.Artifact, targets []Target,
) []awscodepipeline.Artifact {
	bundles := make([]awscodepipeline.Artifact, len(targets))
	actions := make([]awscodepipeline.IAction, len(targets))
	for i, target := range targets {
		name := "Build"
		if i > 0 {
			name = "Bundle-" + target.Name
		}
		bundles[i] = awscodepipeline.NewArtifact(new("Bundle_"+artifactName(target.Name)), nil)
		actions[i] = awscodepipelineactions.NewCodeBuildAction(&awscodepipelineactions.CodeBuildActionProps{
			ActionName: &name,
			// One after the other: a new account may run one build at a time.
			RunOrder: jsii.Number(i + 1),
			Project:  build,
			Input:    source,
			Outputs:  &[]awscodepipeline.Artifact{bundles[i]},
			EnvironmentVariables: &map[string]*awscodebuild.BuildEnvironmentVariable{
				"EXECUTION_ROLE_ARN": {Value: target.Environment.Roles.Execution.RoleArn()},
			},
		})
	}
	pipeline.AddStage(&awscodepipeline.StageOptions{StageName: new("Build"), Actions: &actions})
	return bundles
}

// addTarget releases to one environment. The approval is a stage of its own: a refusal would
// otherwise count as a failed deployment and roll back what nobody touched.
func addTarget(pipeline awscodepipeline.Pipeline, target Target, actions []awscodepipeline.IAction) {
	if target.Approval {
		pipeline.AddStage(&awscodepipeline.StageOptions{
			StageName: new("Approve-" + target.Name),
			Actions: &[]awscodepipeline.IAction{
				awscodepipelineactions.NewManualApprovalAction(&awscodepipelineactions.ManualApprovalActionProps{
					ActionName:            new("Approve"),
					AdditionalInformation: new("Release to " + target.Name + "?"),
				}),
			},
		})
	}
	pipeline.AddStage(&awscodepipeline.StageOptions{
		StageName: new(target.stage()),
		Actions:   &actions,
		OnSuccess: bake(pipeline, target),
		// A rolling deployment that fails leaves two versions in service. Only deploying the last
		// good one again heals that.
		OnFailure: &awscodepipeline.FailureConditions{Result: awscodepipeline.Result_ROLLBACK},
	})
}

// ruleMinutes is how long CodePipeline's own rule waits for the alarm. The program of the release has
// checked it through the whole bake by then. The rule is a second net for what the program could not see, so
// it has the shortest wait that the guide's example has (CodePipeline User Guide, "CloudWatchAlarm").
const ruleMinutes = 1

// bake rolls back a release that was deployed well when its alarm fires.
//
// AlarmStates is left out on purpose: in On Success conditions, OK and INSUFFICIENT_DATA then meet the
// criteria, and ALARM does not (CodePipeline User Guide, "How do stage conditions work?"). The guide sets
// it to ALARM in an On Failure example only, where ALARM is what meets the criteria. Taken the same way here,
// that would roll back every release whose alarm is quiet.
func bake(pipeline awscodepipeline.Pipeline, target Target) *awscodepipeline.Conditions {
	if target.Alarms == nil {
		return nil
	}
	alarm := target.Alarms.Release
	pipeline.Role().AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: new("WatchAlarms"),
		// Of an alarm that it may not see, CodePipeline would say that there is none.
		Actions: jsii.Strings("cloudwatch:DescribeAlarms"), Resources: jsii.Strings("*"),
	}))
	return &awscodepipeline.Conditions{Conditions: &[]*awscodepipeline.Condition{{
		Result: awscodepipeline.Result_ROLLBACK,
		Rules: &[]awscodepipeline.Rule{awscodepipeline.NewRule(&awscodepipeline.RuleProps{
			Name:     new("Bake-" + target.Name),
			Provider: new("CloudWatchAlarm"),
			Version:  new("1"),
			Configuration: &map[string]any{
				"AlarmName": alarm.AlarmName(),
				"WaitTime":  strconv.Itoa(ruleMinutes),
			},
		})},
	}}}
}

// startAfter keeps the pipeline from being created before what its first release needs, for that
// release begins at once. The policies of the actions' roles are no dependency by themselves.
func startAfter(pipeline awscodepipeline.Pipeline, needs []constructs.IDependable) {
	for _, stage := range *pipeline.Node().Children() {
		for _, action := range *stage.Node().Children() {
			if role := action.Node().TryFindChild(new("CodePipelineActionRole")); role != nil {
				needs = append(needs, role)
			}
		}
	}
	pipeline.Node().DefaultChild().Node().AddDependency(needs...)
}

// notifications are the messages about releases, by the state of a pipeline execution. What
// triggered an execution is told when it starts (CodePipeline User Guide, "Monitoring CodePipeline
// events", and API reference, ExecutionTrigger).
var notifications = []struct {
	id, state, text string
	trigger         []any
}{
	{"Started", "STARTED", "A release has started.", []any{map[string]any{"anything-but": rollbacks}, map[string]any{"exists": false}}},
	{"RolledBack", "STARTED", "A release was bad: the previous version is being put back.", []any{rollbacks[0], rollbacks[1]}},
	{"Succeeded", "SUCCEEDED", "A release, or the return to a previous version, is done.", nil},
	{"Failed", "FAILED", "A release failed. If it had begun to be deployed, the version before is put back, where there was one.", nil},
	{"Stopped", "STOPPED", "A release was stopped: by somebody, or because it was a rollback that failed.", nil},
	{"Cancelled", "CANCELED", "A change of the pipeline cut a release short: push or release again.", nil},
}

// rollbacks are the triggers of an execution that returns to an earlier version.
var rollbacks = []string{"AutomatedRollback", "ManualRollback"}

// notify tells in words how releases go, and where to look. The rules leave the topic's own policy
// alone, for the topic may lie in a stack that knows nothing of this one.
func notify(self constructs.Construct, pipeline awscodepipeline.Pipeline, topic awssns.ITopic) {
	host := *consoleHost(self)
	for _, n := range notifications {
		detail := map[string]any{"state": []string{n.state}}
		if n.trigger != nil {
			detail["execution-trigger"] = map[string]any{"trigger-type": n.trigger}
		}
		awsevents.NewCfnRule(self, &n.id, &awsevents.CfnRuleProps{
			Description: &n.text,
			EventPattern: map[string]any{
				"source":      jsii.Strings("aws.codepipeline"),
				"detail-type": jsii.Strings("CodePipeline Pipeline Execution State Change"),
				"resources":   &[]*string{pipeline.PipelineArn()},
				"detail":      detail,
			},
			Targets: []any{&awsevents.CfnRule_TargetProperty{
				Id:  new("Topic"),
				Arn: topic.TopicArn(),
				InputTransformer: &awsevents.CfnRule_InputTransformerProperty{
					InputPathsMap: &map[string]*string{"pipeline": new("$.detail.pipeline"), "region": new("$.region"), "execution": new("$.detail.execution-id")},
					InputTemplate: new(`"` + n.text + ` Pipeline <pipeline>, execution <execution>: ` +
						`https://<region>.` + host + `/codesuite/codepipeline/pipelines/<pipeline>/executions/<execution>/timeline"`),
				},
			}},
		})
	}
}
