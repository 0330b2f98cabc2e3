package constructs

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// NAT is how private instances reach the internet over IPv4.
type NAT string

// The choices for [NetworkProps.NAT].
const (
	// NoNAT keeps the instances in public subnets, closed to all but the load balancer.
	NoNAT NAT = limits.NATNone
	// SharedNAT moves the instances to private subnets behind one gateway: cheaper, and gone with
	// its zone.
	SharedNAT NAT = limits.NATShared
	// NATPerZone moves the instances to private subnets behind one gateway in each zone.
	NATPerZone NAT = limits.NATPerZone
)

// NetworkProps configures a [Network].
type NetworkProps struct {
	// CIDR is the IPv4 address block, /16 to /23. Default: 10.0.0.0/16.
	CIDR netip.Prefix

	// Zones is the number of availability zones, 2 or 3. Default: 2.
	Zones int

	// NAT decides where the instances live and what that costs. Default: NoNAT.
	NAT NAT

	// LogRetentionDays is how long rejected connections stay in the flow log. Default: 30.
	LogRetentionDays int

	// EncryptionKey encrypts the flow log. Its policy has to be that of [KeyPolicy]. Default: the key of
	// CloudWatch Logs.
	EncryptionKey awskms.IKey

	// Disposable is the reason why the flow log may be deleted with its stack, in two words or more. It is
	// shown at every synth. Default: none, it is retained.
	Disposable string
}

// Validate reports every problem of the props.
func (p NetworkProps) Validate() error {
	p = p.withDefaults()
	return errors.Join(
		named("CIDR", limits.CIDR(p.CIDR)),
		named("Zones", limits.Zones(p.Zones)),
		named("NAT", limits.NAT(string(p.NAT))),
		named("LogRetentionDays", limits.LogRetentionDays(p.LogRetentionDays)),
		named("Disposable", limits.Reason(p.Disposable, "the flow log may be deleted")),
	)
}

func (p NetworkProps) withDefaults() NetworkProps {
	if !p.CIDR.IsValid() {
		p.CIDR = netip.MustParsePrefix("10.0.0.0/16")
	}
	p.Zones = cmp.Or(p.Zones, 2)
	p.NAT = cmp.Or(p.NAT, NoNAT)
	p.LogRetentionDays = cmp.Or(p.LogRetentionDays, 30)
	return p
}

// Network is a dual-stack VPC: public subnets for the load balancer, private ones for the database
// with an egress-only internet gateway, and, with NAT, private ones for the instances. The instances
// reach Amazon S3 by a gateway endpoint.
type Network struct {
	// VPC is the VPC. Its default security group admits nothing.
	VPC awsec2.Vpc
	// Public, Instances and Database are the subnets of each role. Without NAT, Instances are the
	// public subnets.
	Public, Instances, Database []awsec2.ISubnet
	// InstancesArePublic tells whether instances need a public address to reach the internet.
	InstancesArePublic bool
	// Connectivity is what has to exist before an instance can reach the internet.
	Connectivity constructs.IDependable

	subnetAddresses int
}

// NewNetwork defines a Network in scope. It panics if props are invalid.
func NewNetwork(scope constructs.Construct, id string, props NetworkProps) *Network {
	mustBeValid(scope, id, props)
	props = props.withDefaults()
	self := constructs.NewConstruct(scope, &id)

	vpc := newVPC(self, props)
	network := &Network{
		VPC:                vpc,
		Public:             subnetsOf(vpc, "Public"),
		Database:           subnetsOf(vpc, "Database"),
		InstancesArePublic: props.NAT == NoNAT,
		subnetAddresses:    limits.SubnetAddresses(props.CIDR),
	}
	egress := awsec2.NewCfnEgressOnlyInternetGateway(self, new("EgressOnlyGateway"),
		&awsec2.CfnEgressOnlyInternetGatewayProps{VpcId: vpc.VpcId()})
	routesIPv6 := constructs.NewConstruct(self, new("IPv6Routes"))
	routeIPv6(routesIPv6, network.Database, egress)

	ready := constructs.NewDependencyGroup(vpc.InternetConnectivityEstablished())
	network.Connectivity = ready
	network.Instances = network.Public
	if !network.InstancesArePublic {
		network.Instances = subnetsOf(vpc, "Instances")
		routeIPv6(routesIPv6, network.Instances, egress)
		routeIPv4(self, network, props.NAT, ready)
	}
	for _, subnet := range network.Instances {
		ready.Add(subnet.InternetConnectivityEstablished())
	}
	// Without a policy of its own the endpoint takes nothing away. The way to S3 has to be there before
	// the first instance starts: a route that is added cuts the connections that it takes over.
	ready.Add(vpc.AddGatewayEndpoint(new("S3"), &awsec2.GatewayVpcEndpointOptions{
		Service: awsec2.GatewayVpcEndpointAwsService_S3(),
		Subnets: &[]*awsec2.SubnetSelection{{Subnets: &network.Instances}},
	}))
	logRejectedTraffic(self, vpc, props)
	trustOwnAccount(self)
	return network
}

