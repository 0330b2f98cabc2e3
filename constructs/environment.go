package constructs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticbeanstalk"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// versionsKept is how many application versions Beanstalk keeps, and so how far back a redeploy
// can reach.
const versionsKept = 50

// EnvironmentProps configures an [Environment].
type EnvironmentProps struct {
	// Name is the name of the application and of its environment, 4 to 40 letters, digits and
	// hyphens, unique in the account and region. Required.
	//
	// A given name on purpose: no update can replace the environment behind it, and alarms, logs
	// and the console show a name that people know.
	Name string

	// Network is where the instances and the load balancer live. Required.
	Network *Network

	// Database is the database that the containers are told of. Default: none.
	Database *Database

	// Policy is how a release reaches the instances, how many there are, and how their health is
	// judged. Zones, subnets and what the database accepts are those of Network and Database unless it
	// says otherwise. Default: the zero value, Rolling over two instances.
	Policy rollout.Policy

	// InstanceType is the EC2 instance type; it decides the architecture. Default: t4g.small.
	InstanceType string

	// VolumeGiB is the size of an instance's root volume in GiB, 30 to 16384: no smaller than that in
	// the image of the platform. Default: 30.
	VolumeGiB int

	// CertificateARN is an ACM certificate of the same account and region for HTTPS on port 443.
	// Default: none, which requires AllowHTTP.
	CertificateARN string

	// AllowHTTP is the reason why the load balancer serves plain HTTP on port 80, in two words or more.
	// It is shown at every synth. Default: none, port 80 is closed.
	AllowHTTP string

	// AllowEgress is what the instances may connect to beside [limits.AlwaysEgress] and the database: a
	// protocol and a port or a range of ports, such as tcp/587 or udp/4500-4510, or all, each with the
	// reason. Each is shown at every synth. Default: nothing else.
	AllowEgress map[string]string

	// Variables are environment variables of the containers, each of one line. Default: none.
	Variables map[string]string

	// Secrets are environment variables whose values are read from Secrets Manager or SSM when an
	// instance starts: name to ARN, of the same account and region. Default: none.
	Secrets map[string]string

	// UpdateWindow is when a managed platform update may begin, in UTC. Default: Sun:03:00.
	UpdateWindow string

	// UpdateLevel is patch or minor. Default: minor.
	UpdateLevel string

	// LogRetentionDays is how long logs stay in CloudWatch. Default: 30.
	LogRetentionDays int

	// Topic hears of the environment's events. Default: none.
	Topic awssns.ITopic

	// EncryptionKey encrypts the log of the function that responds to CloudFormation. The instances may read
	// Secrets that are encrypted with it. Its policy has to be that of [KeyPolicy]. Default: that of Database,
	// and where there is none the key of CloudWatch Logs.
	EncryptionKey awskms.IKey

	// Disposable is the reason why logs may be deleted with the environment, in two words or more. It is
	// shown at every synth. Default: none, they are retained.
	Disposable string
	// Siblings are the names of other environments of the account and region. The roles of this one are
	// denied what belongs to them. Default: none.
	Siblings []string

	home limits.Home
}

// Validate reports every problem of the props.
func (p EnvironmentProps) Validate() error {
	given := p.policy() // what is left out follows what a fix changes
	p = p.withDefaults()
	_, architecture := limits.InstanceArchitecture(p.InstanceType)
	problems := []error{
		named("Name", limits.BeanstalkName(p.Name)),
		required("Network", p.Network == nil),
		policyProblems(given),
		named("InstanceType", architecture),
		named("VolumeGiB", limits.VolumeGiB(p.VolumeGiB)),
		named("UpdateWindow", limits.UpdateWindow(p.UpdateWindow)),
		named("UpdateLevel", limits.UpdateLevel(p.UpdateLevel)),
		named("LogRetentionDays", limits.LogRetentionDays(p.LogRetentionDays)),
		named("Disposable", limits.Reason(p.Disposable, "logs may be deleted")),
		named("Variables", limits.VariablesSize(p.Variables, p.Secrets)),
	}
	if p.Policy.Method == rollout.BlueGreen {
		problems = append(problems, named("Name", limits.StandbyFits(p.Name)))
	}
	problems = append(problems, named("AllowHTTP", limits.AllowHTTP(p.AllowHTTP, p.CertificateARN)),
		named("AllowEgress", limits.EgressTogether(p.AllowEgress)))
	for _, name := range slices.Sorted(maps.Keys(p.AllowEgress)) {
		problems = append(problems, named("AllowEgress["+limits.Quote(name)+"]", limits.Egress(name, p.AllowEgress[name])))
	}
	if p.CertificateARN != "" {
		problems = append(problems, named("CertificateARN", limits.CertificateARN(p.CertificateARN, p.home)))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Variables)) {
		problems = append(problems, named("Variables."+name, limits.Variable(name, p.Variables[name])))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Secrets)) {
		problems = append(problems, named("Secrets."+name, limits.SecretVariable(name, p.Secrets[name], p.home)))
	}
	for i, sibling := range p.Siblings {
		problems = append(problems, named(fmt.Sprintf("Siblings[%d]", i), limits.Sibling(sibling, p.Name)))
	}
	return errors.Join(problems...)
}

