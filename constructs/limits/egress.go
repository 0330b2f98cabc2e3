package limits

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// EgressAll is the name of every port of every protocol.
const EgressAll = "all"

// maxEgress is how many ways out an environment may allow, with room for its own: a security group has
// at most 60 outbound rules for each of IPv4 and IPv6 (Amazon VPC User Guide, "Amazon VPC quotas").
const maxEgress = 50

// Ports are consecutive ports of one protocol.
type Ports struct {
	Protocol    string // tcp or udp
	First, Last int
}

// String is the form in which a configuration names the ports.
func (p Ports) String() string {
	if p.First == p.Last {
		return fmt.Sprintf("%s/%d", p.Protocol, p.First)
	}
	return fmt.Sprintf("%s/%d-%d", p.Protocol, p.First, p.Last)
}

// AlwaysEgress is what every instance may connect to at any address. Elastic Beanstalk, Amazon ECS, Amazon ECR
// and the other services that an instance calls, the platform's assets in Amazon S3, Docker's
// registries and the package repositories of Amazon Linux 2023 respond on port 443. Elastic Beanstalk
// requires UDP port 123 for the time (Developer Guide, "Using Elastic Beanstalk with Amazon VPC").
// Security groups do not filter the DNS, the time and the metadata that a VPC itself provides (Amazon VPC
// User Guide, "Control traffic to your AWS resources using security groups"). An open port 53 would only
// let data out through other resolvers.
var AlwaysEgress = []struct {
	Ports
	Purpose string
}{
	{Ports{"tcp", 443, 443}, "HTTPS"},
	{Ports{"udp", 123, 123}, "Time"},
}

var egressForm = whole(`(tcp|udp)/([1-9][0-9]{0,4})(-([1-9][0-9]{0,4}))?`)

// EgressPorts reads the name of ports such as tcp/587 or udp/4500-4510.
func EgressPorts(name string) (Ports, error) {
	parts := egressForm.FindStringSubmatch(name)
	if parts == nil {
		return Ports{}, fmt.Errorf("%s is not a protocol and a port; use a name such as tcp/587 or udp/4500-4510, or %s", Quote(name), EgressAll)
	}
	first, _ := strconv.Atoi(parts[2])
	last := first
	if parts[4] != "" {
		last, _ = strconv.Atoi(parts[4])
	}
	switch {
	case first > 65535 || last > 65535:
		return Ports{}, fmt.Errorf("%s is beyond the last port; use 1 to 65535", Quote(name))
	case first > last || first == last && parts[4] != "":
		return Ports{}, fmt.Errorf("%s is not a range; use %s", Quote(name), Ports{parts[1], min(first, last), max(first, last)})
	}
	return Ports{parts[1], first, last}, nil
}

// Egress checks one way out that an environment allows, and the reason.
func Egress(name, reason string) error {
	if name != EgressAll {
		ports, err := EgressPorts(name)
		if err != nil {
			return err
		}
		for _, open := range AlwaysEgress {
			if open.Ports == ports {
				return fmt.Errorf("%s is open in every environment; leave it out", ports)
			}
		}
	}
	if strings.TrimSpace(reason) == "" {
		return errors.New("a way out of the instances needs a reason; say in words why it is open, or leave it out")
	}
	return Reason(reason, "it is open")
}

// EgressTogether checks all ways out that an environment allows.
func EgressTogether(allowed map[string]string) error {
	_, all := allowed[EgressAll]
	switch {
	case all && len(allowed) > 1:
		return fmt.Errorf("%s opens every port, so the other names have no effect; remove it or them", EgressAll)
	case len(allowed) > maxEgress:
		return fmt.Errorf("%d names are more than the %d that a security group has room for; use ranges of ports", len(allowed), maxEgress)
	}
	return nil
}
