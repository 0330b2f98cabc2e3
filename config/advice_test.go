package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

// homes are the objects in which the settings of a fix stand.
var homes = map[string]string{"minInstances": "fleet", "maxInstances": "fleet", "scaleInPercent": "fleet", "scaleOutPercent": "fleet",
	"intervalSeconds": "health", "timeoutSeconds": "health", "healthyThreshold": "health", "connectionsPerInstance": "database", "zones": "network"}

// write puts a setting of an environment where it belongs; nothing removes it.
func write(environment map[string]any, name string, value any) {
	home := homes[name]
	if home == "" {
		home = "deployment"
	}
	object, _ := environment[home].(map[string]any)
	if object == nil {
		object = map[string]any{}
		environment[home] = object
	}
	if object[name] = value; value == nil {
		delete(object, name)
	}
}

// follow does the first thing that the message of a problem says.
func follow(t *testing.T, environment map[string]any, problem config.Problem) {
	t.Helper()
	fix := problem.Message[strings.LastIndex(problem.Message, "; ")+2:]
	fix = strings.TrimPrefix(regexp.MustCompile(`, or |, | or `).Split(fix, 2)[0], "use ")
	for part := range strings.SplitSeq(strings.ReplaceAll(fix, " with ", " and "), " and ") {
		name, value, _ := strings.Cut(part, " ")
		path := problem.Path[strings.LastIndex(problem.Path, ".")+1:]
		switch {
		case name == "remove":
			write(environment, value, nil)
		case value != "":
			write(environment, name, value)
		case name[0] >= 'A' && name[0] <= 'Z':
			write(environment, "method", name)
		default:
			write(environment, path, name)
		}
	}
}

func TestTheFirstFixOfWhatIsWrittenWorks(t *testing.T) {
	t.Parallel()
	const big = `"database": {"instanceClass": "db.r6g.16xlarge"}`
	fleet := func(least, most int) string {
		return fmt.Sprintf(`%s, "fleet": {"minInstances": %d, "maxInstances": %d}`, big, least, most)
	}
	for _, written := range []string{
		`"deployment": {"drainSeconds": 600, "idleTimeoutSeconds": 600}`,
		`"deployment": {"commandTimeoutSeconds": 1}`,
		`"deployment": {"commandTimeoutSeconds": 151}`,
		`"deployment": {"commandTimeoutSeconds": 5000}`,
		`"deployment": {"idleTimeoutSeconds": 1800}`,
		`"deployment": {"drainSeconds": 3}`,
		`"deployment": {"drainSeconds": 4000}`,
		`"deployment": {"minInService": -1}`,
		`"deployment": {"minInService": 10000}, "fleet": {"maxInstances": 3}`,
		`"deployment": {"method": "Immutable", "configurationUpdates": "Rolling", "minInService": 9999}, "fleet": {"minInstances": 1, "maxInstances": 2}`,
		`"deployment": {"configurationUpdates": "Rolling"}, ` + fleet(10, 40),
		`"deployment": {"method": "AllAtOnce", "configurationUpdates": "Rolling"}, ` + fleet(2, 40),
		`"deployment": {"method": "BlueGreen", "idleTimeoutSeconds": 300}, ` + fleet(10, 40),
		`"deployment": {"method": "BlueGreen", "batchSize": 50, "idleTimeoutSeconds": 1}, ` + fleet(1, 40),
		`"deployment": {"method": "AllAtOnce", "batchSize": 50}, ` + fleet(2, 40),
		`"deployment": {"method": "BlueGreen", "batchSize": 20}, "fleet": {"minInstances": 1, "maxInstances": 1}, "database": {"connectionsPerInstance": 5000}`,
		`"deployment": {"method": "TrafficSplitting", "minInService": 39}, "fleet": {"minInstances": 2, "maxInstances": 2}`,
		`"deployment": {"shrinkIdle": true}, ` + fleet(1, 40),
		`"deployment": {"method": "AllAtOnce", "allowDowntime": true, "downtimeReason": "a demo"}, ` + fleet(10, 40),
		`"deployment": {"allowDowntime": true, "downtimeReason": "a demo"}`,
		`"deployment": {"commandTimeoutSeconds": 151}, "health": {"timeoutSeconds": 60}`,
		`"health": {"timeoutSeconds": 10}, "deployment": {"method": "Immutable"}`,
		`"deployment": {"method": "Immutable"}, "database": {"connectionsPerInstance": 20}`,
		`"fleet": {"minInstances": 1}, "alarms": {"latencyMilliseconds": 5000}`,
	} {
		t.Run(written, func(t *testing.T) {
			t.Parallel()
			var environment map[string]any
			require.NoError(t, json.Unmarshal([]byte("{"+written+"}"), &environment))
			left := 1000
			for {
				context, err := json.Marshal(map[string]any{"environments": []any{environment}})
				require.NoError(t, err)
				_, err = load(context)
				if err == nil {
					return
				}
				var problems config.Problems
				require.True(t, errors.As(err, &problems))
				require.Less(t, len(problems), left, "the fix has mended a problem and brought none: %v", err)
				left = len(problems)
				follow(t, environment, problems[0])
			}
		})
	}
}