// newVPC keeps a place for a third zone and for the instances' subnets whether or not they exist:
// a subnet whose addresses moved when either option changed would have to be replaced, with the
// database in it.
func newVPC(self constructs.Construct, props NetworkProps) awsec2.Vpc {
	mask := jsii.Number(limits.SubnetMask(props.CIDR))
	tier := func(name string, kind awsec2.SubnetType) *awsec2.SubnetConfiguration {
		return &awsec2.SubnetConfiguration{Name: &name, SubnetType: kind, CidrMask: mask}
	}
	// To CDK every private subnet is isolated here: its own private tier would come with a second
	// egress-only gateway and would route the database through the NAT gateways.
	public, database := tier("Public", awsec2.SubnetType_PUBLIC), tier("Database", awsec2.SubnetType_PRIVATE_ISOLATED)
	// RDS uses IPv4 here. What else is put into these subnets may ask for an IPv6 address, and has a route.
	database.Ipv6AssignAddressOnCreation = new(false)
	tiers := []*awsec2.SubnetConfiguration{public, database}
	if props.NAT != NoNAT {
		tiers = append(tiers, tier("Instances", awsec2.SubnetType_PRIVATE_ISOLATED))
	}
	zones := make([]*string, props.Zones)
	for i := range zones {
		zones[i] = awscdk.Fn_Select(jsii.Number(i), awscdk.Fn_GetAzs(nil))
	}
	return awsec2.NewVpc(self, new("VPC"), &awsec2.VpcProps{
		IpProtocol:                   awsec2.IpProtocol_DUAL_STACK,
		IpAddresses:                  awsec2.IpAddresses_Cidr(new(props.CIDR.String())),
		AvailabilityZones:            &zones,
		ReservedAzs:                  jsii.Number(limits.MaxZones - props.Zones),
		SubnetConfiguration:          &tiers,
		NatGateways:                  jsii.Number(0),
		RestrictDefaultSecurityGroup: new(true),
	})
}

func subnetsOf(vpc awsec2.Vpc, tier string) []awsec2.ISubnet {
	return *vpc.SelectSubnets(&awsec2.SubnetSelection{SubnetGroupName: &tier}).Subnets
}

func routeIPv6(scope constructs.Construct, subnets []awsec2.ISubnet, gateway awsec2.CfnEgressOnlyInternetGateway) {
	for _, subnet := range subnets {
		awsec2.NewCfnRoute(scope, subnet.Node().Id(), &awsec2.CfnRouteProps{
			RouteTableId:                subnet.RouteTable().RouteTableId(),
			DestinationIpv6CidrBlock:    new("::/0"),
			EgressOnlyInternetGatewayId: gateway.Ref(),
		})
	}
}

// routeIPv4 sends the instances' traffic through one gateway, or through one in their own zone.
func routeIPv4(self constructs.Construct, network *Network, nat NAT, ready constructs.DependencyGroup) {
	var gateway awsec2.CfnNatGateway
	routes := constructs.NewConstruct(self, new("IPv4Routes"))
	for i, subnet := range network.Instances {
		if gateway == nil || nat == NATPerZone {
			gateway = newNATGateway(self, fmt.Sprintf("NATGateway%d", i+1), network.Public[i])
		}
		route := awsec2.NewCfnRoute(routes, subnet.Node().Id(), &awsec2.CfnRouteProps{
			RouteTableId:         subnet.RouteTable().RouteTableId(),
			DestinationCidrBlock: new("0.0.0.0/0"),
			NatGatewayId:         gateway.AttrNatGatewayId(),
		})
		ready.Add(route)
	}
}

func newNATGateway(self constructs.Construct, id string, public awsec2.ISubnet) awsec2.CfnNatGateway {
	address := awsec2.NewCfnEIP(self, new(id+"Address"), &awsec2.CfnEIPProps{Domain: new("vpc")})
	gateway := awsec2.NewCfnNatGateway(self, &id, &awsec2.CfnNatGatewayProps{
		SubnetId:     public.SubnetId(),
		AllocationId: address.AttrAllocationId(),
	})
	gateway.Node().AddDependency(public.InternetConnectivityEstablished())
	return gateway
}

// logRejectedTraffic records what security groups and network ACLs turned away: enough to see why
// something cannot connect, at a fraction of the price of logging everything.
func logRejectedTraffic(self constructs.Construct, vpc awsec2.Vpc, props NetworkProps) {
	warnOfDisposal(self, "the flow log is deleted with its stack", props.Disposable)
	group := newLogGroup(self, "FlowLogGroup", logSettings{props.LogRetentionDays, props.Disposable, props.EncryptionKey})
	vpc.AddFlowLog(new("FlowLog"), &awsec2.FlowLogOptions{
		Destination: awsec2.FlowLogDestination_ToCloudWatchLogs(group, nil),
		TrafficType: awsec2.FlowLogTrafficType_REJECT,
	})
}

// subnetIDs is the form in which Beanstalk takes subnets: one comma-separated string.
func subnetIDs(subnets []awsec2.ISubnet) *string {
	ids := make([]*string, len(subnets))
	for i, subnet := range subnets {
		ids[i] = subnet.SubnetId()
	}
	return awscdk.Fn_Join(new(","), &ids)
}
