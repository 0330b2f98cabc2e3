package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/stacks"
)

const kmsKey = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// With a key of one's own, no rule about encryption at rest in cdk-nag's packs finds anything, and no later
// change of that key replaces anything.
func TestKmsKeyArn(t *testing.T) {
	cfg, err := config.Load([]byte(`{"kmsKeyArn": "` + kmsKey + `", "notifyEmail": "ops@example.com",
		"environments": [{"name": "showcase", "allowHTTP": "a demo"}, {"name": "trial", "allowHTTP": "a demo", "approval": true, "deployment": {"method": "BlueGreen"}}]}`))
	require.NoError(t, err)
	encrypted, err := constructstest.Synth(func(app awscdk.App) {
		stacks.New(app, cfg, source)
		for _, pack := range packs {
			awscdk.Aspects_Of(app).Add(pack.checks(), nil)
		}
	})
	require.NoError(t, err)

	t.Run("leaves no finding about encryption", func(t *testing.T) {
		about, ran := regexp.MustCompile(`Encrypt|KMS|^AwsSolutions-CB4`), map[string]bool{}
		for _, finding := range encrypted.Findings {
			rule, _, _ := strings.Cut(finding.Description, ":")
			pack, _ := packOf(finding.Description)
			ran[pack] = true
			assert.NotRegexp(t, about, rule, "%v", finding.Paths)
		}
		for _, pack := range packs {
			assert.True(t, ran[pack.name], "%s has other findings, so it has run", pack.name)
		}
	})
	t.Run("cannot change what was created with another key", func(t *testing.T) {
		for _, name := range []string{"zero-downtime-showcase-data", "zero-downtime-delivery"} {
			before, template := standard.Stacks[name], encrypted.Stacks[name]
			assert.Empty(t, refused(t, template, template), "%s: the first deployment, and one without a change", name)
			assert.Empty(t, refused(t, before, before), "%s: without a key", name)
			const refusal = "kmsKeyArn: another one than at the first deployment would replace "
			require.Len(t, refused(t, before, template), 1, "%s: a key that comes later", name)
			assert.Contains(t, refused(t, before, template)[0], refusal)
			require.Len(t, refused(t, template, before), 1, "%s: a key that is taken away", name)
			assert.Contains(t, refused(t, template, before)[0], refusal)
		}
	})
	t.Run("protects all stacks with something that a key encrypts for life", func(t *testing.T) {
		for name, template := range encrypted.Stacks {
			forLife := len(template.Of("AWS::RDS::DBInstance"))+len(template.Of("AWS::ECR::Repository")) > 0
			assert.Equal(t, forLife, strings.Contains(string(template.Text), `"KmsKeyStays"`), name)
		}
	})
}

// The policy in the documentation is the one that the constructs give a key of their own.
func TestEncryptionPageIsUpToDate(t *testing.T) {
	const page = "docs/encryption.md"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	policy, err := json.MarshalIndent(map[string]any{
		"Version": "2012-10-17", "Statement": constructs.KeyPolicy("aws", "eu-west-1", "111122223333", "amazonaws.com"),
	}, "", "  ")
	require.NoError(t, err)
	section := regexp.MustCompile(`(?s)(<!-- policy:[^\n]*-->\n).*(<!-- /policy -->)`)
	require.Regexp(t, section, string(text))
	got := section.ReplaceAllStringFunc(string(text), func(old string) string {
		parts := section.FindStringSubmatch(old)
		return parts[1] + "\n```json\n" + string(policy) + "\n```\n\n" + parts[2]
	})
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(got), 0o644))
		return
	}
	assert.True(t, got == string(text), "%s is not up to date; run: go test . -update", page)
}

// What nobody is told of may be a bad release. Only the showcase is silent about it.
func TestEverySynthWarnsWhereNobodyIsNotified(t *testing.T) {
	const warning = "nobody is notified of failed releases and alarms; set notifyEmail"
	warned := func(assembly constructstest.Assembly) bool {
		for _, finding := range assembly.Findings {
			if finding.Description == warning {
				assert.False(t, finding.Fails())
				return true
			}
		}
		return false
	}
	assert.False(t, warned(standard), "the showcase")
	assert.False(t, warned(full), "with notifyEmail")
	other, err := synthesized(`{"service": "shop"}`)
	require.NoError(t, err)
	assert.True(t, warned(other))
}
