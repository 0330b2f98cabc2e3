package constructs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
)

// keyProperty is where each type of resource that holds data names its key.
var keyProperty = map[string]string{
	"AWS::RDS::DBInstance":        "KmsKeyId",
	"AWS::SecretsManager::Secret": "KmsKeyId",
	"AWS::SNS::Topic":             "KmsMasterKeyId",
	"AWS::Logs::LogGroup":         "KmsKeyId",
	"AWS::S3::Bucket":             "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.KMSMasterKeyID",
	"AWS::ECR::Repository":        "EncryptionConfiguration.KmsKey",
	"AWS::CodeBuild::Project":     "EncryptionKey",
	"AWS::CodePipeline::Pipeline": "ArtifactStore.EncryptionKey.Id",
}

// statementsOf are the statements of all policies of a role.
func statementsOf(template constructstest.Template, role string) (all []any) {
	for _, policy := range template.Of("AWS::IAM::Policy") {
		if strings.Contains(fmt.Sprint(policy.At("Roles")), "map[Ref:"+role+"]") {
			all = append(all, policy.At("PolicyDocument.Statement").([]any)...)
		}
	}
	return all
}

// grants tells whether one of the statements allows the action, on a resource whose text contains part.
func grants(statements []any, action, part string) bool {
	return slices.ContainsFunc(statements, func(s any) bool {
		if constructstest.At(s, "Effect") != "Allow" || !strings.Contains(fmt.Sprint(constructstest.At(s, "Resource")), part) {
			return false
		}
		actions, several := constructstest.At(s, "Action").([]any)
		if !several {
			actions = []any{constructstest.At(s, "Action")}
		}
		return slices.ContainsFunc(actions, func(a any) bool {
			before, wildcard := strings.CutSuffix(a.(string), "*")
			return a == action || wildcard && strings.HasPrefix(action, before)
		})
	})
}

func TestEncryptionKey(t *testing.T) {
	key := encrypted.Only(t, "AWS::RDS::DBInstance", "Database").At("KmsKeyId")
	require.Contains(t, fmt.Sprint(key), "StackName:Keys")

	t.Run("encrypts everything that holds data", func(t *testing.T) {
		for kind, property := range keyProperty {
			found := encrypted.Of(kind)
			assert.NotEmpty(t, found, kind)
			for id, resource := range found {
				assert.Equal(t, key, resource.At(property), "%s %s", kind, id)
			}
		}
	})
	t.Run("is nowhere unless it is given", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			assert.NotContains(t, string(template.Text), "kms:")
			for kind, property := range keyProperty {
				for id, resource := range template.Of(kind) {
					if kind == "AWS::CodeBuild::Project" {
						assert.Equal(t, "alias/aws/s3", resource.At(property), "CDK names the default")
						continue
					}
					assert.Nil(t, resource.At(property), "%s %s", kind, id)
				}
			}
		}
	})
	t.Run("decrypts secrets and parameters for the host and the ECS agent, and nothing else", func(t *testing.T) {
		for _, role := range []string{"stagingInstanceRole", "stagingExecutionRole", "productionInstanceRole", "productionExecutionRole"} {
			var found []any
			for id := range encrypted.Of("AWS::IAM::Role") {
				if strings.HasPrefix(id, role) {
					found = statementsOf(encrypted, id)
				}
			}
			found = slices.DeleteFunc(found, func(s any) bool { return !strings.Contains(fmt.Sprint(s), "kms:") })
			require.Len(t, found, 1, role)
			assert.Equal(t, "kms:Decrypt", constructstest.At(found[0], "Action"))
			assert.Equal(t, key, constructstest.At(found[0], "Resource"))
			assert.Equal(t, []any{regional("secretsmanager"), regional("ssm")}, constructstest.At(found[0], "Condition.StringLike.kms:ViaService"))
		}
	})
	t.Run("serves every role that reads or writes artifacts", func(t *testing.T) {
		readers := 0
		for id := range encrypted.Of("AWS::IAM::Role") {
			statements := statementsOf(encrypted, id)
			if grants(statements, "s3:GetObject", "PipelineArtifacts") {
				readers++
				assert.True(t, grants(statements, "kms:Decrypt", "Keys"), "%s reads", id)
			}
			if grants(statements, "s3:PutObject", "PipelineArtifacts") {
				assert.True(t, grants(statements, "kms:GenerateDataKey", "Keys"), "%s writes", id)
			}
		}
		assert.Greater(t, readers, 3, "pipeline, build, deploy, probe")
	})
	t.Run("lets Elastic Beanstalk publish to the topic", func(t *testing.T) {
		for id := range encrypted.Of("AWS::IAM::Role") {
			if strings.Contains(id, "ServiceRole") && grants(statementsOf(encrypted, id), "sns:Publish", "Notifications") {
				assert.True(t, grants(statementsOf(encrypted, id), "kms:GenerateDataKey", "Keys"), id)
			}
		}
	})
}

func regional(service string) any {
	return map[string]any{"Fn::Join": []any{"", []any{service + ".", map[string]any{"Ref": "AWS::Region"}, ".amazonaws.com*"}}}
}

func TestKeyOfTheAppAdmitsTheServicesWithoutARole(t *testing.T) {
	policy := keys.Only(t, "AWS::KMS::Key", "Key").At("KeyPolicy.Statement").([]any)
	var sids []any
	for _, s := range policy[1:] {
		sids = append(sids, constructstest.At(s, "Sid"))
	}
	assert.Equal(t, []any{"Logs", "Alarms", "Rules"}, sids, "each once, and no role: its stack would come before that of the key")
	assert.Contains(t, fmt.Sprint(constructstest.At(policy[1], "Principal.Service")), "logs.")
	assert.NotNil(t, constructstest.At(policy[1], "Condition.ArnLike.kms:EncryptionContext:aws:logs:arn"))
	assert.Equal(t, "cloudwatch.amazonaws.com", constructstest.At(policy[2], "Principal.Service"))
	assert.NotNil(t, constructstest.At(policy[2], "Condition.StringEquals.aws:SourceAccount"))
	assert.Equal(t, "events.amazonaws.com", constructstest.At(policy[3], "Principal.Service"))
	assert.Nil(t, constructstest.At(policy[3], "Condition"), "SNS documents that EventBridge supports none")
}

func TestKeyPolicyLeavesTheKeyToTheAccount(t *testing.T) {
	statements := constructs.KeyPolicy("aws-cn", "cn-north-1", "111122223333", "amazonaws.com.cn")
	assert.Equal(t, map[string]string{"AWS": "arn:aws-cn:iam::111122223333:root"}, statements[0].Principal)
	assert.Equal(t, "logs.cn-north-1.amazonaws.com.cn", statements[1].Principal["Service"])
	assert.Equal(t, "arn:aws-cn:logs:cn-north-1:111122223333:log-group:*", statements[1].Condition["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
	for _, s := range statements {
		assert.Equal(t, "Allow", s.Effect)
		assert.NotContains(t, s.Principal, "*")
	}
}
