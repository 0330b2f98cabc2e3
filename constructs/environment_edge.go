package constructs

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

const plainHTTP = "plain-http"

// WarningPlainHTTP is the ID of the warning about plain HTTP, for awscdk.Annotations.AcknowledgeWarning.
const WarningPlainHTTP = warningPrefix + plainHTTP

// warnOfEdge shows what is open for a reason.
func warnOfEdge(self constructs.Construct, props EnvironmentProps) {
	if props.AllowHTTP != "" {
		warn(self, plainHTTP, "port 80 serves plain HTTP, which everyone on the way can read and change (allowed: "+props.AllowHTTP+")")
	}
	for _, name := range slices.Sorted(maps.Keys(props.AllowEgress)) {
		what := name
		if name == limits.EgressAll {
			what = "every port"
		}
		warn(self, "egress-"+name, "the instances may connect to "+what+" at any address (allowed: "+props.AllowEgress[name]+")")
	}
}

// newSecurityGroups lets the world talk to the load balancer, the load balancer to the instances, and
// the instances to what they need. Beanstalk's own default groups would let more through.
//
// The description of a group must stay: with another one CloudFormation makes another group, and Beanstalk
// refuses to move a fleet to it by an immutable update that also changes listeners.
func newSecurityGroups(self constructs.Construct, props EnvironmentProps) (balancer, instances awsec2.SecurityGroup) {
	_, everywhere := props.AllowEgress[limits.EgressAll]
	group := func(id, description string, outbound bool) awsec2.SecurityGroup {
		return awsec2.NewSecurityGroup(self, &id, &awsec2.SecurityGroupProps{
			Vpc:                  props.Network.VPC,
			Description:          &description,
			AllowAllOutbound:     &outbound,
			AllowAllIpv6Outbound: &outbound,
		})
	}
	balancer = group("LoadBalancerSecurityGroup", "The load balancer; open to the world", false)
	instances = group("InstanceSecurityGroup", "The web instances; open to the load balancer", everywhere)

	for _, port := range clientPorts(props) {
		balancer.AddIngressRule(awsec2.Peer_AnyIpv4(), awsec2.Port_Tcp(&port), new("Clients"), nil)
		balancer.AddIngressRule(awsec2.Peer_AnyIpv6(), awsec2.Port_Tcp(&port), new("Clients"), nil)
	}
	balancer.Connections().AllowTo(instances, awsec2.Port_Tcp(new(80.0)), new("Requests and health checks"))
	if !everywhere {
		limitEgress(instances, props)
	}
	return balancer, instances
}

// clientPorts are the ports of the load balancer.
func clientPorts(props EnvironmentProps) (ports []float64) {
	if props.AllowHTTP != "" {
		ports = append(ports, 80)
	}
	if props.CertificateARN != "" {
		ports = append(ports, 443)
	}
	return ports
}

// limitEgress opens what the instances need, what is allowed in addition, and the database. All rules
// are properties of the group itself: a rule that is a resource of its own would be missing from the
// update of the group to its own, which is longer than the moment in which CloudFormation replaces a rule.
func limitEgress(instances awsec2.SecurityGroup, props EnvironmentProps) {
	open := func(ports limits.Ports, purpose string) {
		instances.AddEgressRule(awsec2.Peer_AnyIpv4(), portOf(ports), &purpose, nil)
		instances.AddEgressRule(awsec2.Peer_AnyIpv6(), portOf(ports), &purpose, nil)
	}
	for _, needed := range limits.AlwaysEgress {
		open(needed.Ports, needed.Purpose)
	}
	for _, name := range slices.Sorted(maps.Keys(props.AllowEgress)) {
		ports, _ := limits.EgressPorts(name)
		open(ports, "Allowed by the configuration")
	}
	if props.Database != nil {
		// By its ID: a rule that names a group of CDK's becomes a resource of its own.
		instances.AddEgressRule(awsec2.Peer_SecurityGroupId(props.Database.group.SecurityGroupId(), nil),
			awsec2.Port_Tcp(jsii.Number(postgresPort)), new("The database"), nil)
	}
}

func portOf(p limits.Ports) awsec2.Port {
	first, last := jsii.Number(p.First), jsii.Number(p.Last)
	switch {
	case p.Protocol == "udp" && p.First == p.Last:
		return awsec2.Port_Udp(first)
	case p.Protocol == "udp":
		return awsec2.Port_UdpRange(first, last)
	case p.First == p.Last:
		return awsec2.Port_Tcp(first)
	}
	return awsec2.Port_TcpRange(first, last)
}
