//go:build slow

package release_test

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// minutes are those since a deployment: how many requests took longer than the limit of three seconds, and of
// how many.
type minutes [][2]int

func TestLatencyOfTheProbe(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		minutes    minutes
		limit      int
		slowBefore bool
		want       string
	}{
		"is bad where it is in two of five minutes":         {minutes: minutes{{6, 60}, {0, 60}, {0, 60}, {0, 60}, {7, 60}}, want: "7 of 60 and 6 of 60 requests in a minute took longer than 3000 ms"},
		"is not judged before two minutes have passed":      {minutes: minutes{{60, 60}}},
		"is good again after five minutes":                  {minutes: minutes{{60, 60}, {60, 60}, {0, 60}, {0, 60}, {0, 60}, {0, 60}}},
		"is good where fewer than a tenth are slow":         {minutes: minutes{{5, 60}, {5, 60}, {5, 60}, {5, 60}, {5, 60}}},
		"is not judged by a single request in a minute":     {minutes: minutes{{1, 3}, {1, 3}, {1, 3}, {1, 3}, {1, 3}}},
		"allows an instance that is slow at first":          {minutes: minutes{{30, 60}, {0, 60}, {0, 60}, {0, 60}, {0, 60}}},
		"does not count where it was so before the release": {minutes: minutes{{60, 60}, {60, 60}}, slowBefore: true},
		"is not judged without a limit":                     {minutes: minutes{{60, 60}, {60, 60}}, limit: -3000},
		"is not judged without requests":                    {minutes: minutes{{0, 0}, {0, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			input, err := json.Marshal(map[string]any{"minutes": c.minutes, "limit": 3000 + c.limit, "ignoreLatency": c.slowBefore})
			require.NoError(t, err)
			output, err := exec.Command(node, "testdata/latency.mjs", installed, string(input)).CombinedOutput()
			require.NoError(t, err, "%s", output)
			assert.Equal(t, c.want, strings.TrimSpace(string(output)))
		})
	}
}

// slow takes longer than quick allows.
func slow(http.ResponseWriter, *http.Request) { time.Sleep(400 * time.Millisecond) }

// quick makes minutes of a fifth of a second.
var quick = variables{
	release.VariableProbeMaxLatency: "300", release.VariableProbeReport: "200", release.VariableProbeTimeout: "5000",
}

func TestSlowRequestsOfTheProbe(t *testing.T) {
	t.Parallel()
	t.Run("roll a release back, with what the probe saw", func(t *testing.T) {
		t.Parallel()
		code, lines := probe(t, deploying("Updating", "Ready"), serve(t, slow), quick, long)
		assert.Equal(t, 1, code)
		assert.Regexp(t, `FAILED: \d+ of \d+ and .* requests in a minute took longer than 300 ms; the probe itself saw 0 of \d+ requests fail \(0 %\)$`, lines[len(lines)-1])
	})
	t.Run("do not count where they were as slow before", func(t *testing.T) {
		t.Parallel()
		code, lines := probe(t, deploying("Updating", "Ready"), serve(t, slow), quick, inTime, variables{release.VariableProbeTail: "7000"})
		assert.Zero(t, code)
		says(t, lines, "requests took as long before this release: latency does not count against it")
	})
	t.Run("swap back by blue/green", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		answer := s.users.handler.Load().(http.HandlerFunc)
		s.users.handle(func(w http.ResponseWriter, r *http.Request) {
			if s.runs(s.live()) == "v1" {
				slow(w, r)
			}
			answer(w, r)
		})
		code, lines := s.release(t, "v1", quick, variables{release.VariableSwapProbe: "60000"})
		assert.Equal(t, 1, code)
		s.serves(t, "shop-blue", "v0")
		says(t, lines, " requests in a minute took longer than 300 ms; the probe itself saw 0 of ", "Swapped back: shop-blue serves again")
	})
}
