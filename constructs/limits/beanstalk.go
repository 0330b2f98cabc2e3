package limits

import (
	"fmt"
	"strings"
)

var beanstalkName = whole(`[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]`)

// BeanstalkName checks the name of an Elastic Beanstalk environment (API reference,
// CreateEnvironment, EnvironmentName).
func BeanstalkName(s string) error {
	if beanstalkName.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%s is not 4 to 40 letters, digits and hyphens that neither begin nor end with a hyphen; "+
		"use a name such as shop-production", Quote(s))
}

// Sibling checks the name of another environment than the one called own.
func Sibling(name, own string) error {
	if name == own {
		return fmt.Errorf("%s is the environment itself; remove it", Quote(name))
	}
	return BeanstalkName(name)
}

var repositoryName = whole(`[A-Za-z0-9_.-]{1,100}`)

// RepositoryName checks the name of a CodeCommit repository (API reference, CreateRepository).
func RepositoryName(s string) error {
	if repositoryName.MatchString(s) && !strings.HasSuffix(s, ".git") {
		return nil
	}
	return fmt.Errorf("%s is not 1 to 100 letters, digits, periods, underscores and hyphens without .git at the end; "+
		"use a name such as shop", Quote(s))
}

// maxStages is the number of stages of a pipeline, of which the source and the build take one each
// (CodePipeline User Guide, "Quotas in AWS CodePipeline").
const maxStages = 50

// PipelineStages checks that one pipeline can serve so many environments, some of them after an
// approval.
func PipelineStages(environments, approvals int) error {
	stages := 2 + environments + approvals
	if stages <= maxStages {
		return nil
	}
	return fmt.Errorf("%d environments and %d approvals make a pipeline of %d stages, and it can have %d; use at most %d of both together",
		environments, approvals, stages, maxStages, maxStages-2)
}

// StandbyName is the name of the second environment of blue/green releases.
func StandbyName(name string) string { return name + "-green" }

// StandbyFits checks that the second environment of blue/green releases can be called so.
func StandbyFits(name string) error {
	if BeanstalkName(name) != nil || BeanstalkName(StandbyName(name)) == nil {
		return nil // what is wrong with the name itself is not said twice
	}
	return fmt.Errorf("BlueGreen calls its second environment %s, which is longer than 40 characters; use shorter names, or Immutable", StandbyName(name))
}
