package constructs_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
)

// subnets returns the address blocks of the subnets of a role, in the order of their zones.
func subnets(template constructstest.Template, role string) []any {
	found := template.Of("AWS::EC2::Subnet")
	var blocks []any
	for _, id := range slices.Sorted(maps.Keys(found)) {
		if strings.HasPrefix(id, "NetworkVPC"+role+"Subnet") {
			blocks = append(blocks, found[id].At("CidrBlock"))
		}
	}
	return blocks
}

func TestNetwork(t *testing.T) {
	t.Run("is dual-stack", func(t *testing.T) {
		block := smallest.Only(t, "AWS::EC2::VPCCidrBlock", "NetworkVPC")
		assert.Equal(t, true, block.At("AmazonProvidedIpv6CidrBlock"))
		for id, subnet := range smallest.Of("AWS::EC2::Subnet") {
			assert.NotNil(t, subnet.At("Ipv6CidrBlock"), id)
		}
	})

	t.Run("spreads over two zones, which the deployment finds out", func(t *testing.T) {
		assert.Len(t, subnets(smallest, "Public"), 2)
		assert.Len(t, subnets(smallest, "Database"), 2)
		for id, subnet := range smallest.Of("AWS::EC2::Subnet") {
			assert.Equal(t, map[string]any{"Fn::GetAZs": ""}, subnet.At("AvailabilityZone.Fn::Select.1"), id)
		}
	})

	t.Run("keeps a subnet's addresses when zones or NAT change", func(t *testing.T) {
		assert.Equal(t, []any{"10.0.0.0/20", "10.0.16.0/20"}, subnets(smallest, "Public"))
		assert.Equal(t, []any{"10.0.48.0/20", "10.0.64.0/20"}, subnets(smallest, "Database"), "the third zone's place stays free")
		assert.Equal(t, []any{"10.20.0.0/24", "10.20.1.0/24", "10.20.2.0/24"}, subnets(everything, "Public"))
		assert.Equal(t, []any{"10.20.3.0/24", "10.20.4.0/24", "10.20.5.0/24"}, subnets(everything, "Database"))
		assert.Equal(t, []any{"10.20.6.0/24", "10.20.7.0/24", "10.20.8.0/24"}, subnets(everything, "Instances"))
	})

	t.Run("lets private subnets out over IPv6 only", func(t *testing.T) {
		assert.Len(t, smallest.Of("AWS::EC2::EgressOnlyInternetGateway"), 1)
		var blocks []any
		for id, route := range smallest.Of("AWS::EC2::Route") {
			if route.At("EgressOnlyInternetGatewayId") != nil {
				blocks = append(blocks, route.At("DestinationIpv6CidrBlock"))
				assert.Contains(t, id, "DatabaseSubnet")
			}
		}
		assert.Equal(t, []any{"::/0", "::/0"}, blocks)
	})

	t.Run("costs no NAT gateway unless asked to", func(t *testing.T) {
		assert.Empty(t, smallest.Of("AWS::EC2::NatGateway"))
		assert.Len(t, everything.Of("AWS::EC2::NatGateway"), 3)
		assert.Len(t, everything.Of("AWS::EC2::EgressOnlyInternetGateway"), 1)
	})

	t.Run("gives each zone's instances the gateway of their zone", func(t *testing.T) {
		var gateways []string
		for id, route := range everything.Of("AWS::EC2::Route") {
			if gateway, ok := constructstest.At(route.Properties, "NatGatewayId.Fn::GetAtt.0").(string); ok {
				assert.Contains(t, id, "InstancesSubnet", "the database has no way out over IPv4")
				gateways = append(gateways, gateway)
			}
		}
		slices.Sort(gateways)
		assert.Len(t, slices.Compact(gateways), 3)
	})

	t.Run("assigns IPv6 addresses where something uses them", func(t *testing.T) {
		for id, subnet := range smallest.Of("AWS::EC2::Subnet") {
			assert.Equal(t, !strings.Contains(id, "Database"), subnet.At("AssignIpv6AddressOnCreation"), id)
		}
	})

	t.Run("takes the instances to S3 by an endpoint, without a policy", func(t *testing.T) {
		for role, template := range map[string]constructstest.Template{"Public": smallest, "Instances": everything} {
			endpoint := template.Only(t, "AWS::EC2::VPCEndpoint", "NetworkVPCS3")
			assert.Equal(t, "Gateway", endpoint.At("VpcEndpointType"))
			assert.Contains(t, fmt.Sprint(endpoint.At("ServiceName")), ".s3")
			assert.Nil(t, endpoint.At("PolicyDocument"))
			tables, _ := endpoint.At("RouteTableIds").([]any)
			assert.Len(t, tables, len(subnets(template, role)))
			for _, table := range tables {
				assert.Contains(t, constructstest.At(table, "Ref"), role+"Subnet")
			}
		}
		waits := strings.Join(smallest.Only(t, "AWS::ElasticBeanstalk::Environment", "Web").DependsOn, " ")
		assert.Contains(t, waits, "NetworkVPCS3", "a route that is added later cuts connections")
	})

	t.Run("empties the default security group", func(t *testing.T) {
		assert.Len(t, smallest.Of("Custom::VpcRestrictDefaultSG"), 1)
	})

	t.Run("logs what was rejected", func(t *testing.T) {
		assert.Equal(t, "REJECT", smallest.Only(t, "AWS::EC2::FlowLog", "Network").At("TrafficType"))
	})
}
