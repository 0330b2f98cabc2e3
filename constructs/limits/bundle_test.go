package limits_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestBundleExtraNeedsANameThatMattersAndAReason(t *testing.T) {
	t.Parallel()
	const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, name := range append([]string{
		"nginx:1.28", "public.ecr.aws/nginx/nginx:1.28", "localhost:5000/team/proxy:v1", "nginx" + digest, "team/proxy:1" + digest,
	}, limits.BundleDirectories...) {
		assert.NoError(t, limits.BundleExtra(name, "a swap file"), name)
	}
	for name, message := range map[string]string{
		".platform":  "a directory that changes what the templates decided needs a reason; say in words why it is deployed, or leave it out",
		"nginx:1.28": "an image that the pipeline does not build needs a reason; say in words why it is deployed, or leave it out",
	} {
		assert.EqualError(t, limits.BundleExtra(name, " "), message)
	}
	for _, name := range []string{"platform/", "hooks", "nginx", "IMAGE", "a,b:1", "nginx:1.28 "} {
		assert.ErrorContains(t, limits.BundleExtra(name, "a swap file"), "is neither a directory that Elastic Beanstalk acts on nor an image with a tag or digest; "+
			"use .ebextensions or .platform, or an image such as public.ecr.aws/nginx/nginx:1.28", name)
	}
}
