package stacks

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs"
)

// Network is the stack with the VPC of an environment.
type Network struct {
	Stack   awscdk.Stack
	Network *constructs.Network
}

// NewNetwork defines the network stack of env.
func NewNetwork(scope awscdk.Stage, cfg config.Config, env config.Environment) *Network {
	stack := newStack(scope, cfg, env.Name, "network", "VPC, subnets and routes")
	answerZoneLookup(stack, cfg)
	network := constructs.NewNetwork(stack, "Network", constructs.NetworkProps{
		CIDR:             env.Network.CIDR,
		Zones:            env.Network.Zones,
		NAT:              constructs.NAT(env.Network.NAT),
		LogRetentionDays: cfg.LogRetentionDays,
		EncryptionKey:    encryptionKey(stack, cfg),
		Disposable:       cfg.Disposable,
	})
	fix(stack, "CIDR", "network.cidr", env.Network.CIDR.String(), "the network")
	return &Network{Stack: stack, Network: network}
}

// answerZoneLookup keeps CDK from asking AWS for the zones once account and region are known. The
// zones are taken with Fn::GetAZs all the same; CDK looks them up only to check that, and takes
// these placeholders of its own for "not known".
func answerZoneLookup(stack awscdk.Stack, cfg config.Config) {
	if cfg.Account == "" || cfg.Region == "" {
		return
	}
	stack.Node().SetContext(new(fmt.Sprintf("availability-zones:account=%s:region=%s", cfg.Account, cfg.Region)),
		[]string{"dummy1a", "dummy1b", "dummy1c"})
}