// policy is the policy with what the network and the database bring along, where it does not say
// otherwise.
func (p EnvironmentProps) policy() rollout.Policy {
	policy := p.Policy
	if p.Network != nil {
		policy.Fleet.Zones = cmp.Or(policy.Fleet.Zones, len(p.Network.Instances))
		policy.Subnets = cmp.Or(policy.Subnets, rollout.Subnets{Addresses: p.Network.subnetAddresses, Shared: p.Network.InstancesArePublic})
	}
	if p.Database != nil {
		policy.Connections.Limit = cmp.Or(policy.Connections.Limit, limits.DatabaseConnections(p.Database.class))
	}
	return policy
}

// logKey is what the log of the function is encrypted with, nil for the key of CloudWatch Logs.
func (p EnvironmentProps) logKey() awskms.IKey {
	if p.EncryptionKey == nil && p.Database != nil {
		return p.Database.key
	}
	return p.EncryptionKey
}

func (p EnvironmentProps) withDefaults() EnvironmentProps {
	p.Policy = p.policy().WithDefaults()
	p.InstanceType = cmp.Or(p.InstanceType, "t4g.small")
	p.VolumeGiB = cmp.Or(p.VolumeGiB, 30)
	p.UpdateWindow = cmp.Or(p.UpdateWindow, "Sun:03:00")
	p.UpdateLevel = cmp.Or(p.UpdateLevel, "minor")
	p.LogRetentionDays = cmp.Or(p.LogRetentionDays, 30)
	return p
}

// Environment is an Elastic Beanstalk application with one environment, or two for BlueGreen:
// containers on ECS on Amazon Linux 2023 behind an application load balancer, updated by a
// [rollout.Policy].
type Environment struct {
	// Application and Environment are the Beanstalk resources.
	Application awselasticbeanstalk.CfnApplication
	Environment awselasticbeanstalk.CfnEnvironment
	// Standby is the second environment of BlueGreen. Which of the two serves changes with every
	// release. Nil with every other method.
	Standby awselasticbeanstalk.CfnEnvironment
	// Name is the name of the application and of its first environment.
	Name string
	// Policy is how releases reach the environment.
	Policy rollout.Policy
	// Roles are what instances, containers and Beanstalk itself run as.
	Roles *EnvironmentRoles
	// Architecture is that of the instances; images have to be built for it.
	Architecture limits.Architecture
	// Deployed decides the platform and the application version that an environment is created with.
	Deployed *DeployedState

	instances awsec2.SecurityGroup
	endpoint  *endpoint
	vpc       *string
	https     bool // whether the load balancer has a certificate
}

var _ awsec2.IConnectable = (*Environment)(nil)

// Connections makes the web instances a peer in security group rules.
func (e *Environment) Connections() awsec2.Connections { return e.instances.Connections() }

// EndpointURL is the address that serves the application, whatever is deployed and however: the
// host name that Beanstalk gave the first environment, and that blue/green releases hand on, by https
// where that is served. No certificate is valid for this name; users come by one that it names.
func (e *Environment) EndpointURL() *string {
	scheme := "http://"
	if e.https {
		scheme = "https://"
	}
	return awscdk.Fn_Join(new(""), &[]*string{&scheme, e.endpoint.cname})
}

