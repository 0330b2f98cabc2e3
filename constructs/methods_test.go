package constructs_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// resourcesOf renders the resources of one method's environment, with the method's name and CDK's
// hashes of paths taken out, and without the option settings.
func resourcesOf(t *testing.T, method rollout.Method) map[string]string {
	t.Helper()
	hash := regexp.MustCompile(`([0-9A-F]{8}80)?[0-9A-F]{8}\b`)
	plain := func(s string) string {
		return hash.ReplaceAllString(strings.ReplaceAll(s, string(method), "METHOD"), "")
	}
	own := regexp.MustCompile("^" + string(method) + "[A-Z]")
	all := map[string]string{}
	for id, resource := range methods.Resources {
		// Rolling is also how RollingWithAdditionalBatch begins.
		if !own.MatchString(id) || method == rollout.Rolling && strings.HasPrefix(id, string(rollout.RollingWithAdditionalBatch)) {
			continue
		}
		delete(resource.Properties, "OptionSettings")
		delete(resource.Properties, "Settings")
		for i, other := range resource.DependsOn {
			resource.DependsOn[i] = plain(other)
		}
		slices.Sort(resource.DependsOn) // CDK sorts by the hashes too
		text, err := json.Marshal(resource)
		require.NoError(t, err)
		all[plain(id)] = plain(string(text))
	}
	require.NotEmpty(t, all)
	return all
}

// Option settings are updated without replacing anything (CloudFormation User Guide,
// AWS::ElasticBeanstalk::Environment). So a change of method replaces nothing exactly if nothing but
// them differs.
func TestChangingTheMethodReplacesNothing(t *testing.T) {
	resources := map[rollout.Method]map[string]string{}
	for _, method := range available {
		resources[method] = resourcesOf(t, method)
	}
	for _, from := range available {
		for _, to := range available {
			t.Run(fmt.Sprintf("from %s to %s", from, to), func(t *testing.T) {
				assert.Equal(t, resources[from], resources[to])
			})
		}
	}
}
