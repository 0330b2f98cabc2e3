package limits

import (
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
)

// MaxZones is the largest number of availability zones of a network.
const MaxZones = 3

// tiers are the kinds of subnet in every zone: public, instances and database.
const tiers = 3

// smallestSubnet is what a load balancer needs to scale (Elastic Load Balancing User Guide,
// "Subnets for your load balancer"). RDS and EC2 would do with a /28.
const smallestSubnet = 27

// private are the ranges that are nobody's on the internet (RFC 1918, RFC 6598).
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
}

// docker is the network that Docker gives to its containers: an instance would look there for a
// database that has an address in it.
var docker = netip.MustParsePrefix("172.17.0.0/16")

// subnetBits is how many bits of an address tell the subnets apart: those of every tier in as many
// zones as there can be, rounded up to a power of two.
var subnetBits = bits.Len(uint(tiers*MaxZones - 1))

// smallest and largest are the prefix lengths of a VPC: EC2 has none above /16, and below the other
// a load balancer would not fit into its subnets.
var largest, smallest = 16, smallestSubnet - subnetBits

// CIDR checks the address block of a VPC.
func CIDR(p netip.Prefix) error {
	switch {
	case !p.IsValid():
		return fmt.Errorf("the address block is missing; use one such as 10.0.0.0/16")
	case !p.Addr().Is4():
		return fmt.Errorf("%s is not an IPv4 block; use one such as 10.0.0.0/16", p)
	case p.Bits() < largest || p.Bits() > smallest:
		return fmt.Errorf("%s is not a /%d to /%d block; use %s", p, largest, smallest,
			netip.PrefixFrom(p.Addr(), min(max(p.Bits(), largest), smallest)).Masked())
	case p != p.Masked():
		return fmt.Errorf("%s begins in the middle of its block; use %s", p, p.Masked())
	case !isPrivate(p):
		return fmt.Errorf("%s is a public range, so its owner's servers could not be reached from the network; "+
			"use a block in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10", p)
	case p.Overlaps(docker):
		return fmt.Errorf("%s overlaps %s, Docker's own network on every instance; use one such as 10.0.0.0/16", p, docker)
	}
	return nil
}

// SubnetMask is the prefix length of each of the equal subnets that a VPC is divided into. It does
// not depend on how many zones are used, so that a subnet keeps its addresses when that changes.
func SubnetMask(p netip.Prefix) int { return p.Bits() + subnetBits }

// SubnetAddresses is the number of addresses of each of those subnets.
func SubnetAddresses(p netip.Prefix) int { return 1 << (32 - SubnetMask(p)) }

// MostSubnetAddresses is the largest number of addresses of a subnet: that of the largest block.
var MostSubnetAddresses = 1 << (32 - largest - subnetBits)

// BlockMask is the prefix length of the block whose subnets have so many addresses.
func BlockMask(addresses int) int { return 32 - subnetBits - bits.Len(uint(addresses-1)) }

const (
	// ReservedAddresses is how many addresses of every subnet AWS keeps: the first four and the last
	// (Amazon VPC User Guide, "Subnet CIDR blocks").
	ReservedAddresses = 5

	// BalancerAddresses is how many free addresses an application load balancer needs in each of its
	// subnets; without them it may fail to scale or to replace a node (Application Load Balancers User
	// Guide, "Subnets for your load balancer").
	BalancerAddresses = 8
)

// The ways of private instances to the internet over IPv4.
const (
	NATNone    = "none"
	NATShared  = "shared"
	NATPerZone = "per-zone"
)

// NAT checks the choice of one of them.
func NAT(choice string) error {
	ways := []string{NATNone, NATShared, NATPerZone}
	if slices.Contains(ways, choice) {
		return nil
	}
	return fmt.Errorf("%s is not one of the ways to the internet; use one of %s", Quote(choice), strings.Join(ways, ", "))
}

// Zones checks a number of availability zones. One cannot fail without downtime; three are what
// nearly every region has.
func Zones(n int) error {
	if n >= 2 && n <= MaxZones {
		return nil
	}
	return fmt.Errorf("%d is not a number of availability zones that is supported; use 2 or %d", n, MaxZones)
}

func isPrivate(p netip.Prefix) bool {
	for _, r := range private {
		if r.Contains(p.Addr()) {
			return true
		}
	}
	return false
}

var (
	accountID  = whole(`[0-9]{12}`)
	regionName = whole(regionForm)
	zoneName   = whole(`(` + regionForm + `)[a-z]`)
)

// AccountID checks the number of an AWS account.
func AccountID(id string) error {
	if accountID.MatchString(id) {
		return nil
	}
	if digits := strings.NewReplacer("-", "", " ", "").Replace(id); accountID.MatchString(digits) {
		return fmt.Errorf("%s is not twelve digits; use %s", Quote(id), digits)
	}
	return fmt.Errorf("%s is not twelve digits; use what `aws sts get-caller-identity` shows as Account, in quotes", Quote(id))
}

// Region checks the form of a region's name. AWS opens new regions, so there is no list.
func Region(name string) error {
	lower := strings.ToLower(strings.TrimSpace(name))
	zone := zoneName.FindStringSubmatch(lower)
	switch {
	case regionName.MatchString(name):
		return nil
	case regionName.MatchString(lower):
		return fmt.Errorf("%s is not a region's name; use %s", Quote(name), lower)
	case zone != nil:
		return fmt.Errorf("%s is an availability zone; use its region %s", Quote(name), zone[1])
	}
	return fmt.Errorf("%s is not a region's name; use one such as eu-west-1", Quote(name))
}
