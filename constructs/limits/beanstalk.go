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

var repositoryName = whole(`[A-Za-z0-9_.-]{1,100}`)

// RepositoryName checks the name of a CodeCommit repository (API reference, CreateRepository).
func RepositoryName(s string) error {
	if repositoryName.MatchString(s) && !strings.HasSuffix(s, ".git") {
		return nil
	}
	return fmt.Errorf("%s is not 1 to 100 letters, digits, periods, underscores and hyphens without .git at the end; "+
		"use a name such as shop", Quote(s))
}
