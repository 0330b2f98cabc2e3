package config_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// problemLine is a path of visible characters, a colon and a message.
var problemLine = regexp.MustCompile(`^  (context|[A-Za-z0-9_-]|\[).*: .+$`)

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", "[]", `{"service": 1e999, "service": null, "tags": {"a": 1.0, "a": [null]}}`, `{"environments": {"a": null}, "x": null}`, `{"environments": [{}, {"name": "b2"}], "minInstances": "3"}`,
		`{"service": 5, "tags": {"a": true}, "environments": [{"fleet": {"minInstances": -1, "maxInstances": "0"}}]}`,
		`{"": {}, "a.b[0]": 1, "environments": [null, {"deployment": {"evaluationMinutes": 1000000}}]}`,
		`{"environments": [{"variables": {"": "\u0000", "A": "x"}, "secrets": {"B": "arn:aws:ssm:eu-west-1:111122223333:parameter/x"}}]}`,
		`{"method": "BlueGreen", "shrinkIdle": "true", "bakeMinutes": "5", "environments": [{"deployment": {"minInService": 0, "probePath": "", "probeHost": "shop.example.com:443"}}]}`,
		`{"configurationUpdates": "", "minInstances": 1, "maxInstances": 1, "method": "Immutable", "environments": [{"alarms": {"healthyHosts": 0}}]}`,
		`{"environments": [{"allowHTTP": true, "allowEgress": {"all": "a", "tcp/1-0": " "}}, {"allowHTTP": "an internal tool", "name": "b2", "allowEgress": {"udp/1-2": "a game of ours"}}]}`,
		`{"environments": [{"network": {"zones": 1}, "fleet": {"scaleInPercent": 99}, "database": {"connectionsPerInstance": 5000}, "alarms": {"health": "Ok"}}]}`,
	} {
		f.Add([]byte(seed))
	}
	written, err := json.Marshal(everything())
	require.NoError(f, err)
	f.Add(written)
	f.Fuzz(func(t *testing.T, context []byte) {
		_, written := config.File(context)
		for _, problem := range written {
			require.NotContains(t, problem.Path+problem.Message, "\n")
		}
		cfg, err := config.Load(context)
		if err != nil {
			var problems config.Problems
			require.True(t, errors.As(err, &problems) && len(problems) > 0)
			lines := strings.Split(err.Error(), "\n")
			require.Len(t, lines, 1+len(problems), "each problem is one line")
			for _, line := range lines[1:] {
				require.Regexp(t, problemLine, line)
				if !goWords.Match(context) {
					require.NotRegexp(t, goWords, line)
				}
			}
			return
		}
		acceptable(t, cfg)
	})
}

// acceptable holds what the rest of the app relies on.
func acceptable(t *testing.T, cfg config.Config) {
	t.Helper()
	require.NotEmpty(t, cfg.Environments)
	require.NoError(t, limits.ServiceName(cfg.Service))
	names := map[string]bool{}
	for _, e := range cfg.Environments {
		require.NoError(t, limits.EnvironmentName(e.Name))
		require.NoError(t, e.Policy().Validate())
		require.NoError(t, limits.CIDR(e.Network.CIDR))
		assert.LessOrEqual(t, len(cfg.Service+"-"+e.Name), 40)
		assert.GreaterOrEqual(t, e.Fleet.MaxInstances, e.Fleet.MinInstances)
		assert.NoError(t, limits.Path(e.Deployment.ProbePath))
		assert.True(t, e.CertificateArn != "" || e.AllowHTTP != "")
		if e.Deployment.ProbeHost != "" {
			assert.NoError(t, limits.HostName(e.Deployment.ProbeHost))
		}
		assert.NoError(t, limits.HealthyHosts(e.Alarms.HealthyHosts, e.Fleet.MaxInstances))
		names[e.Name] = true
	}
	require.Len(t, names, len(cfg.Environments))
	written, err := json.Marshal(cfg)
	require.NoError(t, err)
	again, err := config.Load(written)
	require.NoError(t, err)
	require.Equal(t, cfg, again, "a configuration reads back as itself")
}
