package constructs_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// options returns the option settings of an environment by "namespace name".
func options(t *testing.T, template constructstest.Template, id string) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, o := range template.Only(t, "AWS::ElasticBeanstalk::Environment", id).At("OptionSettings").([]any) {
		key := fmt.Sprint(constructstest.At(o, "Namespace"), " ", constructstest.At(o, "OptionName"))
		require.NotContains(t, all, key, "an option that is set twice has the value that comes last")
		all[key] = constructstest.At(o, "Value")
	}
	return all
}

func TestEnvironment(t *testing.T) {
	got := options(t, smallest, "Web")
	environment := smallest.Only(t, "AWS::ElasticBeanstalk::Environment", "Web")

	t.Run("has a fixed name and nothing that an update would replace it for", func(t *testing.T) {
		assert.Equal(t, "shop", environment.At("EnvironmentName"))
		assert.Equal(t, map[string]any{"Ref": "WebApplication7345D7BA"}, environment.At("ApplicationName"))
		assert.Nil(t, environment.At("SolutionStackName"))
		assert.Nil(t, environment.At("CNAMEPrefix"))
	})

	t.Run("updates and judges its fleet as the policy says", func(t *testing.T) {
		for _, s := range (rollout.Policy{}).Settings() {
			assert.Equal(t, s.Value, got[s.Namespace+" "+s.Name], s.Name)
		}
	})

	t.Run("leaves no dangerous default standing", func(t *testing.T) {
		for option, want := range map[string]any{
			"aws:elasticbeanstalk:command BatchSize":                                    "1",
			"aws:autoscaling:updatepolicy:rollingupdate RollingUpdateEnabled":           "true",
			"aws:elasticbeanstalk:environment LoadBalancerType":                         "application",
			"aws:elasticbeanstalk:healthreporting:system SystemType":                    "enhanced",
			"aws:autoscaling:launchconfiguration DisableIMDSv1":                         "true",
			"aws:autoscaling:launchconfiguration RootVolumeType":                        "gp3",
			"aws:autoscaling:launchconfiguration RootVolumeSize":                        "30",
			"aws:autoscaling:launchconfiguration DisableDefaultEC2SecurityGroup":        "true",
			"aws:elasticbeanstalk:environment:process:default DeregistrationDelay":      "60",
			"aws:elasticbeanstalk:managedactions ManagedActionsEnabled":                 "true",
			"aws:elasticbeanstalk:managedactions PreferredStartTime":                    "Sun:03:00",
			"aws:elasticbeanstalk:managedactions:platformupdate InstanceRefreshEnabled": "false",
			"aws:elasticbeanstalk:cloudwatch:logs StreamLogs":                           "true",
			"aws:elasticbeanstalk:cloudwatch:logs:health HealthStreamingEnabled":        "true",
			"aws:elasticbeanstalk:cloudwatch:logs RetentionInDays":                      "30",
			"aws:autoscaling:trigger MeasureName":                                       "CPUUtilization",
		} {
			assert.Equal(t, want, got[option], option)
		}
	})

	t.Run("runs two small Arm instances in public subnets", func(t *testing.T) {
		assert.Equal(t, "t4g.small", got["aws:ec2:instances InstanceTypes"])
		assert.Equal(t, "arm64", got["aws:ec2:instances SupportedArchitectures"])
		assert.Equal(t, "true", got["aws:ec2:vpc AssociatePublicIpAddress"])
		assert.Contains(t, fmt.Sprint(got["aws:ec2:vpc Subnets"]), "NetworkVPCPublicSubnet1")
	})

	t.Run("moves to private subnets and x86 when told to", func(t *testing.T) {
		other := options(t, everything, "Production")
		assert.Equal(t, "m7i.large", other["aws:ec2:instances InstanceTypes"])
		assert.Equal(t, "x86_64", other["aws:ec2:instances SupportedArchitectures"])
		assert.Equal(t, "false", other["aws:ec2:vpc AssociatePublicIpAddress"])
		assert.Contains(t, fmt.Sprint(other["aws:ec2:vpc Subnets"]), "NetworkVPCInstancesSubnet3")
		assert.Contains(t, fmt.Sprint(other["aws:ec2:vpc ELBSubnets"]), "NetworkVPCPublicSubnet3")
	})

	t.Run("sets the same options with every configuration, and more only for what was asked for", func(t *testing.T) {
		other := options(t, everything, "Production")
		for option := range got {
			assert.Contains(t, other, option, "an option left out would keep its old value")
		}
		for option, want := range map[string]any{
			"aws:elbv2:listener:443 Protocol":                                "HTTPS",
			"aws:elbv2:listener:443 SSLPolicy":                               "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
			"aws:elasticbeanstalk:trafficsplitting NewVersionPercent":        "25",
			"aws:elasticbeanstalk:trafficsplitting EvaluationTime":           "10",
			"aws:elasticbeanstalk:managedactions PreferredStartTime":         "Tue:22:30",
			"aws:elasticbeanstalk:managedactions:platformupdate UpdateLevel": "patch",
			"aws:autoscaling:launchconfiguration RootVolumeSize":             "40",
			"aws:elasticbeanstalk:application:environment LOG_LEVEL":         "debug",
		} {
			assert.Equal(t, want, other[option], option)
		}
		assert.Contains(t, fmt.Sprint(other["aws:elasticbeanstalk:sns:topics Notification Topic ARN"]), "NotificationsTopic")
	})

	t.Run("tells the containers of the database, the password by reference", func(t *testing.T) {
		plain := "aws:elasticbeanstalk:application:environment "
		assert.Equal(t, map[string]any{"Fn::GetAtt": []any{"DatabaseInstanceAA8A5FDE", "Endpoint.Address"}}, got[plain+"RDS_HOSTNAME"])
		assert.Equal(t, "5432", got[plain+"RDS_PORT"])
		assert.Equal(t, "app", got[plain+"RDS_DB_NAME"])
		assert.Equal(t, "app", got[plain+"RDS_USERNAME"])
		assert.NotContains(t, got, plain+"RDS_PASSWORD")
		assert.Equal(t, map[string]any{"Ref": "DatabasePassword246019AA"},
			got["aws:elasticbeanstalk:application:environmentsecrets RDS_PASSWORD"])
		assert.Equal(t, "application", got[plain+"RDS_APPLICATION_USERNAME"])
		assert.NotContains(t, got, plain+"RDS_APPLICATION_PASSWORD")
		assert.Equal(t, map[string]any{"Ref": "DatabaseApplicationPasswordD48044CA"},
			got["aws:elasticbeanstalk:application:environmentsecrets RDS_APPLICATION_PASSWORD"])
	})

	t.Run("tells the containers how long to keep connections, and how many to open", func(t *testing.T) {
		plain := "aws:elasticbeanstalk:application:environment "
		assert.Equal(t, "75s", got[plain+"IDLE_TIMEOUT"], "15 s longer than the load balancer")
		assert.NotContains(t, got, plain+"DATABASE_POOL", "the policy does not say how many")
		assert.Equal(t, "9", options(t, everything, "Production")[plain+"DATABASE_POOL"])
	})

	t.Run("takes variables that only CloudFormation knows", func(t *testing.T) {
		other := options(t, everything, "Production")
		for _, name := range []string{"HOME_REGION", "HOMEREGION"} {
			assert.Equal(t, map[string]any{"Ref": "AWS::Region"}, other["aws:elasticbeanstalk:application:environment "+name], name)
		}
	})

	t.Run("knows no database where there is none", func(t *testing.T) {
		for option := range options(t, everything, "Staging") {
			assert.NotContains(t, option, "RDS_")
		}
	})

	t.Run("waits for policies, routes and rules", func(t *testing.T) {
		waits := strings.Join(environment.DependsOn, " ")
		for _, id := range []string{
			"WebInstanceRoleDefaultPolicy", "WebExecutionRoleDefaultPolicy", "WebServiceRoleDefaultPolicy", "WebInstanceProfile",
			"NetworkVPCPublicSubnet1DefaultRoute", "WebDatabaseAccess", "WebInstanceSecurityGroupfrom",
		} {
			assert.Contains(t, waits, id)
		}
		nat := strings.Join(everything.Only(t, "AWS::ElasticBeanstalk::Environment", "Production").DependsOn, " ")
		assert.Contains(t, nat, "NetworkIPv4RoutesInstancesSubnet3")
	})

	t.Run("keeps enough versions to go back to, and no more", func(t *testing.T) {
		application := smallest.Only(t, "AWS::ElasticBeanstalk::Application", "Web")
		assert.Equal(t, map[string]any{"Enabled": true, "MaxCount": 50.0, "DeleteSourceFromS3": true},
			application.At("ResourceLifecycleConfig.VersionLifecycleConfig.MaxCountRule"))
	})
}

