package constructs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A template that suits every partition asks for the partition when it is deployed.
func TestLinksLeadToTheConsoleOfThePartition(t *testing.T) {
	var template struct{ Conditions map[string]any }
	require.NoError(t, json.Unmarshal(everything.Text, &template))
	assert.Equal(t, map[string]any{"Fn::Equals": []any{map[string]any{"Ref": "AWS::Partition"}, "aws-cn"}}, template.Conditions["IsAWSCN"])

	links := 0
	for id, rule := range everything.Of("AWS::Events::Rule") {
		text := fmt.Sprint(rule.At("Targets.0.InputTransformer.InputTemplate"))
		if !strings.Contains(text, "/codesuite/") {
			continue
		}
		links++
		for _, host := range []string{"console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com", "console.amazonaws-eusc.eu"} {
			assert.Contains(t, text, host, id)
		}
	}
	assert.NotZero(t, links)
}
