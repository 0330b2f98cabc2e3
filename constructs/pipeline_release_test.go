package constructs_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

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
		assert.Regexp(t, `http://.*`+release0CNAME, fmt.Sprint(got[release.VariableProbeURL]))
		assert.NotContains(t, got, release.VariableProbeHost)
		assert.Equal(t, "/readyz", got[release.VariableProbePath])
		assert.Equal(t, "0", got[release.VariableProbeMaxFailures])
		assert.Equal(t, "false", got[release.VariableAllowDowntime])
		assert.Equal(t, "600000", got[release.VariableProbeTail], "the whole bake")
		assert.Equal(t, "130000", got[release.VariableBeforeLimit], "a minute each to drain and to deploy the first instance, and a check of its health")
		assert.Equal(t, "3000", got[release.VariableProbeMaxLatency])
		assert.Equal(t, "1", got[release.VariableRuleMinutes])
		assert.Contains(t, fmt.Sprint(got[release.VariableReleaseAlarms]), "Alarmsrelease")
	})
	t.Run("asks over https where there is a certificate, for the name that it is given", func(t *testing.T) {
		for id, host := range map[string]any{"PipelineProbeproduction": "shop.example.com", "PipelineProbestaging": nil} {
			got := variables(t, everything, id)
			assert.Regexp(t, `https://.*`+release0CNAME, fmt.Sprint(got[release.VariableProbeURL]), id)
			assert.Equal(t, host, got[release.VariableProbeHost], id)
		}
	})
	t.Run("knows the stage and the action that deploys, to end when that has failed", func(t *testing.T) {
		for _, name := range []string{"staging", "production"} {
			got := variables(t, everything, "PipelineProbe"+name)
			actions := constructstest.At(stage(t, everything, got[release.VariableStage].(string)), "Actions").([]any)
			assert.Equal(t, "Deploy-"+name, got[release.VariableStage])
			assert.Equal(t, "ElasticBeanstalk", constructstest.At(actions[0], "ActionTypeId.Provider"))
			assert.Equal(t, constructstest.At(actions[0], "Name"), got[release.VariableDeployAction])
		}
	})
	t.Run("is as patient as it is told", func(t *testing.T) {
		got := variables(t, everything, "PipelineProbeproduction")
		assert.Equal(t, "/", got[release.VariableProbePath])
		assert.Equal(t, "2", got[release.VariableProbeMaxFailures])
		assert.NotContains(t, variables(t, everything, "PipelineProbestaging"), release.VariableReleaseAlarms, "no alarms, nothing to look at")
		assert.NotContains(t, variables(t, everything, "PipelineProbestaging"), release.VariableProbeMaxLatency)
		assert.Contains(t, fmt.Sprint(variables(t, everything, "PipelineProbestaging")[release.VariableTopic]), "NotificationsTopic")
		assert.Regexp(t, `"sns:Publish".*NotificationsTopic`, strings.Join(statements(t, everything, "PipelineProbeRole"), "\n"))
		assert.NotContains(t, strings.Join(statements(t, smallest, "PipelineProbeRole"), "\n"), "sns:Publish", "nobody to notify")
		assert.Equal(t, "250", variables(t, everything, "PipelineProbeproduction")[release.VariableProbeMaxLatency])
		assert.Equal(t, "0", variables(t, methods, "PipelineProbeallatonce")[release.VariableBeforeLimit], "nothing serves from the first step on")
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
		assert.Contains(t, all, "codepipeline:GetPipelineState")
		assert.NotContains(t, all, "elasticbeanstalk:Update")
		assert.NotContains(t, all, "PassRole")
		assert.Empty(t, smallest.Only(t, "AWS::IAM::Role", "PipelineProbeRole").At("ManagedPolicyArns"))
	})
}

