package cdkcontext_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/cdkcontext"
)

// in makes a directory with this cdk.json, or none where it is empty, the working directory.
func in(t *testing.T, cdk string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if cdk != "" {
		require.NoError(t, os.WriteFile("cdk.json", []byte(cdk), 0o600))
	}
	for _, name := range []string{cdkcontext.Variable, cdkcontext.OverflowVariable} {
		t.Setenv(name, "") // restores it afterwards
		require.NoError(t, os.Unsetenv(name))
	}
}

// passed sets the variables as the CLI does. An empty text stands for none.
func passed(t *testing.T, small, rest string) {
	t.Helper()
	if small != "" {
		t.Setenv("CDK_CONTEXT_JSON", small)
	}
	if rest != "" {
		path := filepath.Join(t.TempDir(), "context-overflow.json")
		require.NoError(t, os.WriteFile(path, []byte(rest), 0o600))
		t.Setenv("CONTEXT_OVERFLOW_LOCATION_ENV", path)
	}
}

func TestContextIsTheOneThatTheCLIPasses(t *testing.T) {
	const file = `{"app": "x", "context": {"service": "file"}}`
	for name, c := range map[string]struct{ cdk, small, rest, want string }{
		"none: that of cdk.json":        {file, "", "", `{"service": "file"}`},
		"in the variable":               {file, `{"service": "passed"}`, "", `{"service": "passed"}`},
		"in the variable, without file": {"", `{"service": "passed"}`, "", `{"service": "passed"}`},
		"the end in a file":             {file, `{"service": "passed"}`, `{"region": "eu-west-1"}`, `{"region": "eu-west-1", "service": "passed"}`},
		"all in a file":                 {file, `{}`, `{"service": "passed"}`, `{"service": "passed"}`},
		"no room for a variable":        {file, "", `{"service": "passed"}`, `{"service": "passed"}`},
		"null beside a file":            {file, `null`, `{"service": "passed"}`, `{"service": "passed"}`},
		"a key in both":                 {file, `{"service": "variable"}`, `{"service": "rest"}`, `{"service": "rest"}`},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, c.cdk)
			passed(t, c.small, c.rest)
			context, err := cdkcontext.Read()
			require.NoError(t, err)
			assert.JSONEq(t, c.want, string(context.JSON))
			_, err = context.Config()
			assert.NoError(t, err)
		})
	}
	t.Run("the same bytes wherever it is cut", func(t *testing.T) {
		in(t, file)
		read := func(small, rest string) string {
			passed(t, small, rest)
			context, err := cdkcontext.Read()
			require.NoError(t, err)
			return string(context.JSON)
		}
		assert.Equal(t, read(`{"a": {"x": 1,  "b": 2}}`, `{"b": 1, "c": 2}`), read(`{"a": {"x": 1,"b": 2}, "b": 1}`, `{"c": 2}`))
	})
}

func TestContextThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct{ cdk, small, rest, want string }{
		"nowhere":               {"", "", "", "cdk.json: not found in this directory; run from the root of the repository"},
		"a variable of nothing": {"", "x", `{}`, "CDK_CONTEXT_JSON: the context that the CDK CLI passes is not a JSON object; run the CLI again"},
		"a file of a list":      {"", `{}`, `[]`, "CONTEXT_OVERFLOW_LOCATION_ENV: the context that the CDK CLI passes is not a JSON object; run the CLI again"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, c.cdk)
			passed(t, c.small, c.rest)
			_, err := cdkcontext.Read()
			assert.EqualError(t, err, c.want)
		})
	}
	t.Run("a file that is gone", func(t *testing.T) {
		in(t, "{}")
		t.Setenv(cdkcontext.OverflowVariable, "gone.json")
		_, err := cdkcontext.Read()
		assert.EqualError(t, err, "the context that the CDK CLI left in gone.json (CONTEXT_OVERFLOW_LOCATION_ENV): no such file or directory; run the CLI again")
	})
	t.Run("a file of another format", func(t *testing.T) {
		in(t, "{\n  // what this is for\n}")
		_, err := cdkcontext.Read()
		assert.EqualError(t, err, "1 problem in the configuration (cdk.json and -c):\n"+
			"  cdk.json: not JSON from line 2, character 3 on; correct it, or restore it with: git checkout cdk.json")
	})
	t.Run("a directory", func(t *testing.T) {
		in(t, "")
		require.NoError(t, os.Mkdir("cdk.json", 0o700))
		_, err := cdkcontext.Read()
		assert.EqualError(t, err, "cdk.json: is a directory")
	})
}

// The CLI has parsed cdk.json before the app reads the context: what JavaScript loses is in the file alone.
func TestWhatTheCLILosesIsFoundInTheFile(t *testing.T) {
	in(t, `{"environments": [], "context": {"service": "a", "service": "shop", "tags": {"id": 12345678901234567890}, "region": "Dublin"}}`)
	passed(t, `{"service": "shop", "tags": {"id": 12345678901234567000}, "region": "Dublin"}`, "")
	context, err := cdkcontext.Read()
	require.NoError(t, err)
	_, err = context.Config()
	assert.EqualError(t, err, `4 problems in the configuration (cdk.json and -c):
  service: written more than once; keep one
  region: "Dublin" is not a region's name; use one such as eu-west-1
  tags.id: a number that JavaScript rewrites, such as 1.0 as 1, or with more than 15 digits; put the value in quotes
  environments: beside "context" in cdk.json, where nothing reads it; move it into "context"`)
}

