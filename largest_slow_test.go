//go:build slow

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// Every environment adds to the delivery stack, and each role there names the other environments.
func TestTheLargestConfigurationFitsIntoItsTemplates(t *testing.T) {
	var environments []string
	for limits.PipelineStages(len(environments)+1, 0) == nil {
		name := fmt.Sprintf("%s-%02d", strings.Repeat("e", 11), len(environments)) // the longest that BlueGreen takes
		environments = append(environments, fmt.Sprintf(`{"name": %q, "deployment": {"method": "BlueGreen"},
			"certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/0c2ba4e8-1e3a-4a3f-9a49-0123456789ab"}`, name))
	}
	assembly, err := synthesized(fmt.Sprintf(`{"service": %q, "account": "111122223333", "region": "eu-west-1", "environments": [%s]}`,
		strings.Repeat("s", 19), strings.Join(environments, ",")))
	require.NoError(t, err)
	for name, template := range assembly.Stacks {
		// CloudFormation User Guide, "Understand CloudFormation quotas".
		assert.LessOrEqual(t, len(template.Text), 1<<20, "%s: bytes", name)
		assert.LessOrEqual(t, len(template.Resources), 500, "%s: resources", name)
		assert.LessOrEqual(t, len(template.Outputs), 200, "%s: outputs", name)
		t.Logf("%s: %d bytes, %d resources", name, len(template.Text), len(template.Resources))
	}
}