func TestReleaseProgramMayStopItsOwnPipelineOnly(t *testing.T) {
	for template, roles := range map[*constructstest.Template][]string{
		&smallest: {"PipelineProbeRole"}, &methods: {"PipelineProbeRole", "PipelineBlueGreenRole"},
	} {
		policy := template.Only(t, "AWS::IAM::Policy", "PipelineStopRollbacks")
		assert.Equal(t, "codepipeline:StopPipelineExecution", policy.At("PolicyDocument.Statement.0.Action"))
		assert.Contains(t, fmt.Sprint(policy.At("PolicyDocument.Statement.0.Resource")), "Pipeline")
		assert.NotContains(t, fmt.Sprint(policy.At("PolicyDocument.Statement.0.Resource")), "*")
		assert.Len(t, policy.At("Roles"), len(roles))
		for _, role := range roles {
			assert.Contains(t, fmt.Sprint(policy.At("Roles")), role)
		}
	}
}

func TestBake(t *testing.T) {
	condition := constructstest.At(stage(t, smallest, "Deploy-production"), "OnSuccess.Conditions.0")
	t.Run("puts the previous version back when the alarm goes off", func(t *testing.T) {
		assert.Equal(t, "ROLLBACK", constructstest.At(condition, "Result"))
		assert.Equal(t, "CloudWatchAlarm", constructstest.At(condition, "Rules.0.RuleTypeId.Provider"))
		assert.Contains(t, fmt.Sprint(constructstest.At(condition, "Rules.0.Configuration.AlarmName")), "Alarmsrelease")
		assert.Contains(t, strings.Join(statements(t, smallest, "PipelineRole"), ""), "cloudwatch:DescribeAlarms")
	})
	t.Run("is the probe's, and CodePipeline checks the alarm for a minute after it", func(t *testing.T) {
		for _, condition := range []any{condition, constructstest.At(stage(t, everything, "Deploy-production"), "OnSuccess.Conditions.0")} {
			assert.Equal(t, "1", constructstest.At(condition, "Rules.0.Configuration.WaitTime"))
			assert.NotContains(t, constructstest.At(condition, "Rules.0.Configuration"), "AlarmStates", "the states that meet the criteria by default are documented")
		}
		assert.Equal(t, "900000", variables(t, everything, "PipelineProbeproduction")[release.VariableProbeTail])
	})
	t.Run("is no longer than the builds that watch it, which CodePipeline and CodeBuild give eight hours", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			for id, project := range template.Of("AWS::CodeBuild::Project") {
				minutes := project.At("TimeoutInMinutes").(float64)
				assert.LessOrEqual(t, minutes, 480.0, id)
				got := variables(t, template, id)
				for _, limit := range []string{release.VariableProbeLimit, release.VariableReleaseLimit} {
					if value, found := got[limit]; found {
						n, err := strconv.ParseFloat(value.(string), 64)
						require.NoError(t, err)
						assert.Greater(t, minutes, n, id)
					}
				}
			}
		}
		longest := rollout.Policy{Method: rollout.BlueGreen, Bake: time.Hour}
		assert.Less(t, longest.ReleaseLimit(), 470*time.Minute)
		assert.Greater(t, longest.ReleaseLimit(), rollout.Preparation+rollout.Assumptions.Watch+time.Hour)
	})
	t.Run("needs alarms", func(t *testing.T) {
		assert.Nil(t, constructstest.At(stage(t, everything, "Deploy-staging"), "OnSuccess"))
	})
}

// The label that a stack's first template names must be gone once another version runs.
func TestReleasesDeleteTheVersionOfTheCreation(t *testing.T) {
	assert.Equal(t, "bootstrap-", variables(t, smallest, "PipelineProbe")[release.VariableCreationVersions])
	assert.Equal(t, "bootstrap-", variables(t, methods, "PipelineBlueGreen")[release.VariableCreationVersions])
	var deletes []string
	for _, s := range statements(t, smallest, "PipelineProbeRole") {
		if strings.Contains(s, "DeleteApplicationVersion") {
			deletes = append(deletes, s)
		}
	}
	require.Len(t, deletes, 1)
	assert.Contains(t, deletes[0], ":applicationversion/shop/bootstrap-*")
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
		assert.Equal(t, fmt.Sprint((rollout.Assumptions.Watch.Milliseconds())+600000), got[release.VariableSwapProbe], "the whole bake")
		assert.Equal(t, "60", got[release.VariablePrepareLimit])
		assert.Equal(t, "Deploy-bluegreen", got[release.VariableStage])
		assert.Regexp(t, `http://.*`+release0CNAME, fmt.Sprint(got[release.VariableProbeURL]))
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
