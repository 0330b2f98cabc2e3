package limits

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// BundleDirectories are the directories that Elastic Beanstalk acts on when they lie in the root of
// a source bundle (Developer Guide, "Advanced environment customization with configuration files
// (.ebextensions)" and "Extending Elastic Beanstalk Linux platforms").
var BundleDirectories = []string{".ebextensions", ".platform"}

// image is a reference that always means the same version: with a tag or a digest.
var image = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127}|(:\w[\w.-]{0,127})?@sha256:[0-9a-f]{64})$`)

// BundleExtra checks what is deployed although the template did not decide it or the build did not make it, and
// the reason.
func BundleExtra(name, reason string) error {
	directory := slices.Contains(BundleDirectories, name)
	switch {
	case !directory && !image.MatchString(name):
		return fmt.Errorf("%s is neither a directory that Elastic Beanstalk acts on nor an image with a tag or digest; use %s, or an image such as public.ecr.aws/nginx/nginx:1.28",
			Quote(name), strings.Join(BundleDirectories, " or "))
	case strings.TrimSpace(reason) != "":
		return Reason(reason, "it is deployed")
	case directory:
		return errors.New("a directory that changes what the templates decided needs a reason; say in words why it is deployed, or leave it out")
	}
	return errors.New("an image that the pipeline does not build needs a reason; say in words why it is deployed, or leave it out")
}

// BundleRisk describes what is given up where name is allowed.
func BundleRisk(name string) string {
	if slices.Contains(BundleDirectories, name) {
		return name + " of the repository is deployed and can change what the template decided"
	}
	return "the image " + name + " is deployed although the pipeline does not build it"
}
