//go:build unix

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// assemble writes a cloud assembly. Its manifest names the stacks whose template is among the files.
func assemble(t *testing.T, files map[string]any) (dir string) {
	t.Helper()
	dir = t.TempDir()
	artifacts := map[string]any{"Tree": map[string]any{"type": "cdk:tree"}}
	for name, content := range files {
		text, err := json.Marshal(content)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
		if stack, is := strings.CutSuffix(name, ".template.json"); is && !strings.HasSuffix(stack, ".nested") {
			artifacts[stack] = map[string]any{"type": "aws:cloudformation:stack", "properties": map[string]any{"templateFile": name}}
		}
	}
	text, err := json.Marshal(map[string]any{"artifacts": artifacts})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), text, 0o600))
	return dir
}

func template(resources map[string]any) map[string]any { return map[string]any{"Resources": resources} }

// environment is one whose deployment policy is method, and whose size comes from elsewhere.
func environment(method string) any {
	option := func(namespace, name string, value any) any {
		return map[string]any{"Namespace": namespace, "OptionName": name, "Value": value}
	}
	return map[string]any{"Type": "AWS::ElasticBeanstalk::Environment", "Properties": map[string]any{"OptionSettings": []any{
		option("aws:elasticbeanstalk:command", "DeploymentPolicy", method),
		option("aws:ec2:vpc", "VPCId", map[string]any{"Ref": "referencetoshopnetwork"}),
	}}}
}

// nested is a stack whose template CDK uploads under a hash.
func nested(hash string) any {
	return map[string]any{"Type": "AWS::CloudFormation::Stack", "Properties": map[string]any{"TemplateURL": map[string]any{
		"Fn::Join": []any{"", []any{"https://s3.", map[string]any{"Ref": "AWS::Region"}, "/bucket/" + hash + ".json"}},
	}}}
}

func assets(files map[string]string) map[string]any {
	list := map[string]any{}
	for hash, path := range files {
		list[hash] = map[string]any{"source": map[string]any{"path": path, "packaging": "file"}}
	}
	return map[string]any{"files": list}
}

func TestEnvironmentIsFoundInTheStackOrInOneNestedInIt(t *testing.T) {
	t.Parallel()
	one, two := strings.Repeat("1", 64), strings.Repeat("2", 64)
	for name, files := range map[string]map[string]any{
		"in the stack": {
			"shop-web.template.json": template(map[string]any{"Web": environment("Immutable")}),
		},
		"in a nested stack": {
			"shop-web.template.json":             template(map[string]any{"Alarms": map[string]any{"Type": "AWS::CloudWatch::Alarm"}, "Nested": nested(one)}),
			"shop-web.assets.json":               assets(map[string]string{one: "shopwebNested.nested.template.json", two: "asset.2"}),
			"shopwebNested.nested.template.json": template(map[string]any{"Web": environment("Immutable")}),
		},
		"in one nested in that": {
			"shop-web.template.json":      template(map[string]any{"Nested": nested(one)}),
			"shop-web.assets.json":        assets(map[string]string{one: "outer.nested.template.json", two: "inner.nested.template.json"}),
			"outer.nested.template.json":  template(map[string]any{"Nested": nested(two)}),
			"inner.nested.template.json":  template(map[string]any{"Web": environment("Immutable")}),
			"shop-delivery.template.json": template(map[string]any{"Foreign": map[string]any{"Type": "AWS::CloudFormation::Stack", "Properties": map[string]any{"TemplateURL": "https://example.com/x.json"}}}),
			"shop-delivery.assets.json":   assets(nil),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := assemble(t, files)
			path, err := findTemplate(dir, "")
			require.NoError(t, err)
			assert.Equal(t, filepath.Join(dir, "shop-web.template.json"), path)
			policy, err := readTemplate(path)
			require.NoError(t, err)
			assert.Equal(t, rollout.Immutable, policy.Method)
		})
	}
}

func TestTwoEnvironmentsAreBlueGreenWhereverTheyLie(t *testing.T) {
	t.Parallel()
	one, two := strings.Repeat("1", 64), strings.Repeat("2", 64)
	dir := assemble(t, map[string]any{
		"shop-web.template.json": template(map[string]any{"Blue": nested(one), "Green": nested(two)}),
		"shop-web.assets.json":   assets(map[string]string{one: "blue.json", two: "green.json"}),
		"blue.json":              template(map[string]any{"Web": environment("AllAtOnce")}),
		"green.json":             template(map[string]any{"Web": environment("AllAtOnce")}),
	})
	path, err := findTemplate(dir, "shop-web")
	require.NoError(t, err)
	policy, err := readTemplate(path)
	require.NoError(t, err)
	assert.Equal(t, rollout.BlueGreen, policy.Method)
}

func TestTemplateIsChosenByTheManifest(t *testing.T) {
	t.Parallel()
	web := template(map[string]any{"Web": environment("Immutable")})
	dir := assemble(t, map[string]any{"app-web.template.json": web, "app-network.template.json": template(nil)})
	gone, err := json.Marshal(web)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "gone-web.template.json"), gone, 0o600))
	path, err := findTemplate(dir, "")
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, "app-web.template.json"), path, "that of a stack that is gone lies about")

	two := assemble(t, map[string]any{"app-web.template.json": web, "other-web.template.json": web})
	_, err = findTemplate(two, "")
	assert.EqualError(t, err, two+" has 2 environments; choose one:\n  -template app-web\n  -template other-web")
	for _, asked := range []string{"other-web", filepath.Join(two, "other-web.template.json")} {
		path, err := findTemplate(two, asked)
		require.NoError(t, err)
		assert.Equal(t, filepath.Join(two, "other-web.template.json"), path)
	}

	for _, dir := range []string{t.TempDir(), assemble(t, nil)} {
		path, err := findTemplate(dir, "")
		require.NoError(t, err)
		assert.Empty(t, path)
	}
}

func TestAssemblyThatIsDamagedIsNamed(t *testing.T) {
	t.Parallel()
	one := strings.Repeat("1", 64)
	dir := assemble(t, map[string]any{
		"shop-web.template.json": template(map[string]any{"Nested": nested(one)}),
		"shop-web.assets.json":   assets(map[string]string{one: "gone.nested.template.json"}),
	})
	_, err := findTemplate(dir, "")
	assert.EqualError(t, err, filepath.Join(dir, "gone.nested.template.json")+" cannot be read: no such file or directory")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("["), 0o600))
	_, err = findTemplate(dir, "")
	assert.EqualError(t, err, filepath.Join(dir, "manifest.json")+" does not hold the JSON that a synth writes; run the synth again")
}
