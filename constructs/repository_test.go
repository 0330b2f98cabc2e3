package constructs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs"
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
		policy := everything.Only(t, "AWS::IAM::Policy", "RepositoryGitUser")
		assert.Len(t, policy.At("PolicyDocument.Statement"), 2)
		assert.Equal(t, "Deny", policy.At("PolicyDocument.Statement.1.Effect"), "of what ProtectBranch takes away")
		assert.Equal(t, []any{"codecommit:GitPull", "codecommit:GitPush"}, policy.At("PolicyDocument.Statement.0.Action"))
		assert.Equal(t, []any{"Repository71B74A19", "Arn"}, policy.At("PolicyDocument.Statement.0.Resource.Fn::GetAtt"))
	})
	t.Run("has no user unless one was asked for", func(t *testing.T) {
		assert.Empty(t, smallest.Of("AWS::IAM::User"))
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

func TestRepositoryRefusesEmptyFilesInTheFirstCommit(t *testing.T) {
	seed := func(files map[string]string) error {
		dir := t.TempDir()
		files["buildspec.yml"] = "version: 0.2"
		for name, text := range files {
			path := filepath.Join(dir, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		}
		return constructs.RepositoryProps{Name: "shop", Source: dir}.Validate()
	}
	const refused = "Source: CodeCommit refuses empty files in the first commit, got "

	assert.EqualError(t, seed(map[string]string{"app/__init__.py": "", "main.py": "print()"}),
		refused+`"app/__init__.py"; write a line into each, or name them in .gitignore`)
	assert.EqualError(t, seed(map[string]string{"a": "", "b/c": "", "b/d": "", "e": "", "f": ""}),
		refused+`"a", "b/c", "b/d" and 2 more; write a line into each, or name them in .gitignore`)
	assert.NoError(t, seed(map[string]string{
		".gitignore": "# build\n/out/\n*.log\n!keep.log\nnode_modules\n", "out/x": "", "sub/a.log": "", "web/node_modules/y/z": "", ".git/index": "",
		"keep.log": "a line",
	}), "what Git ignores stays out")
	assert.EqualError(t, seed(map[string]string{".gitignore": "*.log\n!keep.log\n", "keep.log": ""}), refused+`"keep.log"; write a line into each, or name them in .gitignore`)
	assert.NoError(t, constructs.RepositoryProps{Name: "shop", Source: source}.Validate(), "the starter has none")
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
