package constructs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
)

func TestLogs(t *testing.T) {
	// streamed are the options by which Beanstalk keeps its log groups or deletes them.
	streamed := func(template constructstest.Template, environment string) (values []any) {
		for _, o := range template.Only(t, "AWS::ElasticBeanstalk::Environment", environment).At("OptionSettings").([]any) {
			if constructstest.At(o, "OptionName") == "DeleteOnTerminate" {
				values = append(values, constructstest.At(o, "Value"))
			}
		}
		return values
	}
	t.Run("outlive their stack, but not its failed creation", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, methods, encrypted} {
			assert.NotEmpty(t, template.Of("AWS::Logs::LogGroup"))
			for id, group := range template.Of("AWS::Logs::LogGroup") {
				assert.Equal(t, "RetainExceptOnCreate", group.DeletionPolicy, id)
				assert.Equal(t, "Retain", group.UpdateReplacePolicy, id)
			}
		}
		assert.Equal(t, []any{"false", "false"}, streamed(smallest, "Web"))
	})
	t.Run("go with their stack for a reason", func(t *testing.T) {
		for id, group := range everything.Of("AWS::Logs::LogGroup") {
			assert.Equal(t, "Delete", group.DeletionPolicy, id)
		}
		assert.Equal(t, []any{"true", "true"}, streamed(everything, "Staging"))
	})
	t.Run("have names that nothing retained can have", func(t *testing.T) {
		for _, template := range []constructstest.Template{smallest, everything, methods, encrypted} {
			for id, group := range template.Of("AWS::Logs::LogGroup") {
				assert.Nil(t, group.At("LogGroupName"), id)
			}
		}
	})
}
