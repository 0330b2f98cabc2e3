package constructs

import (
	"errors"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// NotificationsProps configures [Notifications].
type NotificationsProps struct {
	// Name tells the topic from others. Required.
	Name string

	// Email is the address that is told. AWS asks it for confirmation. Required.
	Email string

	// EncryptionKey encrypts the messages. Its policy has to be that of [KeyPolicy], or nobody is notified.
	// Default: none.
	EncryptionKey awskms.IKey
}

// Validate reports every problem of the props.
func (p NotificationsProps) Validate() error {
	return errors.Join(
		named("Name", limits.BeanstalkName(p.Name)),
		named("Email", limits.Email(p.Email)),
	)
}

// Notifications is an SNS topic with one e-mail address, for Beanstalk, EventBridge rules and
// CloudWatch alarms.
type Notifications struct {
	// Topic is the topic.
	Topic awssns.Topic
}

// NewNotifications defines Notifications in scope. It panics if props are invalid.
func NewNotifications(scope constructs.Construct, id string, props NotificationsProps) *Notifications {
	mustBeValid(scope, id, props)
	self := constructs.NewConstruct(scope, &id)
	if props.EncryptionKey != nil {
		admit(self, props.EncryptionKey, keyForAlarms, keyForRules)
	}
	topic := awssns.NewTopic(self, new("Topic"), &awssns.TopicProps{
		// AWS's managed policies for Beanstalk give access to topics whose names begin so.
		TopicName:  new("ElasticBeanstalkNotifications-" + props.Name),
		EnforceSSL: new(true),
		MasterKey:  keyReference(self, props.EncryptionKey),
	})
	topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(&props.Email, nil))
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        new("Alarms"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(new("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Stack_Of(self).Account()},
		},
	}))
	// EventBridge publishes by this statement, which has no condition in its guide (EventBridge User Guide,
	// "Using resource-based policies"), and reaches topics of other accounts since 2025. So a rule of another
	// account is denied: the account of the rule is aws:SourceAccount ("Using IAM policy conditions"). Where
	// EventBridge does not send it, the deny does not apply.
	publish := func(sid string, effect awsiam.Effect, conditions *map[string]any) {
		topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid:        &sid,
			Effect:     effect,
			Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(new("events.amazonaws.com"), nil)},
			Actions:    jsii.Strings("sns:Publish"),
			Resources:  &[]*string{topic.TopicArn()},
			Conditions: conditions,
		}))
	}
	publish("Rules", awsiam.Effect_ALLOW, nil)
	publish("NoRulesOfOthers", awsiam.Effect_DENY, &map[string]any{
		"Null":            map[string]any{"aws:SourceAccount": "false"},
		"StringNotEquals": map[string]any{"aws:SourceAccount": awscdk.Stack_Of(self).Account()},
	})
	return &Notifications{Topic: topic}
}