func TestEnvironmentSecurityGroups(t *testing.T) {
	t.Run("the world reaches the load balancer on its listeners only", func(t *testing.T) {
		ports := func(template constructstest.Template, id string) (ports []any) {
			for _, rule := range template.Only(t, "AWS::EC2::SecurityGroup", id).At("SecurityGroupIngress").([]any) {
				ports = append(ports, constructstest.At(rule, "FromPort"))
			}
			return ports
		}
		assert.Equal(t, []any{80.0, 80.0}, ports(smallest, "WebLoadBalancerSecurityGroup"), "IPv4 and IPv6")
		assert.Equal(t, []any{443.0, 443.0}, ports(everything, "ProductionLoadBalancerSecurityGroup"))
		assert.Equal(t, []any{80.0, 80.0, 443.0, 443.0}, ports(everything, "StagingLoadBalancerSecurityGroup"), "a certificate, and a reason for HTTP")
	})
	t.Run("the load balancer listens for HTTP only for a reason", func(t *testing.T) {
		const listener = "aws:elbv2:listener:default ListenerEnabled"
		assert.Equal(t, "true", options(t, smallest, "Web")[listener])
		assert.Equal(t, "false", options(t, everything, "Production")[listener])
		assert.Equal(t, "true", options(t, everything, "Staging")[listener])
		assert.NotContains(t, options(t, smallest, "Web"), "aws:elbv2:listener:443 ListenerEnabled")
	})
	t.Run("the instances reach HTTPS, the time and the database, and what is allowed for a reason", func(t *testing.T) {
		needed := []string{
			"tcp 443-443 0.0.0.0/0", "tcp 443-443 ::/0",
			"udp 123-123 0.0.0.0/0", "udp 123-123 ::/0",
		}
		const database = "tcp 5432-5432 DatabaseSecurityGroup5C91FDCB"
		assert.ElementsMatch(t, append([]string{database}, needed...), egress(t, smallest, "WebInstanceSecurityGroup"))
		assert.Equal(t, needed, egress(t, methods, "RollingInstanceSecurityGroup"), "without a database")
		more := egress(t, everything, "ProductionInstanceSecurityGroup")
		assert.Subset(t, more, needed)
		assert.ElementsMatch(t, []string{database, "tcp 587-587 0.0.0.0/0", "tcp 587-587 ::/0", "udp 4500-4510 0.0.0.0/0", "udp 4500-4510 ::/0"},
			slices.DeleteFunc(more, func(rule string) bool { return slices.Contains(needed, rule) }))
		assert.Equal(t, []string{"-1 <nil>-<nil> 0.0.0.0/0", "-1 <nil>-<nil> ::/0"}, egress(t, everything, "StagingInstanceSecurityGroup"))
	})
	t.Run("no outbound rule of the instances is a resource of its own, which an update would miss for a while", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			for id := range template.Of("AWS::EC2::SecurityGroupEgress") {
				assert.Contains(t, id, "LoadBalancerSecurityGroup")
			}
		}
	})
	t.Run("no group is replaced, and no fleet with it", func(t *testing.T) {
		for id, description := range map[string]string{
			"WebInstanceSecurityGroup": "The web instances; open to the load balancer", "WebLoadBalancerSecurityGroup": "The load balancer; open to the world",
		} {
			assert.Equal(t, description, smallest.Only(t, "AWS::EC2::SecurityGroup", id).At("GroupDescription"))
		}
	})
	t.Run("the instances take from the load balancer only", func(t *testing.T) {
		assert.Nil(t, smallest.Only(t, "AWS::EC2::SecurityGroup", "WebInstanceSecurityGroup").At("SecurityGroupIngress"))
		rule := smallest.Only(t, "AWS::EC2::SecurityGroupIngress", "WebInstanceSecurityGroupfrom")
		assert.Contains(t, rule.At("SourceSecurityGroupId.Fn::GetAtt.0"), "WebLoadBalancerSecurityGroup")
		assert.Equal(t, 80.0, rule.At("FromPort"))
	})
}

