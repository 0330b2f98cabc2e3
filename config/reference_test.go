package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

func TestReferenceDescribesEverySettingAndOverride(t *testing.T) {
	t.Parallel()
	reference := config.Reference()
	assert.Equal(t, reference, config.Reference(), "the reference is the same every time")
	for _, line := range []string{
		"| `service` | `zero-downtime` | The name of the application; it begins the name of every stack and of the repository. 2 to 20 lower-case letters, digits and hyphens, beginning with a letter. |",
		"| `region` | the region of the CLI's credentials | The AWS region to deploy to, such as eu-west-1. |",
		"| `tags` | none | Names and values that are put on every resource that can carry them, at most 45. Names must not differ only in case. Name is reserved, in any case; service and environment, in lower case, replace the tags of every stack. Values must not be empty. |",
		"| `environments[].approval` | `false` | Makes each release wait for a person before it reaches this environment. |",
		"### `environments[].fleet`\n\nThe web instances of an environment.\n\n| setting | default | meaning |",
		"| `environments[].fleet.minInstances` | `2` | The smallest number of instances, 1 to 10000. |",
		"| `environments[].fleet.maxInstances` | twice minInstances | The largest number of instances, minInstances to 10000. |",
		"| `-c batchSize=…` | `environments[].deployment.batchSize` |",
	} {
		assert.Contains(t, reference, line)
	}
	for line := range strings.Lines(reference) {
		if strings.HasPrefix(line, "|") {
			assert.NotRegexp(t, `\|\s*\|`, line, "a cell is empty")
		}
	}
}
