package constructs_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// resourcesOf returns the resources of one method's environment by logical ID, with the method's
// name and CDK's hashes of paths taken out of both.
func resourcesOf(t *testing.T, method rollout.Method) map[string]constructstest.Resource {
	t.Helper()
	hash := regexp.MustCompile(`([0-9A-F]{8}80)?[0-9A-F]{8}\b`)
	plain := func(s string) string {
		return hash.ReplaceAllString(strings.ReplaceAll(s, string(method), "METHOD"), "")
	}
	own := regexp.MustCompile("^" + string(method) + "[A-Z0-9]")
	all := map[string]constructstest.Resource{}
	for id, resource := range methods.Resources {
		// Rolling is also how RollingWithAdditionalBatch begins.
		if !own.MatchString(id) && !strings.HasPrefix(id, string(method)+"Alarms") ||
			method == rollout.Rolling && strings.HasPrefix(id, string(rollout.RollingWithAdditionalBatch)) {
			continue
		}
		text, err := json.Marshal(resource)
		require.NoError(t, err)
		var renamed constructstest.Resource
		require.NoError(t, json.Unmarshal([]byte(plain(string(text))), &renamed))
		slices.Sort(renamed.DependsOn) // CDK sorts by the hashes too
		all[plain(id)] = renamed
	}
	require.NotEmpty(t, all)
	return all
}

// createOnly are the properties that CloudFormation replaces a resource for (User Guide, AWS resource
// types reference). A type that is not here may not differ between methods at all.
var createOnly = map[string][]string{
	"AWS::ElasticBeanstalk::Environment": {"ApplicationName", "CNAMEPrefix", "EnvironmentName", "SolutionStackName", "Tier"},
	"AWS::CloudFormation::Stack":         nil,
	"AWS::CloudWatch::Alarm":             {"AlarmName"},
	"Custom::DeployedState":              {"ServiceToken"},
	"Custom::Endpoint":                   {"ServiceToken"},
}

func TestChangingTheMethodReplacesNothing(t *testing.T) {
	resources := map[rollout.Method]map[string]constructstest.Resource{}
	for _, method := range rollout.Methods() {
		resources[method] = resourcesOf(t, method)
	}
	const stack = "METHODStandbyNestedStackStandbyNestedStackResource"
	standby := []string{"METHODAlarmsgreen5xx", "METHODAlarmsgreenrelease", "METHODDeployedStateStandby", stack, stack + ".Environment"}
	for _, from := range rollout.Methods() {
		for _, to := range rollout.Methods() {
			t.Run(fmt.Sprintf("from %s to %s", from, to), func(t *testing.T) {
				before, after := resources[from], resources[to]
				t.Run("adds or removes the second environment only", func(t *testing.T) {
					for of, want := range map[rollout.Method]bool{from: to == rollout.BlueGreen, to: from == rollout.BlueGreen} {
						other := before
						if of == from {
							other = after
						}
						var more []string
						for id := range other {
							if _, both := resources[of][id]; !both {
								more = append(more, id)
							}
						}
						slices.Sort(more)
						if want && of != rollout.BlueGreen {
							assert.Equal(t, standby, more)
						} else {
							assert.Empty(t, more)
						}
					}
				})
				t.Run("changes nothing that cannot be changed in place", func(t *testing.T) {
					for id, was := range before {
						is, both := after[id]
						if !both || reflect.DeepEqual(was, is) {
							continue
						}
						fixed, mayDiffer := createOnly[was.Type]
						require.True(t, mayDiffer, "%s %s differs", was.Type, id)
						for _, property := range fixed {
							assert.Equal(t, was.Properties[property], is.Properties[property], "%s %s", id, property)
						}
					}
				})
			})
		}
	}
}