// egress returns the outbound rules of a security group, sorted.
func egress(t *testing.T, template constructstest.Template, id string) (rules []string) {
	t.Helper()
	for _, rule := range template.Only(t, "AWS::EC2::SecurityGroup", id).At("SecurityGroupEgress").([]any) {
		to := cmp.Or(constructstest.At(rule, "CidrIp"), constructstest.At(rule, "CidrIpv6"), constructstest.At(rule, "DestinationSecurityGroupId.Fn::GetAtt.0"))
		rules = append(rules, fmt.Sprintf("%v %v-%v %v", constructstest.At(rule, "IpProtocol"), constructstest.At(rule, "FromPort"), constructstest.At(rule, "ToPort"), to))
	}
	slices.Sort(rules)
	return rules
}

// statements returns the policy statements of a role's own policies.
func statements(t *testing.T, template constructstest.Template, role string) []string {
	t.Helper()
	var all []string
	for _, policy := range template.Of("AWS::IAM::Policy") {
		roles, _ := policy.At("Roles").([]any)
		for _, ref := range roles {
			if id, _ := constructstest.At(ref, "Ref").(string); strings.HasPrefix(id, role) {
				for _, s := range policy.At("PolicyDocument.Statement").([]any) {
					text, err := json.Marshal(s)
					require.NoError(t, err)
					all = append(all, string(text))
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// allows returns those of a role's statements that allow something; security_test.go is about the others.
func allows(t *testing.T, template constructstest.Template, role string) []string {
	t.Helper()
	return slices.DeleteFunc(statements(t, template, role), func(s string) bool { return strings.Contains(s, `"Effect":"Deny"`) })
}

func TestEnvironmentRoles(t *testing.T) {
	secrets := `{"Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue"],"Effect":"Allow","Resource":[{"Ref":"DatabaseApplicationPasswordD48044CA"},{"Ref":"DatabasePassword246019AA"}]}`
	pass := `{"Action":"iam:PassRole","Condition":{"StringLike":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}},"Effect":"Allow","Resource":{"Fn::GetAtt":["WebExecutionRole4D80947A","Arn"]}}`
	pull := []string{
		`{"Action":"ecr:GetAuthorizationToken","Effect":"Allow","Resource":"*"}`,
		`{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Resource":{"Fn::GetAtt":["PipelineImagesAB336CA9","Arn"]}}`,
	}

	t.Run("an instance reads the passwords, pulls from one registry and passes one role", func(t *testing.T) {
		want := append([]string{secrets, pass}, pull...)
		slices.Sort(want)
		assert.Equal(t, want, allows(t, smallest, "WebInstanceRole"))
	})
	t.Run("the ECS agent reads the passwords and pulls from one registry", func(t *testing.T) {
		want := append([]string{secrets}, pull...)
		slices.Sort(want)
		assert.Equal(t, want, allows(t, smallest, "WebExecutionRole"))
	})
	t.Run("Beanstalk is trusted by its external ID only", func(t *testing.T) {
		assert.Equal(t, "elasticbeanstalk", smallest.Only(t, "AWS::IAM::Role", "WebServiceRole").
			At("AssumeRolePolicyDocument.Statement.0.Condition.StringEquals.sts:ExternalId"))
		assert.Equal(t, []string{pass}, allows(t, smallest, "WebServiceRole"))
	})
	t.Run("the user's secrets are readable where they are needed", func(t *testing.T) {
		for _, role := range []string{"ProductionInstanceRole", "ProductionExecutionRole"} {
			all := strings.Join(statements(t, everything, role), "\n")
			assert.Contains(t, all, `{"Action":"secretsmanager:GetSecretValue","Effect":"Allow","Resource":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf"}`, role)
			assert.Contains(t, all, `{"Action":["ssm:GetParameter","ssm:GetParameters"],"Effect":"Allow","Resource":"arn:aws:ssm:eu-west-1:111122223333:parameter/smtp"}`, role)
		}
	})
	t.Run("Beanstalk may publish to the topic", func(t *testing.T) {
		assert.Contains(t, strings.Join(statements(t, everything, "ProductionServiceRole"), "\n"), `"Action":"sns:Publish"`)
	})
}

// environmentWith is what CloudFormation makes of the environment in a nested stack's template, as far as
// the properties depend on the parameters given.
func environmentWith(t *testing.T, template []byte, parameters map[string]string) map[string]any {
	t.Helper()
	var nested struct {
		Conditions map[string]any
		Resources  map[string]constructstest.Resource
	}
	require.NoError(t, json.Unmarshal(template, &nested))
	require.Len(t, nested.Resources, 1)
	value := func(v any) any {
		if name, ok := constructstest.At(v, "Ref").(string); ok {
			return parameters[name]
		}
		return v
	}
	holds := func(condition any) bool {
		pair := constructstest.At(condition, "Fn::Not.0.Fn::Equals").([]any)
		return value(pair[0]) != value(pair[1])
	}
	properties := map[string]any{}
	for name, v := range nested.Resources["Environment"].Properties {
		if branch, ok := constructstest.At(v, "Fn::If").([]any); ok {
			if !holds(nested.Conditions[branch[0].(string)]) {
				assert.Equal(t, map[string]any{"Ref": "AWS::NoValue"}, branch[2])
				continue
			}
			v = branch[1]
		}
		properties[name] = value(v)
	}
	return properties
}

func TestDeployedState(t *testing.T) {
	state := smallest.Only(t, "Custom::DeployedState", "Web")
	environment := smallest.Only(t, "AWS::ElasticBeanstalk::Environment", "Web")

	t.Run("decides what the environment is created with", func(t *testing.T) {
		for _, property := range []string{"PlatformArn", "VersionLabel"} {
			assert.Equal(t, []any{
				"IsNew",
				map[string]any{"Fn::GetAtt": []any{"WebDeployedState38BCD2FE", property}},
				map[string]any{"Ref": "AWS::NoValue"},
			}, environment.At(property+".Fn::If"))
		}
	})
	t.Run("keeps version and platform out of every update", func(t *testing.T) {
		nested := 0
		for _, template := range []constructstest.Template{smallest, everything, methods} {
			for id, text := range template.Nested {
				nested++
				const platform, version = "a platform", "a version"
				given := map[string]string{"PlatformArn": platform, "VersionLabel": version}
				created := environmentWith(t, text, given)
				assert.Equal(t, platform, created["PlatformArn"], id)
				assert.Equal(t, version, created["VersionLabel"], id)

				given = map[string]string{"PlatformArn": deployedstate.Keep, "VersionLabel": deployedstate.Keep}
				updated := environmentWith(t, text, given)
				assert.NotContains(t, updated, "PlatformArn", id)
				assert.NotContains(t, updated, "VersionLabel", id)
			}
		}
		assert.Equal(t, 1+2+len(rollout.Methods())+1, nested, "every environment, and the second one of BlueGreen")
	})
	t.Run("is asked before any change of the environment", func(t *testing.T) {
		settings := state.At("Settings").([]any)
		assert.Len(t, settings, len(environment.At("OptionSettings").([]any)))
		text := fmt.Sprint(settings)
		assert.Contains(t, text, "aws:elasticbeanstalk:command:DeploymentPolicy=Rolling")
		assert.Contains(t, text, "WebInstanceSecurityGroup", "the value itself, which CloudFormation may change")
	})
	t.Run("knows nothing of a password", func(t *testing.T) {
		assert.NotContains(t, fmt.Sprint(state.Properties), "resolve:secretsmanager")
	})
	t.Run("has a function with a log, a timeout and an end to CloudFormation's patience", func(t *testing.T) {
		function := smallest.Only(t, "AWS::Lambda::Function", "WebDeployedState")
		assert.Equal(t, 900.0, function.At("Timeout"))
		assert.Equal(t, "index.handler", function.At("Handler"))
		assert.Equal(t, "960", state.At("ServiceTimeout"))
		assert.Equal(t, 30.0, smallest.Only(t, "AWS::Logs::LogGroup", "WebDeployedState").At("RetentionInDays"))
	})
	t.Run("may do what it does and nothing else", func(t *testing.T) {
		var actions []string
		for _, s := range smallest.Only(t, "AWS::IAM::Policy", "WebDeployedStateRole").At("PolicyDocument.Statement").([]any) {
			list, ok := constructstest.At(s, "Action").([]any)
			if !ok {
				list = []any{constructstest.At(s, "Action")}
			}
			for _, action := range list {
				actions = append(actions, action.(string))
				assert.False(t, action == "*" || strings.HasSuffix(action.(string), ":*"), action)
			}
		}
		assert.Contains(t, actions, "elasticbeanstalk:DescribeEnvironments")
		assert.Contains(t, actions, "logs:PutLogEvents")
		assert.NotContains(t, actions, "elasticbeanstalk:UpdateEnvironment")
	})
}
