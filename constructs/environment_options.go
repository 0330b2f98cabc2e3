package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticbeanstalk"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// option is one Beanstalk option; its value may be a CDK token.
type option struct {
	namespace, name string
	value           *string
}

// environmentOptions is the complete set of options, each set even where Beanstalk's default would
// do: several defaults are dangerous, and an option that is left out of a later update keeps its
// old value. What concerns deployments comes from the policy.
func environmentOptions(props EnvironmentProps, roles *EnvironmentRoles, balancer, instances awsec2.SecurityGroup) []option {
	var all []option
	for _, s := range props.Policy.Settings() {
		all = append(all, option{s.Namespace, s.Name, &s.Value})
	}
	set := func(namespace string, values map[string]*string) {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			all = append(all, option{namespace, name, values[name]})
		}
	}
	architecture, _ := limits.InstanceArchitecture(props.InstanceType)
	set("aws:elasticbeanstalk:environment", map[string]*string{
		"EnvironmentType":  new("LoadBalanced"),
		"LoadBalancerType": new("application"),
		"ServiceRole":      roles.Service.RoleArn(),
	})
	set("aws:ec2:instances", map[string]*string{
		"InstanceTypes":          &props.InstanceType,
		"SupportedArchitectures": new(string(architecture)),
		"EnableSpot":             new("false"),
	})
	// Accounts made after 1 October 2024 cannot create launch configurations; gp3 and IMDSv2 make
	// Beanstalk use launch templates (Developer Guide, "Migrating to launch templates").
	set("aws:autoscaling:launchconfiguration", map[string]*string{
		"IamInstanceProfile":             roles.profile.InstanceProfileArn(),
		"DisableIMDSv1":                  new("true"),
		"RootVolumeType":                 new("gp3"),
		"RootVolumeSize":                 new(strconv.Itoa(props.VolumeGiB)),
		"SecurityGroups":                 instances.SecurityGroupId(),
		"DisableDefaultEC2SecurityGroup": new("true"),
	})
	set("aws:ec2:vpc", map[string]*string{
		"VPCId":                    props.Network.VPC.VpcId(),
		"Subnets":                  subnetIDs(props.Network.Instances),
		"ELBSubnets":               subnetIDs(props.Network.Public),
		"ELBScheme":                new("public"),
		"AssociatePublicIpAddress": new(strconv.FormatBool(props.Network.InstancesArePublic)),
	})
	set("aws:elbv2:loadbalancer", map[string]*string{
		"SecurityGroups": balancer.SecurityGroupId(),
		"IpAddressType":  new("dualstack"),
	})
	setListeners(set, props)
	setOperations(set, props, roles)
	setVariables(set, props)
	return all
}

// tlsPolicy takes TLS 1.2 with forward secrecy and authenticated encryption only, TLS 1.3, and
// post-quantum key exchange: the console's default and what AWS recommends (Application Load Balancers
// User Guide, "Security policies for your Application Load Balancer").
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

// setListeners makes HTTPS where there is a certificate, and HTTP where there is a reason.
func setListeners(set func(string, map[string]*string), props EnvironmentProps) {
	set("aws:elbv2:listener:default", map[string]*string{"ListenerEnabled": new(strconv.FormatBool(props.AllowHTTP != ""))})
	if props.CertificateARN == "" {
		return
	}
	set("aws:elbv2:listener:443", map[string]*string{
		"ListenerEnabled":    new("true"),
		"Protocol":           new("HTTPS"),
		"DefaultProcess":     new("default"),
		"SSLCertificateArns": &props.CertificateARN,
		"SSLPolicy":          new(tlsPolicy),
	})
}

// healthRules leave answers of 4xx out of the environment's health: they say something about who
// asks, and a visitor who tries out addresses is no reason to put a release back (Developer Guide,
// "Configuring enhanced health rules for an environment").
const healthRules = `{"Version":1,"Rules":{"Environment":{` +
	`"Application":{"ApplicationRequests4xx":{"Enabled":false}},"ELB":{"ELBRequests4xx":{"Enabled":false}}}}}`

