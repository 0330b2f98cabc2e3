package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs"
)

// Delivery is the stack with the repository and the pipeline.
type Delivery struct {
	Stack      awscdk.Stack
	Repository *constructs.Repository
	Pipeline   *constructs.Pipeline
}

// NewDelivery defines the delivery stack, which releases to environments in their order.
func NewDelivery(scope awscdk.Stage, cfg config.Config, source string, environments []Environment) *Delivery {
	stack := newStack(scope, cfg, "", "delivery", "repository, image registry and pipeline")
	key := encryptionKey(stack, cfg)
	repository := constructs.NewRepository(stack, "Repository", constructs.RepositoryProps{
		Name:          cfg.Service,
		Source:        source,
		Branch:        cfg.Repository.Branch,
		GitUser:       cfg.Repository.GitUser,
		SSHPublicKey:  cfg.Repository.SSHPublicKey,
		EncryptionKey: key,
		Disposable:    cfg.Disposable,
	})
	pipeline := constructs.NewPipeline(stack, "Pipeline", constructs.PipelineProps{
		Repository:       repository,
		Targets:          targets(environments),
		LogRetentionDays: cfg.LogRetentionDays,
		Topic:            lastTopic(environments),
		EncryptionKey:    key,
		Disposable:       cfg.Disposable,
		AllowInBundle:    cfg.Bundle.Allow,
		ProtectBranch:    cfg.Repository.Protected,
	})
	fixKey(stack, cfg, "the image registry by an empty one")
	if cfg.NotifyEmail == "" && !cfg.IsShowcase() {
		awscdk.Annotations_Of(stack).AddWarningV2(new("zero-downtime-beanstalk:nobody-is-notified"),
			new("nobody is notified of failed releases and alarms; set notifyEmail"))
	}
	delivery := &Delivery{Stack: stack, Repository: repository, Pipeline: pipeline}
	delivery.outputs()
	return delivery
}

func targets(environments []Environment) []constructs.Target {
	all := make([]constructs.Target, len(environments))
	for i, env := range environments {
		all[i] = constructs.Target{
			Name:        env.Config.Name,
			Environment: env.Web.Environment,
			Approval:    env.Config.Approval,
			Alarms:      env.Web.Alarms,
			ProbePath:   env.Config.Deployment.ProbePath,
			ProbeHost:   env.Config.Deployment.ProbeHost,
		}
	}
	return all
}

// lastTopic is the topic of the environment that a release reaches last: the one that users see.
func lastTopic(environments []Environment) awssns.ITopic {
	return environments[len(environments)-1].Web.Topic
}

func (d *Delivery) outputs() {
	repository := d.Repository.Repository
	output(d.Stack, "RepositoryCloneUrlGrc", repository.RepositoryCloneUrlGrc(), "Clone with git-remote-codecommit")
	if d.Repository.GitUser != nil {
		output(d.Stack, "RepositoryCloneUrlSsh", repository.RepositoryCloneUrlSsh(), "Clone with an SSH key")
		output(d.Stack, "GitUserName", d.Repository.GitUser.UserName(), "IAM user for Git over SSH")
	}
	if d.Repository.SSHKeyID != nil {
		output(d.Stack, "GitSshKeyId", d.Repository.SSHKeyID, "User name for Git over SSH")
	}
	output(d.Stack, "ImageRepositoryUri", d.Pipeline.Images.RepositoryUri(), "Registry of the images")
	output(d.Stack, "DevelopersPolicyArn", d.Pipeline.Developers.ManagedPolicyArn(), "Policy of the people who push code")
	if d.Pipeline.Approver != nil {
		output(d.Stack, "ApproverRoleArn", d.Pipeline.Approver.RoleArn(), "Role to approve releases with")
	}
	output(d.Stack, "PipelineUrl", d.Pipeline.URL, "Where to watch a release")
}
