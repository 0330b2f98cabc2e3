package limits

import (
	"fmt"
	"strings"
)

// Architecture is the instruction set of an instance, in the words of Elastic Beanstalk.
type Architecture string

// The architectures that Elastic Beanstalk runs containers on.
const (
	ARM64  Architecture = "arm64"
	X86_64 Architecture = "x86_64"
)

// instanceType splits a type into series, generation, attributes and size: c7gn.2xlarge is c, 7,
// gn, 2xlarge (Amazon EC2 Instance Types, "Instance type naming conventions").
var instanceType = whole(`([a-z]+)([0-9]+)([a-z]*(?:-[a-z0-9]+)*)\.((?:[0-9]+x)?[a-z]+(?:-[0-9]+xl)?)`)

// InstanceArchitecture tells the architecture of an EC2 instance type, by its name. It refuses
// sizes that cannot run the application. AWS decides whether a type exists.
func InstanceArchitecture(name string) (Architecture, error) {
	m := instanceType.FindStringSubmatch(name)
	if m == nil {
		return "", notAnInstanceType(name)
	}
	series, generation, attributes, size := m[1], m[2], m[3], m[4]
	switch {
	case strings.HasPrefix(size, "metal"):
		return "", fmt.Errorf("%s is bare metal, which starts slower than a deployment waits; use a virtual size such as %s%s%s.xlarge",
			Quote(name), series, generation, attributes)
	case size == "nano":
		return "", fmt.Errorf("%s has 0.5 GiB of memory, too little for Docker, the ECS agent and the application; use %s%s%s.micro or larger",
			Quote(name), series, generation, attributes)
	case share(size) == 0:
		return "", notAnInstanceType(name)
	}
	// Graviton is the g after the generation (m7g, c7gn, x2gd); before it, g means graphics (g5,
	// g4dn, gr6), so g5g is a graphics family on Graviton. The first Graviton was the series a, and the
	// one Grace family is p6e-gb200.
	if strings.HasPrefix(attributes, "g") || series == "a" || strings.HasSuffix(attributes, "-gb200") {
		return ARM64, nil
	}
	return X86_64, nil
}

func notAnInstanceType(name string) error {
	if rest, found := strings.CutPrefix(name, "db."); found {
		return fmt.Errorf("%s is a class of databases; use a type of EC2 instances such as %s", Quote(name), Short(rest))
	}
	return fmt.Errorf("%s is not an EC2 instance type; use a family and a size, such as t4g.small", Quote(name))
}

// VolumeGiB checks the size of an instance's root volume: no smaller than the one in the image of the
// platform, which is ECS-optimized (Amazon ECS Developer Guide, "Amazon ECS-optimized Linux AMIs"), and
// what the option RootVolumeSize of Elastic Beanstalk's namespace aws:autoscaling:launchconfiguration takes.
func VolumeGiB(gib int) error { return between(gib, 30, 16384, "GiB") }