// setOperations adds what keeps the environment running: scaling, platform updates, logs, notices.
func setOperations(set func(string, map[string]*string), props EnvironmentProps, roles *EnvironmentRoles) {
	days, disposable := new(strconv.Itoa(props.LogRetentionDays)), new(strconv.FormatBool(props.Disposable != ""))
	// Beanstalk's default scales on bytes sent, which says little about load.
	set("aws:autoscaling:trigger", map[string]*string{
		"MeasureName":               new("CPUUtilization"),
		"Statistic":                 new("Average"),
		"Unit":                      new("Percent"),
		"UpperThreshold":            new(strconv.Itoa(props.Policy.Fleet.ScaleOut)),
		"LowerThreshold":            new(strconv.Itoa(props.Policy.Fleet.ScaleIn)),
		"UpperBreachScaleIncrement": new("1"),
		"LowerBreachScaleIncrement": new("-1"),
		"Period":                    new("5"),
		"EvaluationPeriods":         new("1"),
		"BreachDuration":            new("5"),
	})
	set("aws:elasticbeanstalk:healthreporting:system", map[string]*string{"ConfigDocument": new(healthRules)})
	set("aws:elasticbeanstalk:managedactions", map[string]*string{
		"ManagedActionsEnabled":        new("true"),
		"PreferredStartTime":           &props.UpdateWindow,
		"ServiceRoleForManagedUpdates": roles.Service.RoleArn(),
	})
	set("aws:elasticbeanstalk:managedactions:platformupdate", map[string]*string{
		"UpdateLevel":            &props.UpdateLevel,
		"InstanceRefreshEnabled": new("false"),
	})
	set("aws:elasticbeanstalk:cloudwatch:logs", map[string]*string{
		"StreamLogs": new("true"), "DeleteOnTerminate": disposable, "RetentionInDays": days,
	})
	set("aws:elasticbeanstalk:cloudwatch:logs:health", map[string]*string{
		"HealthStreamingEnabled": new("true"), "DeleteOnTerminate": disposable, "RetentionInDays": days,
	})
	if props.Topic != nil {
		set("aws:elasticbeanstalk:sns:topics", map[string]*string{"Notification Topic ARN": props.Topic.TopicArn()})
	}
}

// setVariables adds what the containers see. Secrets go by ARN: their values are fetched when an
// instance starts and appear neither here nor in the console.
func setVariables(set func(string, map[string]*string), props EnvironmentProps) {
	plain, secret := map[string]*string{}, map[string]*string{}
	for name, value := range props.Policy.Variables() {
		plain[name] = &value
	}
	for name, value := range props.Variables {
		plain[name] = &value
	}
	for name, arn := range props.Secrets {
		secret[name] = &arn
	}
	if props.Database != nil {
		maps.Copy(plain, props.Database.variables())
		for name, password := range props.Database.secrets() {
			secret[name] = password.SecretArn()
		}
	}
	set("aws:elasticbeanstalk:application:environment", plain)
	set("aws:elasticbeanstalk:application:environmentsecrets", secret)
}

// warnOfSymbols names the variables whose values Beanstalk may refuse or change.
func warnOfSymbols(self constructs.Construct, variables map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if *awscdk.Token_IsUnresolved(variables[name]) {
			continue // Its value is not known yet.
		}
		if symbols := limits.UncertainSymbols(variables[name]); len(symbols) > 0 {
			warn(self, "symbols-in-"+name, fmt.Sprintf("the variable %s contains %s, but Elastic Beanstalk takes only letters, digits, white space and %s as they are "+
				"and may refuse or change others; check it after the first deployment, or store it as a secret", name, string(symbols), limits.PlainSymbols))
		}
	}
}

func optionSettings(options []option) *[]any {
	settings := make([]any, len(options))
	for i, o := range options {
		settings[i] = &awselasticbeanstalk.CfnEnvironment_OptionSettingProperty{
			Namespace: &o.namespace, OptionName: &o.name, Value: o.value,
		}
	}
	return &settings
}
