package limits

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// BundleDirectories are the directories that Elastic Beanstalk acts on when they lie in the root of
// a source bundle (Developer Guide, "Advanced environment customization with configuration files
// (.ebextensions)" and "Extending Elastic Beanstalk Linux platforms").
var BundleDirectories = []string{".ebextensions", ".platform"}

// BundleDirectory checks one of them that is deployed, and the reason.
func BundleDirectory(name, reason string) error {
	if !slices.Contains(BundleDirectories, name) {
		return fmt.Errorf("%s is not a directory that Elastic Beanstalk acts on; use %s", Quote(name), strings.Join(BundleDirectories, " or "))
	}
	if strings.TrimSpace(reason) == "" {
		return errors.New("a directory that changes what the templates decided needs a reason; say in words why it is deployed, or leave it out")
	}
	return Reason(reason, "it is deployed")
}
