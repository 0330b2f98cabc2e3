package limits_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestArchitectureFollowsFromTheFamily(t *testing.T) {
	t.Parallel()
	for architecture, types := range map[limits.Architecture][]string{
		limits.ARM64: {
			"t4g.micro", "t4g.small", "m6g.large", "m7gd.xlarge", "m8g.48xlarge", "c6gn.large", "c7gn.16xlarge", "c8gd.large",
			"r8g.large", "x2gd.medium", "x8g.large", "im4gn.large", "is4gen.medium", "i4g.large", "i8g.large", "i8ge.large",
			"g5g.xlarge", "hpc7g.4xlarge", "a1.medium", "t9g.large", "p6e-gb200.36xlarge",
		},
		limits.X86_64: {
			"t2.micro", "t3.micro", "t3a.small", "m4.large", "m5.large", "m5zn.large", "m7i-flex.large", "m7a.medium", "c5n.large",
			"r6idn.large", "g4dn.xlarge", "g4ad.xlarge", "g5.xlarge", "g6e.xlarge", "gr6.4xlarge", "p5.48xlarge", "p6-b200.48xlarge",
			"u7i-12tb.224xlarge", "m9i.96xlarge", "trn1.2xlarge", "inf2.xlarge", "dl1.24xlarge", "vt1.3xlarge", "z1d.large", "i3en.large", "hpc7a.12xlarge",
		},
	} {
		for _, name := range types {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				got, err := limits.InstanceArchitecture(name)
				require.NoError(t, err)
				assert.Equal(t, architecture, got)
			})
		}
	}
}

func TestInstanceTypesThatCannotRunTheApplication(t *testing.T) {
	t.Parallel()
	architecture := func(name string) error {
		_, err := limits.InstanceArchitecture(name)
		return err
	}
	run(t, []check{
		{architecture("t4g"), `"t4g" is not an EC2 instance type; use a family and a size, such as t4g.small`},
		{architecture(""), `"" is not an EC2 instance type; use a family and a size, such as t4g.small`},
		{architecture("T4G.small"), `"T4G.small" is not an EC2 instance type; use a family and a size, such as t4g.small`},
		{architecture("t4g.smal"), `"t4g.smal" is not an EC2 instance type; use a family and a size, such as t4g.small`},
		{architecture("m7g.large "), `"m7g.large " is not an EC2 instance type; use a family and a size, such as t4g.small`},
		{architecture("db.t4g.micro"), `"db.t4g.micro" is a class of databases; use a type of EC2 instances such as t4g.micro`},
		{architecture("t4g.nano"), `"t4g.nano" has 0.5 GiB of memory, too little for Docker, the ECS agent and the application; use t4g.micro or larger`},
		{architecture("m7g.metal"), `"m7g.metal" is bare metal, which starts slower than a deployment waits; use a virtual size such as m7g.xlarge`},
		{architecture("m7i.metal-24xl"), `"m7i.metal-24xl" is bare metal, which starts slower than a deployment waits; use a virtual size such as m7i.xlarge`},
		{limits.VolumeGiB(30), ""},
		{limits.VolumeGiB(16384), ""},
		{limits.VolumeGiB(29), "29 GiB is outside 30 to 16384; use 30"},
		{limits.VolumeGiB(20000), "20000 GiB is outside 30 to 16384; use 16384"},
	})
}
