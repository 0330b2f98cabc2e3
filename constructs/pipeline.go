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
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
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

	// Topic is notified of how releases go, and why one failed. It has to admit EventBridge rules of this
	// account, as that of [Notifications] does. Default: none.
	Topic awssns.ITopic

	// EncryptionKey encrypts images, artifacts, builds and their logs. Its policy has to be that of
	// [KeyPolicy]. Another key later, or none, makes CloudFormation replace the registry by an empty one.
	// Default: the keys of ECR, S3, CodeBuild and CloudWatch Logs.
	EncryptionKey awskms.IKey

	// Disposable is the reason why images, artifacts and logs of builds may be deleted with the stack, in two
	// words or more. It is shown at every synth. Default: none, they are retained.
	Disposable string

	// AllowInBundle maps what a release may deploy, although the template did not decide it or the build did not
	// make it, to the reason: the directories .ebextensions and .platform of the repository, and images with a tag
	// or digest. Every synth warns of each. Default: none, a release with one of them fails before it deploys.
	AllowInBundle map[string]string

	// ProtectBranch denies changes of the branch to [Pipeline].Developers and to the repository's Git user,
	// except by pull requests, and changes of approval rules to the former. Default: false.
	ProtectBranch bool
}

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
		problems = append(problems, named("AllowInBundle["+strconv.Quote(name)+"]", limits.BundleExtra(name, p.AllowInBundle[name])))
	}
	return errors.Join(append(problems, named("Targets", limits.PipelineStages(len(p.Targets), approvals)))...)
}

// logs are the settings of the log groups of builds.
func (p PipelineProps) logs() logSettings {
	return logSettings{p.LogRetentionDays, p.Disposable, p.EncryptionKey}
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
	// Approver is the role of the people who approve releases. Nil where no target has an approval.
	Approver awsiam.Role
	// Developers is the policy of the people who push code. It denies what would get past the pipeline: among
	// others, to pass or to assume any role of the pipeline's stack.
	Developers awsiam.ManagedPolicy
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
		warn(self, "bundle/"+name, limits.BundleRisk(name)+" (allowed: "+props.AllowInBundle[name]+")")
	}

	warnOfDisposal(self, "images, artifacts and logs of builds are deleted with their stack", props.Disposable)
	images, artifacts := newImages(self, props), newArtifacts(self, props)
	buildLogs := newLogGroup(self, "BuildLogs", props.logs())
	build := newBuild(self, props, images, artifacts, buildLogs)
	pipeline := awscodepipeline.NewPipeline(self, new("Pipeline"), &awscodepipeline.PipelineProps{
		ArtifactBucket:   artifacts,
		PipelineType:     awscodepipeline.PipelineType_V2,
		CrossAccountKeys: new(false),
		// Releases wait for each other. In the other modes one could overtake or cut short another
		// on the same instances.
		ExecutionMode: awscodepipeline.ExecutionMode_QUEUED,
	})
	source := awscodepipeline.NewArtifact(new(sourceArtifact), nil)
	push := awscodepipelineactions.NewCodeCommitSourceAction(&awscodepipelineactions.CodeCommitSourceActionProps{
		ActionName: new("Source"),
		Repository: props.Repository.Repository,
		Branch:     &props.Repository.Branch,
		Output:     source,
		Trigger:    awscodepipelineactions.CodeCommitTrigger_EVENTS,
	})
	pipeline.AddStage(&awscodepipeline.StageOptions{StageName: new("Source"), Actions: &[]awscodepipeline.IAction{push}})
	releases := newReleases(self, pipeline, props, push.Variables().CommitId)
	bundles := newBundles(releases, props, source, build, images, artifacts)
	artifactOf := addBuildStage(pipeline, build, bundles, props.Targets)
	needs := []constructs.IDependable{build, bundles.project, bundles.role}
	var approvals []awscodepipelineactions.ManualApprovalAction
	for _, target := range props.Targets {
		if target.Approval {
			approval, bundle := addApproval(self, pipeline, props, target, bundles)
			approvals, artifactOf[target.Name] = append(approvals, approval), bundle
		}
		addTarget(pipeline, target, releases.actions(target, artifactOf[target.Name]))
		needs = append(needs, allowPull(self, target, images))
	}
	startAfter(pipeline, append(needs, releases.needs()...))
	releases.allowStop()
	if props.Topic != nil {
		notify(self, pipeline, props.Topic)
	}
	made := &Pipeline{Pipeline: pipeline, Build: build, Images: images}
	made.URL = consoleURL(self, new("/codesuite/codepipeline/pipelines/"), pipeline.PipelineName(), new("/view"))
	made.Approver = newApprover(self, props.Repository, pipeline, approvals)
	made.Developers = newDevelopers(self, territory{
		repository: props.Repository, protect: props.ProtectBranch, pipeline: pipeline, images: images, artifacts: artifacts,
		logs: []awslogs.LogGroup{buildLogs, releases.logs}, approver: made.Approver,
	})
	if user := props.Repository.GitUser; user != nil && props.ProtectBranch {
		user.AddToPrincipalPolicy(protectBranch(props.Repository))
	}
	trustOwnAccount(self)
	return made
}

