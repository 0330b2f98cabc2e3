package constructs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// variables are the environment variables of a CodeBuild project.
func variables(t *testing.T, template constructstest.Template, id string) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, v := range template.Only(t, "AWS::CodeBuild::Project", id).At("Environment.EnvironmentVariables").([]any) {
		all[constructstest.At(v, "Name").(string)] = constructstest.At(v, "Value")
	}
	return all
}

// stage finds a stage of a pipeline by its name.
func stage(t *testing.T, template constructstest.Template, name string) any {
	t.Helper()
	for _, stage := range template.Only(t, "AWS::CodePipeline::Pipeline", "Pipeline").At("Stages").([]any) {
		if constructstest.At(stage, "Name") == name {
			return stage
		}
	}
	t.Fatalf("there is no stage %s", name)
	return nil
}

func TestProbe(t *testing.T) {
	t.Run("asks the address that users have, for what the health check asks for", func(t *testing.T) {
		got := variables(t, smallest, "PipelineProbeproduction")
		assert.Contains(t, fmt.Sprint(got[release.VariableProbeURL]), release0CNAME)
		assert.Equal(t, "/readyz", got[release.VariableProbePath])
		assert.Equal(t, "0", got[release.VariableProbeMaxFailures])
		assert.Equal(t, "false", got[release.VariableAllowDowntime])
		assert.Equal(t, "300000", got[release.VariableProbeTail], "half of the bake")
		assert.Equal(t, "10", got[release.VariableBakeMinutes])
		assert.Contains(t, fmt.Sprint(got[release.VariableReleaseAlarm]), "Alarmsrelease")
	})
	t.Run("is as patient as it is told", func(t *testing.T) {
		got := variables(t, everything, "PipelineProbeproduction")
		assert.Equal(t, "/", got[release.VariableProbePath])
		assert.Equal(t, "2", got[release.VariableProbeMaxFailures])
		assert.NotContains(t, variables(t, everything, "PipelineProbestaging"), release.VariableReleaseAlarm, "no alarms, nothing to look at")
		assert.Equal(t, "true", variables(t, methods, "PipelineProbeallatonce")[release.VariableAllowDowntime])
	})
	t.Run("is told the commit, and nothing that would not fit into an action", func(t *testing.T) {
		for _, action := range constructstest.At(stage(t, smallest, "Deploy-production"), "Actions").([]any) {
			text := fmt.Sprint(constructstest.At(action, "Configuration.EnvironmentVariables"))
			assert.LessOrEqual(t, len(text), 1000, "CodePipeline User Guide, quotas")
			if constructstest.At(action, "Name") == "Probe" {
				assert.Equal(t, `[{"name":"COMMIT","type":"PLAINTEXT","value":"#{Source_Source_NS.CommitId}"},`+
					`{"name":"EXECUTION","type":"PLAINTEXT","value":"#{codepipeline.PipelineExecutionId}"}]`, text)
			}
		}
	})
	t.Run("runs the program where the next build of the application does not wait for it", func(t *testing.T) {
		project := smallest.Only(t, "AWS::CodeBuild::Project", "PipelineProbeproduction")
		assert.Equal(t, "LINUX_CONTAINER", project.At("Environment.Type"))
		assert.Equal(t, "ARM_CONTAINER", everything.Only(t, "AWS::CodeBuild::Project", "PipelineProbestaging").At("Environment.Type"))
		spec := fmt.Sprint(project.At("Source.BuildSpec"))
		assert.Contains(t, spec, "node main.mjs probe")
		assert.Contains(t, spec, `"nodejs": 22`)
	})
	t.Run("may look and publish, and no more", func(t *testing.T) {
		all := strings.Join(statements(t, smallest, "PipelineProbeRole"), "\n")
		assert.Contains(t, all, "elasticbeanstalk:DescribeEnvironments")
		assert.NotContains(t, all, "elasticbeanstalk:Update")
		assert.NotContains(t, all, "PassRole")
		assert.Empty(t, smallest.Only(t, "AWS::IAM::Role", "PipelineProbeRole").At("ManagedPolicyArns"))
	})
}

