package constructs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
)

// developers are the statements of the policy of developers, by their names.
func developers(t *testing.T, template constructstest.Template) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, s := range template.Only(t, "AWS::IAM::ManagedPolicy", "PipelineDevelopers").At("PolicyDocument.Statement").([]any) {
		text, err := json.Marshal(s)
		require.NoError(t, err)
		all[constructstest.At(s, "Sid").(string)] = string(text)
	}
	return all
}

func TestDevelopersPushCodeWithoutAWayPastThePipeline(t *testing.T) {
	all := developers(t, everything)
	t.Run("push and watch", func(t *testing.T) {
		assert.Contains(t, all["UseRepository"], `"codecommit:GitPush"`)
		assert.Contains(t, all["SeeReleases"], `"codepipeline:GetPipelineState"`)
		assert.Contains(t, all["SeeLogs"], `"logs:GetLogEvents"`)
	})
	t.Run("start no build of the pipeline's projects, all of them", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			denied := developers(t, template)["BuildOnlyByThePipeline"]
			assert.Contains(t, denied, `"Effect":"Deny"`)
			for _, action := range []string{"codebuild:StartBuild*", "codebuild:RetryBuild*", "codebuild:StartSandbox*", "codebuild:UpdateProject*"} {
				assert.Contains(t, denied, `"`+action+`"`)
			}
			for id, project := range template.Of("AWS::CodeBuild::Project") {
				tag := project.At("Tags.0")
				assert.Equal(t, "pipeline", constructstest.At(tag, "Key"), id)
				assert.Contains(t, denied, fmt.Sprintf(`{"StringEquals":{"aws:ResourceTag/pipeline":%q}}`, constructstest.At(tag, "Value")), id)
			}
		}
	})
	t.Run("approve nothing and change neither pipeline, artifacts nor images", func(t *testing.T) {
		for sid, action := range map[string]string{
			"ApproveNothing": "codepipeline:PutApprovalResult", "KeepArtifacts": "s3:Put*", "KeepImages": "ecr:PutImage", "AssumeNoApprover": "sts:AssumeRole",
			"UseNoRoleOfThePipeline": "iam:PassRole",
		} {
			assert.Contains(t, all[sid], `"`+action+`"`)
			assert.Contains(t, all[sid], `"Effect":"Deny"`)
		}
		assert.NotContains(t, developers(t, smallest), "AssumeNoApprover", "nobody approves there")
	})
	t.Run("change a protected branch by pull requests only, whoever they are", func(t *testing.T) {
		assert.NotContains(t, developers(t, smallest), "ChangeTheBranchByPullRequestsOnly")
		user := strings.Join(userStatements(t, everything), "\n")
		for _, denied := range []string{all["ChangeTheBranchByPullRequestsOnly"], user} {
			assert.Contains(t, denied, `"Condition":{"Null":{"codecommit:References":"false"},"StringEqualsIfExists":{"codecommit:References":["refs/heads/release"]}}`)
			assert.Contains(t, denied, `"codecommit:GitPush"`)
			assert.NotContains(t, denied, `"codecommit:MergePullRequest`)
		}
		assert.Contains(t, all["ReleaseTheBranchOnly"], `"codepipeline:StartPipelineExecution"`)
		for sid, actions := range map[string][]string{
			"KeepApprovalRules": {
				"AssociateApprovalRuleTemplateWithRepository", "BatchAssociate*", "BatchDisassociate*", "CreatePullRequestApprovalRule",
				"DeletePullRequestApprovalRule", "DisassociateApprovalRuleTemplateFromRepository", "OverridePullRequestApprovalRules",
				"UpdatePullRequestApprovalRuleContent",
			},
			"KeepApprovalRuleTemplates": {"DeleteApprovalRuleTemplate", "UpdateApprovalRuleTemplate*"},
		} {
			assert.NotContains(t, developers(t, smallest), sid)
			assert.Contains(t, all[sid], `"Effect":"Deny"`)
			for _, action := range actions {
				assert.Contains(t, all[sid], `"codecommit:`+action+`"`)
			}
		}
	})
	t.Run("change no rule by which pull requests are approved", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything} {
			allowed := developers(t, template)["UseRepository"]
			assert.Contains(t, allowed, `"codecommit:UpdatePullRequestApprovalState"`)
			for _, s := range []string{"UpdatePullRequest*", "RuleContent", "PullRequestApprovalRule\"", "Override", "Template"} {
				assert.NotContains(t, allowed, s)
			}
		}
		assert.NotContains(t, strings.Join(userStatements(t, smallest), "\n"), "Deny")
	})
	t.Run("fit into a managed policy", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			document, err := json.Marshal(template.Only(t, "AWS::IAM::ManagedPolicy", "PipelineDevelopers").At("PolicyDocument"))
			require.NoError(t, err)
			assert.Less(t, len(document), 6144, "IAM User Guide, quotas; references are longer than what they stand for")
		}
	})
}

func userStatements(t *testing.T, template constructstest.Template) []string {
	t.Helper()
	var all []string
	for _, policy := range template.Of("AWS::IAM::Policy") {
		if policy.At("Users") == nil {
			continue
		}
		for _, s := range policy.At("PolicyDocument.Statement").([]any) {
			text, err := json.Marshal(s)
			require.NoError(t, err)
			all = append(all, string(text))
		}
	}
	return all
}

func TestApproverApprovesAndNothingElse(t *testing.T) {
	role := everything.Only(t, "AWS::IAM::Role", "PipelineApprover")
	assert.Contains(t, fmt.Sprint(role.At("AssumeRolePolicyDocument.Statement.0.Principal")), ":root")
	all := strings.Join(statements(t, everything, "PipelineApprover"), "\n")
	assert.Contains(t, all, `"Action":"codepipeline:PutApprovalResult"`)
	assert.Contains(t, all, `"/Approve-production/Approve"`)
	for _, action := range []string{"Start", "Update", "GitPush", "Delete", "Merge"} {
		assert.NotContains(t, all, action)
	}
	for id := range smallest.Of("AWS::IAM::Role") {
		assert.NotContains(t, id, "Approver", "there is no approval")
	}
}
