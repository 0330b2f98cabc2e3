package limits_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestBundleDirectoryNeedsANameThatMattersAndAReason(t *testing.T) {
	t.Parallel()
	for _, name := range limits.BundleDirectories {
		assert.NoError(t, limits.BundleDirectory(name, "a swap file"))
	}
	assert.EqualError(t, limits.BundleDirectory(".platform", " "),
		"a directory that changes what the templates decided needs a reason; say in words why it is deployed, or leave it out")
	assert.EqualError(t, limits.BundleDirectory("platform/", "x"),
		`"platform/" is not a directory that Elastic Beanstalk acts on; use .ebextensions or .platform`)
}
