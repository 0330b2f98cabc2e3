package constructs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRepository(t *testing.T) {
	repository := smallest.Only(t, "AWS::CodeCommit::Repository", "Repository")

	t.Run("begins with the application", func(t *testing.T) {
		assert.Equal(t, "shop", repository.At("RepositoryName"))
		assert.Equal(t, "main", repository.At("Code.BranchName"))
		assert.NotNil(t, repository.At("Code.S3.Key"))
		assert.Equal(t, "release", everything.Only(t, "AWS::CodeCommit::Repository", "Repository").At("Code.BranchName"))
	})
	t.Run("outlasts its stack, unless a reason was given", func(t *testing.T) {
		assert.Equal(t, "RetainExceptOnCreate", repository.DeletionPolicy)
		assert.Equal(t, "Delete", everything.Only(t, "AWS::CodeCommit::Repository", "Repository").DeletionPolicy)
	})
	t.Run("has a user who may pull and push there and nothing else", func(t *testing.T) {
		policy := smallest.Only(t, "AWS::IAM::Policy", "RepositoryGitUser")
		assert.Len(t, policy.At("PolicyDocument.Statement"), 1)
		assert.Equal(t, []any{"codecommit:GitPull", "codecommit:GitPush"}, policy.At("PolicyDocument.Statement.0.Action"))
		assert.Equal(t, []any{"Repository71B74A19", "Arn"}, policy.At("PolicyDocument.Statement.0.Resource.Fn::GetAtt"))
	})
	t.Run("uploads the user's public key and takes it away again", func(t *testing.T) {
		key := everything.Only(t, "Custom::SSHPublicKey", "Repository")
		create := fmt.Sprint(key.At("Create"))
		assert.Contains(t, create, "UploadSSHPublicKey")
		assert.Contains(t, create, strings.Fields(publicKey)[1])
		assert.Equal(t, key.At("Create"), key.At("Update"), "a new key is uploaded before the old one goes")
		assert.Contains(t, fmt.Sprint(key.At("Delete")), "PHYSICAL:RESOURCEID:")
		assert.Empty(t, smallest.Of("Custom::SSHPublicKey"))
	})
}

func TestNotifications(t *testing.T) {
	topic := everything.Only(t, "AWS::SNS::Topic", "Notifications")
	t.Run("carry a name that AWS's Beanstalk policies know", func(t *testing.T) {
		assert.Equal(t, "ElasticBeanstalkNotifications-shop", topic.At("TopicName"))
	})
	t.Run("go to the address", func(t *testing.T) {
		subscription := everything.Only(t, "AWS::SNS::Subscription", "Notifications")
		assert.Equal(t, "email", subscription.At("Protocol"))
		assert.Equal(t, "ops@example.com", subscription.At("Endpoint"))
	})
	t.Run("come from this account over TLS only", func(t *testing.T) {
		policy := fmt.Sprint(everything.Only(t, "AWS::SNS::TopicPolicy", "Notifications").At("PolicyDocument"))
		assert.Contains(t, policy, "aws:SecureTransport:false")
		assert.Contains(t, policy, "events.amazonaws.com")
		assert.Contains(t, policy, "aws:SourceAccount")
	})
}