func TestFixesSuitTheWholeConfiguration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ context, want, not string }{
		{first(`"deployment": {"drainSeconds": 3}, "alarms": {"latencyMilliseconds": 5000}`), "; use drainSeconds 60", "idleTimeoutSeconds 3"},
		{first(`"deployment": {"method": "Immutable"}, "alarms": {"healthyHosts": 2}, "database": {"connectionsPerInstance": 20}`),
			"use connectionsPerInstance 9 or an instanceClass that accepts 165 connections", "Rolling"},
		{`{"environments": [{"name": "prod", "deployment": {"shrinkIdle": true}}, {"name": "prod-green"}]}`, "; remove shrinkIdle", "BlueGreen"},
		{`{"service": "a-service-of-20-long", "environments": [{"name": "environmentofm16", "deployment": {"shrinkIdle": true}}]}`, "; remove shrinkIdle", "BlueGreen"},
	} {
		t.Run(c.context, func(t *testing.T) {
			t.Parallel()
			_, err := load(c.context)
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, strings.SplitN(err.Error(), "; ", 2)[1], c.not)
		})
	}
}

func TestBlueGreenTakesNoNameOfAnother(t *testing.T) {
	t.Parallel()
	const line = `environments[%d].name: "prod-green" is also what BlueGreen calls the second environment of environments[%d], "prod"; use another`
	two := []string{`{"name": "prod", "deployment": {"method": "BlueGreen"}}`, `{"name": "prod-green"}`}
	refuse(t, []bad{
		{`{"environments": [` + strings.Join(two, ",") + `]}`, []string{fmt.Sprintf(line, 1, 0)}},
		{`{"environments": [` + two[1] + "," + two[0] + `]}`, []string{fmt.Sprintf(line, 0, 1)}},
	})
	_, err := load(`{"environments": [{"name": "prod"}, {"name": "prod-green", "deployment": {"method": "BlueGreen"}}]}`)
	assert.NoError(t, err)
}

func TestAlarmsThatCannotSoundOrEndAreRefused(t *testing.T) {
	t.Parallel()
	refuse(t, []bad{
		{first(`"alarms": {"healthyHosts": 2}`), say("alarms.healthyHosts: a good release leaves 1 in service, fewer than 2 healthy instances, so it would be put back; use 1")},
		{first(`"alarms": {"errorPercent": 100, "connectionsPercent": 100}`), say("alarms.errorPercent: 100 percent is outside 1 to 49; use 49", "alarms.connectionsPercent: 100 percent is outside 1 to 99; use 99")},
		{first(`"alarms": {"latencyMilliseconds": 30001}`), say("alarms.latencyMilliseconds: 30001 milliseconds are hardly ever reached, for the load balancer gives a request up after 60 s; use 30000")},
		{first(`"alarms": {"latencyMilliseconds": 9}`), say("alarms.latencyMilliseconds: 9 milliseconds is outside 10 to 60000; use 10")},
		{first(`"alarms": {"connectionsPercent": 24}`), say("alarms.connectionsPercent: the fleet may open 20 of 81 connections, more than 24 percent, so the alarm would sound without need; use 25")},
		{first(`"alarms": {"connectionsPercent": 94}`), say("alarms.connectionsPercent: an application can take 76 of 81 connections, no more than 94 percent, so the alarm would never sound; use 93")},
		{first(`"alarms": {"cpuCredits": 50}, "database": {"instanceClass": "db.m7g.large"}`), say("alarms.cpuCredits: db.m7g.large has no CPU credits, so the alarm would never sound; leave it out")},
		{first(`"alarms": {"cpuCredits": 300}`), say("alarms.cpuCredits: db.t4g.micro saves up 288 credits at most, fewer than 300, so the alarm would never end; use 288 or a larger class")},
	})
	for _, fine := range []string{`"alarms": {"healthyHosts": 2}, "deployment": {"method": "Immutable"}`, `"deployment": {"idleTimeoutSeconds": 6}`, `"database": {"instanceClass": "db.m7g.large"}`,
		`"alarms": {"cpuCredits": 300}, "database": {"instanceClass": "db.t4g.small"}`} {
		_, err := load(first(fine))
		assert.NoError(t, err, fine)
	}
}

func TestOnlyRefusedMethodsMayBeCompared(t *testing.T) {
	t.Parallel()
	for context, accepted := range map[string]bool{
		`{}`: true, `{"batchSize": "2"}`: true, `{"method": "AllAtOnce"}`: true, `{"minInstances": "20"}`: true,
		`{"batchSize": "9"}`: false, `{"method": "Canary"}`: false, `{"region": "Dublin"}`: false,
	} {
		_, err := config.LoadToCompare([]byte(context))
		assert.Equal(t, accepted, err == nil, "%s: %v", context, err)
	}
}