func TestBake(t *testing.T) {
	condition := constructstest.At(stage(t, smallest, "Deploy-production"), "OnSuccess.Conditions.0")
	t.Run("puts the previous version back when the alarm goes off", func(t *testing.T) {
		assert.Equal(t, "ROLLBACK", constructstest.At(condition, "Result"))
		assert.Equal(t, "CloudWatchAlarm", constructstest.At(condition, "Rules.0.RuleTypeId.Provider"))
		assert.Contains(t, fmt.Sprint(constructstest.At(condition, "Rules.0.Configuration.AlarmName")), "Alarmsrelease")
		assert.Contains(t, strings.Join(statements(t, smallest, "PipelineRole"), ""), "cloudwatch:DescribeAlarms")
	})
	t.Run("lasts as long as the policy says, the probe's half included", func(t *testing.T) {
		assert.Equal(t, "5", constructstest.At(condition, "Rules.0.Configuration.WaitTime"))
		assert.Equal(t, "8", constructstest.At(stage(t, everything, "Deploy-production"), "OnSuccess.Conditions.0.Rules.0.Configuration.WaitTime"))
		assert.Equal(t, "420000", variables(t, everything, "PipelineProbeproduction")[release.VariableProbeTail])
	})
	t.Run("needs alarms", func(t *testing.T) {
		assert.Nil(t, constructstest.At(stage(t, everything, "Deploy-staging"), "OnSuccess"))
	})
}

func TestBlueGreen(t *testing.T) {
	environments := methods.Of("AWS::ElasticBeanstalk::Environment")
	var first, standby constructstest.Resource
	for id, e := range environments {
		switch {
		case strings.HasPrefix(id, "BlueGreenEnvironment"):
			first = e
		case strings.HasPrefix(id, "BlueGreenStandby"):
			standby = e
		}
	}
	t.Run("has two environments of one application with the same settings", func(t *testing.T) {
		assert.Equal(t, "shop-BlueGreen", first.At("EnvironmentName"))
		assert.Equal(t, "shop-BlueGreen-green", standby.At("EnvironmentName"))
		assert.Equal(t, first.At("ApplicationName"), standby.At("ApplicationName"))
		assert.Equal(t, first.At("OptionSettings"), standby.At("OptionSettings"))
		assert.Equal(t, first.DependsOn, standby.DependsOn)
	})
	t.Run("fixes neither version nor platform nor address of either", func(t *testing.T) {
		for _, e := range []constructstest.Resource{first, standby} {
			for _, property := range []string{"VersionLabel", "PlatformArn"} {
				assert.Contains(t, fmt.Sprint(e.At(property)), "BlueGreenDeployedState")
			}
			assert.Nil(t, e.At("CNAMEPrefix"))
		}
		assert.NotEqual(t, first.At("VersionLabel"), standby.At("VersionLabel"), "each keeps its own")
	})
	t.Run("starts the second one with what the first one runs, and guards it while it serves", func(t *testing.T) {
		assert.Equal(t, "shop-BlueGreen", methods.Only(t, "Custom::DeployedState", "BlueGreenDeployedStateStandby").At("StartFrom"))
		for id, state := range methods.Of("Custom::DeployedState") {
			guarded := strings.HasPrefix(id, "BlueGreen") && !strings.Contains(id, "Standby")
			assert.Equal(t, map[bool]any{true: "shop-BlueGreen-green"}[guarded], state.At("Standby"), id)
		}
	})
	t.Run("releases with one program that knows both, and the address that stays", func(t *testing.T) {
		assert.Contains(t, stages(t, methods), "Deploy-bluegreen: Deploy 1")
		assert.NotContains(t, stages(t, methods), "Deploy-bluegreen: Probe 1")
		got := variables(t, methods, "PipelineBlueGreen")
		assert.Equal(t, "shop-BlueGreen", got[release.VariableBlueEnvironment])
		assert.Equal(t, "shop-BlueGreen-green", got[release.VariableGreenEnvironment])
		assert.Contains(t, fmt.Sprint(got[release.VariableStableCNAME]), release0CNAME)
		assert.Equal(t, "true", got[release.VariableShrinkIdle])
		assert.Equal(t, fmt.Sprint((rollout.Assumptions.Watch.Milliseconds())+300000), got[release.VariableSwapProbe])
	})
	t.Run("may deploy, and pass the execution role to ECS", func(t *testing.T) {
		role := methods.Only(t, "AWS::IAM::Role", "PipelineBlueGreenRole")
		assert.Contains(t, fmt.Sprint(role.At("ManagedPolicyArns")), release.BlueGreenPolicy)
		assert.Contains(t, strings.Join(statements(t, methods, "PipelineBlueGreenRole"), "\n"), "BlueGreenExecutionRole")
	})
	t.Run("keeps its address for users", func(t *testing.T) {
		endpoint := methods.Only(t, "Custom::Endpoint", "BlueGreenDeployedStateEndpoint")
		names, _ := endpoint.At("EnvironmentNames").([]any)
		require.Len(t, names, 2)
	})
}

// release0CNAME is the attribute with the stable address.
const release0CNAME = "CNAME"
