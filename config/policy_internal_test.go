package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// fields lists the fields of a policy as rollout names them in its problems.
func fields(policy reflect.Type, prefix string) []string {
	var names []string
	for f := range policy.Fields() {
		if f.Type.Kind() == reflect.Struct {
			names = append(names, fields(f.Type, f.Name+".")...)
			continue
		}
		names = append(names, prefix+f.Name)
	}
	return names
}

func TestEveryFieldOfAPolicyIsASetting(t *testing.T) {
	t.Parallel()
	all := fields(reflect.TypeFor[rollout.Policy](), "")
	assert.Len(t, policySettings, len(all))
	for _, field := range all {
		require.Contains(t, policySettings, field)
		assert.NotPanics(t, func() { setting(reflect.ValueOf(new(Environment)).Elem(), policySettings[field]) }, field)
	}
}

// The rules name their fields as text, so a misspelled one would end in a problem without a path.
func TestEveryFieldThatARuleNamesIsASetting(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob("../constructs/rollout/*[^t].go")
	require.NoError(t, err)
	var rules []byte
	for _, name := range sources {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		rules = append(rules, source...)
	}
	named := regexp.MustCompile(`\{"rollout/[^"]+", "([^"]+)"`).FindAllSubmatch(rules, -1)
	require.NotEmpty(t, named)
	for _, match := range named {
		assert.Contains(t, policySettings, string(match[1]))
	}
}

func TestDefaultsAreThoseOfRollout(t *testing.T) {
	t.Parallel()
	cfg, err := Load(nil)
	require.NoError(t, err)
	want := rollout.Policy{}.WithDefaults()
	// These are unknown to rollout; the configuration knows the types of the instances.
	want.Connections = rollout.Connections{PerInstance: 5, Limit: 81}
	want.Subnets = rollout.Subnets{Addresses: 4096, Shared: true}
	want.Fleet.HourlyPrice = 0.0168
	assert.Equal(t, want, cfg.Environments[0].Policy().WithDefaults())
}

func TestOverridesNameSettings(t *testing.T) {
	t.Parallel()
	for _, o := range overrides {
		assert.NotPanics(t, func() { setting(reflect.ValueOf(new(Environment)).Elem(), o.path) }, o.name)
		index, _ := fieldIndex(reflect.TypeFor[Config](), o.name)
		assert.Negative(t, index, "%s would hide the setting of the same name", o.name)
	}
}
