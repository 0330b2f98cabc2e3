package config_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

// configurationCase is a line of a file of configurations, with what is to be said of it.
type configurationCase struct {
	Name                  string
	Ctx                   json.RawMessage
	Want, Refused, Warned string
}

func casesIn(t *testing.T, file string) (all []configurationCase) {
	t.Helper()
	lines, err := os.ReadFile(file)
	require.NoError(t, err)
	for line := range strings.Lines(string(lines)) {
		var c configurationCase
		require.NoError(t, json.Unmarshal([]byte(line), &c))
		all = append(all, c)
	}
	require.NotEmpty(t, all)
	return all
}

// Each line of testdata/accepted.jsonl is a configuration that reads well and cannot work, or that
// somebody wrote to mean the contrary, with a part of the only problem that is to be reported.
func TestConfigurationsThatReadWellAndCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range casesIn(t, "testdata/accepted.jsonl") {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			_, err := load(c.Ctx)
			var problems config.Problems
			require.ErrorAs(t, err, &problems)
			require.Len(t, problems, 1, "%v", err)
			assert.Contains(t, problems[0].Path+": "+problems[0].Message, c.Want)
		})
	}
}

func TestWhatOnlyAWSKnowsIsAccepted(t *testing.T) {
	t.Parallel()
	for _, context := range []string{
		`{"region": "eusc-de-east-1", "environments": [{"certificateArn": "arn:aws-eusc:acm:eusc-de-east-1:111122223333:certificate/12345678"}]}`,
		first(`"fleet": {"instanceType": "t9g.large"}`),
		first(`"database": {"instanceClass": "db.m9g.large", "version": "21", "name": "catalog"}`),
		first(`"variables": {"FEATURES": "a,b;c", "URL": "https://example.com/?a=b&c=d"}`),
		`{"tags": {"environment": "prod", "service": "web"}}`,
	} {
		_, err := load(context)
		assert.NoError(t, err, context)
	}
}
