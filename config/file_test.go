package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

func TestContextIsTakenOutOfTheText(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"beside the settings of the CLI": `{"app": "x", "tags": [{"Key": "a", "Value": "b"}], "watch": {"include": ["**"]}, "context": {"service": "shop"}}`,
		"with a byte order mark":         "\ufeff" + `{"context": {"service": "shop"}}`,
		"of two names that Go confuses":  `{"context": {"service": "shop"}, "Context": {"service": "other"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			context, problems := config.File([]byte(text))
			assert.Empty(t, problems)
			assert.JSONEq(t, `{"service": "shop"}`, string(context))
		})
	}
	for _, text := range []string{`{}`, ``, `{"context": null}`} {
		context, problems := config.File([]byte(text))
		assert.Empty(t, problems, text)
		cfg, err := config.Load(context)
		assert.NoError(t, err)
		assert.Equal(t, defaults(), cfg)
	}
}

func TestTextOfCdkJsonIsJudgedBeforeJavaScriptRewritesIt(t *testing.T) {
	t.Parallel()
	const stray = `beside "context" in cdk.json, where nothing reads it; move it into "context"`
	for text, want := range map[string][]string{
		`[]`:                      {`cdk.json: a list is not an object; use { "app": …, "context": … }`},
		"{\n  \"app\": \"x\",\n}": {"cdk.json: not JSON from line 3, character 1 on; correct it, or restore it with: git checkout cdk.json"},
		"\xff\xfe{\x00}\x00":      {"cdk.json: not in the encoding UTF-8; save it as UTF-8"},
		`{"environments": [], "repository": {}, "fleet": {"minInstances": 3}, "method": "Immutable", "tags": {"team": "web"}, "context": {}}`: {
			"tags: " + stray, "repository: " + stray, "environments: " + stray, "fleet: " + stray, "method: " + stray},
		`{"app": "x", "context": {"service": "a"}, "app": "y", "context": {}}`: {
			"app: written more than once; keep one", "context: written more than once; keep one"},
		`{"context": {"@aws-cdk/core:checkSecretUsage": true, "service": "a", "@aws-cdk/core:checkSecretUsage": false}}`: {
			`["@aws-cdk/core:checkSecretUsage"]: written more than once; keep one`},
		`{"context": {"tags": {"id": 12345678901234567890}, "environments": [{"fleet": {"minInstances": 1e1}, "variables": {"A": 1.0, "A": 2}}]}}`: {
			"tags.id: " + rewritten, "environments[0].fleet.minInstances: 1e1 is not a whole number; use a number such as 2",
			"environments[0].variables.A: written more than once; keep one"},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			_, problems := config.File([]byte(text))
			assert.EqualError(t, problems, message(want...))
		})
	}
}

func TestProblemsAreJoinedOnceForEachSetting(t *testing.T) {
	t.Parallel()
	written := config.Problems{{Path: "tags.b", Message: "as written"}}
	assert.NoError(t, config.Problems(nil).Join(nil))
	assert.Equal(t, written, written.Join(nil))
	assert.Equal(t, assert.AnError, written.Join(assert.AnError))
	assert.EqualError(t, written.Join(config.Problems{{Path: "tags.b", Message: "as read"}, {Path: "service", Message: "no"}}),
		message("service: no", "tags.b: as written"))
}