// addBuildStage builds the image, and makes the bundles of the targets that wait for no approval. The bundle of a
// target with an approval is made after the approval, so that nothing can replace it in between. It returns the bundles by target.
func addBuildStage(pipeline awscodepipeline.Pipeline, build awscodebuild.PipelineProject, bundles *bundles, targets []Target) map[string]awscodepipeline.Artifact {
	image := awscodepipelineactions.NewCodeBuildAction(&awscodepipelineactions.CodeBuildActionProps{
		ActionName: new("Build"),
		RunOrder:   jsii.Number(1),
		Project:    build,
		Input:      bundles.source,
		EnvironmentVariables: &map[string]*awscodebuild.BuildEnvironmentVariable{
			release.VariableImageTag: {Value: bundles.releases.imageTag()},
			// A build.sh of an earlier version fails without it, and the next action, whose error has the fix, does not run.
			release.VariableExecutionRole: {Value: targets[0].Environment.Roles.Execution.RoleArn()},
		},
	})
	actions, made := []awscodepipeline.IAction{image}, map[string]awscodepipeline.Artifact{}
	if targets[0].Approval {
		actions = append(actions, bundles.check(targets[0], 2))
	}
	for _, target := range targets {
		if !target.Approval {
			action, bundle := bundles.make(target, len(actions)+1)
			actions, made[target.Name] = append(actions, action), bundle
		}
	}
	pipeline.AddStage(&awscodepipeline.StageOptions{StageName: new("Build"), Actions: &actions})
	return made
}

// addApproval waits for a person, and then makes the bundle. Both are in a stage before the one that deploys: a
// refusal would otherwise count as a failed deployment and roll back what nobody touched.
func addApproval(self constructs.Construct, pipeline awscodepipeline.Pipeline, props PipelineProps, target Target, bundles *bundles,
) (awscodepipelineactions.ManualApprovalAction, awscodepipeline.Artifact) {
	approval := awscodepipelineactions.NewManualApprovalAction(&awscodepipelineactions.ManualApprovalActionProps{
		ActionName: new("Approve"),
		RunOrder:   jsii.Number(1),
		AdditionalInformation: new("Release commit " + *bundles.releases.commit + " to " + target.Name + "? Its image is " + *bundles.digest +
			", built by execution " + *awscodepipeline.GlobalVariables_ExecutionId() + "."),
		ExternalEntityLink: consoleURL(self, new("/codesuite/codecommit/repositories/"), props.Repository.Repository.RepositoryName(), new("/commits")),
		NotificationTopic:  props.Topic,
	})
	action, bundle := bundles.make(target, 2)
	pipeline.AddStage(&awscodepipeline.StageOptions{
		StageName: new("Approve-" + target.Name),
		Actions:   &[]awscodepipeline.IAction{approval, action},
	})
	return approval, bundle
}

// addTarget releases to one environment.
func addTarget(pipeline awscodepipeline.Pipeline, target Target, actions []awscodepipeline.IAction) {
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
	pipeline.Role().AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: new("WatchAlarms"),
		// Of an alarm that it may not see, CodePipeline would say that there is none.
		Actions: jsii.Strings("cloudwatch:DescribeAlarms"), Resources: jsii.Strings("*"),
	}))
	// A condition is met where all of its rules are (CodePipeline User Guide, "Configure conditions for a
	// stage").
	var rules []awscodepipeline.Rule
	for i, alarm := range target.Alarms.Releases {
		name := "Bake-" + target.Name
		if i > 0 {
			name = limits.StandbyName(name)
		}
		rules = append(rules, awscodepipeline.NewRule(&awscodepipeline.RuleProps{
			Name:     &name,
			Provider: new("CloudWatchAlarm"),
			Version:  new("1"),
			Configuration: &map[string]any{
				"AlarmName": alarm.AlarmName(),
				"WaitTime":  strconv.Itoa(ruleMinutes),
			},
		}))
	}
	return &awscodepipeline.Conditions{Conditions: &[]*awscodepipeline.Condition{{
		Result: awscodepipeline.Result_ROLLBACK, Rules: &rules,
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
