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
	// Without a condition: with one, EventBridge may not publish (EventBridge User Guide, "Using
	// resource-based policies"). It takes only rules of the topic's own account.
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        new("Rules"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(new("events.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
	}))
	return &Notifications{Topic: topic}
}
