// Package stacks wires the constructs into what is deployed: for each environment a network, a data
// and a web stack, and one delivery stack that releases to all of them in order.
//
// A stack depends only on stacks before it, and reads their values when it is deployed instead of
// importing exports, so no change of the configuration finds one stack locked by another.
package stacks

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// Service is every stack of a configuration.
type Service struct {
	Environments []Environment
	Delivery     *Delivery
}

// Environment is the stacks of one environment.
type Environment struct {
	Config  config.Environment
	Network *Network
	Data    *Data
	Web     *Web
}

// New defines all stacks of cfg in scope. The repository's first commit is made of the directory
// source. New panics where a construct refuses its props, as CDK itself does.
func New(scope awscdk.Stage, cfg config.Config, source string) *Service {
	service := &Service{}
	for _, env := range cfg.Environments {
		network := NewNetwork(scope, cfg, env)
		data := NewData(scope, cfg, env, network)
		web := NewWeb(scope, cfg, env, network, data)
		service.Environments = append(service.Environments, Environment{env, network, data, web})
	}
	service.Delivery = NewDelivery(scope, cfg, source, service.Environments)
	return service
}

// readable is up to how many environments people read the templates.
const readable = 8

// newStack defines a stack of an environment, or of the whole service where environment is empty.
func newStack(scope awscdk.Stage, cfg config.Config, environment, part, description string) awscdk.Stack {
	name := cfg.Service + "-" + part
	if environment != "" {
		name = Name(cfg, environment) + "-" + part
	}
	stack := awscdk.NewStack(scope, &name, &awscdk.StackProps{
		Description: new(fmt.Sprintf("%s: %s", name, description)),
		Env:         target(cfg),
		// Indentation is a third of a template, and CloudFormation takes no more than 1 MB (User Guide,
		// "Understand CloudFormation quotas").
		SuppressTemplateIndentation: new(len(cfg.Environments) > readable),
	})
	tags := awscdk.Tags_Of(stack)
	tags.Add(new(limits.ServiceTag), &cfg.Service, nil)
	if environment != "" {
		tags.Add(new(limits.EnvironmentTag), &environment, nil)
	}
	for _, key := range slices.Sorted(maps.Keys(cfg.Tags)) {
		tags.Add(&key, new(cfg.Tags[key]), nil)
	}
	return stack
}

// Name is the name of an environment in Elastic Beanstalk and the beginning of its stacks' names.
func Name(cfg config.Config, environment string) string { return cfg.Service + "-" + environment }

// target is the account and region of the configuration. What is not set is left to the CLI.
func target(cfg config.Config) *awscdk.Environment {
	env := &awscdk.Environment{}
	if cfg.Account != "" {
		env.Account = &cfg.Account
	}
	if cfg.Region != "" {
		env.Region = &cfg.Region
	}
	return env
}

// output shows value under name when the stack is deployed.
func output(stack awscdk.Stack, name string, value *string, description string) {
	awscdk.NewCfnOutput(stack, &name, &awscdk.CfnOutputProps{Value: value, Description: &description})
}