// NewEnvironment defines an Environment in scope. It panics if props are invalid. Every synth
// warns of accepted downtime, ignored health checks, an idle timeout above 60 s, plain HTTP, what
// instances may connect to in addition, and variables that Elastic Beanstalk may refuse.
func NewEnvironment(scope constructs.Construct, id string, props EnvironmentProps) *Environment {
	props.home = homeOf(scope)
	mustBeValid(scope, id, props)
	props = props.withDefaults()
	self := constructs.NewConstruct(scope, &id)
	for _, warning := range props.Policy.Warnings() {
		message := warning.Message
		if warning.Reason != "" {
			message += " (allowed: " + warning.Reason + ")"
		}
		warn(self, warning.Rule, message)
	}
	warnOfEdge(self, props)
	warnOfSymbols(self, props.Variables)
	warnOfDisposal(self, "logs are deleted with the environment", props.Disposable)

	roles := newEnvironmentRoles(self, props)
	balancer, instances := newSecurityGroups(self, props)
	application := awselasticbeanstalk.NewCfnApplication(self, new("Application"), &awselasticbeanstalk.CfnApplicationProps{
		ApplicationName: &props.Name,
		ResourceLifecycleConfig: &awselasticbeanstalk.CfnApplication_ApplicationResourceLifecycleConfigProperty{
			ServiceRole: roles.Service.RoleArn(),
			VersionLifecycleConfig: &awselasticbeanstalk.CfnApplication_ApplicationVersionLifecycleConfigProperty{
				MaxCountRule: &awselasticbeanstalk.CfnApplication_MaxCountRuleProperty{
					Enabled:            new(true),
					MaxCount:           jsii.Number(versionsKept),
					DeleteSourceFromS3: new(true),
				},
			},
		},
	})
	options := environmentOptions(props, roles, balancer, instances)
	// Instances that start before a policy or a route is there fail, and with them the stack: a
	// policy that comes with a grant is no dependency by itself.
	needs := []constructs.IDependable{roles.Instance, roles.Execution, roles.Service, roles.profile,
		balancer, instances, props.Network.Connectivity}
	if props.Database != nil {
		needs = append(needs, props.Database.admit(self, "DatabaseAccess", instances))
	}
	beanstalk := func(id, name string) *beanstalkEnvironment {
		environment := newBeanstalkEnvironment(self, id, application.Ref(), &name, options)
		environment.resource.Node().AddDependency(needs...)
		return environment
	}

	architecture, _ := limits.InstanceArchitecture(props.InstanceType)
	first, deployed := beanstalk("Environment", props.Name), newDeployedState(self, options, props)
	environment := &Environment{
		Application: application, Environment: first.resource, Name: props.Name, Policy: props.Policy,
		Roles: roles, Architecture: architecture, Deployed: deployed, instances: instances,
		vpc:   props.Network.VPC.VpcId(),
		https: props.CertificateARN != "",
	}
	properties := map[string]any{}
	if props.Policy.Method == rollout.BlueGreen {
		name := limits.StandbyName(props.Name)
		standby := beanstalk("Standby", name)
		environment.Standby = standby.resource
		deployed.Standby = deployed.createdWith("Standby", standby, roles.Execution,
			map[string]any{deployedstate.PropertyStartFrom: props.Name})
		properties[deployedstate.PropertyStandby] = name
	}
	deployed.Resource = deployed.createdWith("Resource", first, roles.Execution, properties)
	environment.endpoint = newEndpoint(environment)
	if props.Topic != nil {
		notifyOfUpdates(self, environment, props.Topic)
	}
	trustOwnAccount(self)
	return environment
}

// notifyOfUpdates tells of managed platform updates that failed (Developer Guide, "Using Elastic
// Beanstalk with Amazon EventBridge"). Beanstalk's own notifications do not name them.
func notifyOfUpdates(self constructs.Construct, e *Environment, topic awssns.ITopic) {
	var names []*string
	for _, s := range e.endpoint.sites {
		names = append(names, s.environment)
	}
	awsevents.NewCfnRule(self, new("UpdateFailed"), &awsevents.CfnRuleProps{
		Description: new("A managed platform update failed"),
		EventPattern: map[string]any{
			"source":      jsii.Strings("aws.elasticbeanstalk"),
			"detail-type": jsii.Strings("Managed update status change"),
			"detail":      map[string]any{"Status": jsii.Strings("Managed update failed"), "EnvironmentName": &names},
		},
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id:  new("Topic"),
			Arn: topic.TopicArn(),
			InputTransformer: &awsevents.CfnRule_InputTransformerProperty{
				InputPathsMap: &map[string]*string{"environment": new("$.detail.EnvironmentName"), "message": new("$.detail.Message")},
				InputTemplate: new(`"A managed platform update of <environment> failed. Its instances keep the platform that they have. Beanstalk says: <message>"`),
			},
		}},
	})
}