func TestKeysCanBeSetAsWithTheCLI(t *testing.T) {
	for _, text := range []string{`{"context": {"service": "shop", "region": "eu-west-1"}}`, `{"context": null}`, `{}`} {
		in(t, text)
		context, err := cdkcontext.Read()
		require.NoError(t, err)
		context, err = context.With(map[string]string{"service": "other", "minInstances": "3"})
		require.NoError(t, err)
		cfg, err := context.Config()
		require.NoError(t, err)
		assert.Equal(t, "other", cfg.Service)
		assert.Equal(t, 3, cfg.Environments[0].Fleet.MinInstances)
	}
	in(t, `{"context": []}`)
	context, err := cdkcontext.Read()
	require.NoError(t, err)
	_, err = context.With(map[string]string{"service": "other"})
	assert.ErrorContains(t, err, "context: a list is not an object")
}

// shipped is the context that the repository ships, and its feature flags.
func shipped(t *testing.T) (context, flags map[string]json.RawMessage) {
	t.Helper()
	text, err := os.ReadFile("../../cdk.json")
	require.NoError(t, err)
	var cdk struct {
		Context map[string]json.RawMessage `json:"context"`
	}
	require.NoError(t, json.Unmarshal(text, &cdk))
	flags = map[string]json.RawMessage{}
	for key, value := range cdk.Context {
		if strings.HasPrefix(key, "@") {
			flags[key] = value
		}
	}
	return cdk.Context, flags
}

var update = flag.Bool("update", false, "rewrite flags.json")

// What is shipped is written in cdk.json; flags.json is made of it.
func TestFeatureFlagsAreThoseOfCdkJson(t *testing.T) {
	_, flags := shipped(t)
	want, err := json.MarshalIndent(flags, "", "  ")
	require.NoError(t, err)
	want = append(want, '\n')
	if *update {
		require.NoError(t, os.WriteFile("flags.json", want, 0o644))
	}
	got, err := os.ReadFile("flags.json")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "cdk.json ships other feature flags: run this test with -update")
}

func TestEveryFlagThatIsLostOrChangedIsNamed(t *testing.T) {
	t.Parallel()
	judge := func(change func(map[string]json.RawMessage)) error {
		context, _ := shipped(t)
		change(context)
		text, err := json.Marshal(context)
		require.NoError(t, err)
		_, err = cdkcontext.Context{JSON: text}.CheckFlags().Config()
		return err
	}
	assert.NoError(t, judge(func(c map[string]json.RawMessage) {}))
	assert.NoError(t, judge(func(c map[string]json.RawMessage) { c["@aws-cdk/core:bootstrapQualifier"] = json.RawMessage(`"mine"`) }), "keys that are no flags")
	assert.EqualError(t, judge(func(c map[string]json.RawMessage) {
		c["service"] = json.RawMessage(`"?"`)
		delete(c, "@aws-cdk/core:checkSecretUsage")
		c["@aws-cdk/core:defaultCrossStackReferences"] = json.RawMessage(`"strong"`)
		c["@aws-cdk/core:target-partitions"] = json.RawMessage(`["aws"]`)
		c["@aws-cdk/aws-iam:minimizePolicies"] = json.RawMessage(`"true"`)
	}), `5 problems in the configuration (cdk.json and -c):
  service: "?" is not 2 to 20 lower-case letters, digits and single hyphens that begin with a letter; use a name such as shop
  @aws-cdk/aws-iam:minimizePolicies: another value than true; use true, with which the templates are tested
  @aws-cdk/core:checkSecretUsage: missing, which changes the templates; add "@aws-cdk/core:checkSecretUsage": true
  @aws-cdk/core:defaultCrossStackReferences: another value than "weak"; use "weak", with which the templates are tested
  @aws-cdk/core:target-partitions: another value than ["aws","aws-cn"]; use ["aws","aws-cn"], with which the templates are tested`)
	_, flags := shipped(t)
	for flag := range flags {
		assert.ErrorContains(t, judge(func(c map[string]json.RawMessage) { delete(c, flag) }), fmt.Sprintf("add %q: ", flag))
		assert.ErrorContains(t, judge(func(c map[string]json.RawMessage) { c[flag] = json.RawMessage("1") }), flag+": another value")
	}
	for _, context := range []string{"", "{}", "null", `{"service": "shop"}`} {
		_, err := cdkcontext.Context{JSON: []byte(context)}.CheckFlags().Config()
		assert.EqualError(t, err, fmt.Sprintf("1 problem in the configuration (cdk.json and -c):\n  context: %d of CDK's %[1]d feature flags are missing, "+
			"keys that begin with @aws-cdk; put the configuration beside them as `git show HEAD:cdk.json` has it", len(flags)), context)
	}
}
