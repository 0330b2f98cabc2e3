//go:build slow

package release_test

import (
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// unwell answers its first requests in all the ways that are failures, and the others well.
func unwell(t *testing.T) *website {
	t.Helper()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	ways := []http.HandlerFunc{
		answers(http.StatusBadGateway),
		answers(http.StatusServiceUnavailable),
		answers(http.StatusGatewayTimeout),
		answers(http.StatusBadGateway),
		answers(http.StatusNotFound),
		answers(http.StatusMovedPermanently, "Location", "/#top"),
		func(w http.ResponseWriter, _ *http.Request) { // The connection is reset before an answer.
			connection, _, err := w.(http.Hijacker).Hijack()
			if assert.NoError(t, err) {
				_ = connection.(*net.TCPConn).SetLinger(0)
				_ = connection.Close()
			}
		},
		func(w http.ResponseWriter, _ *http.Request) { // The answer is cut short.
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		hang,
		func(w http.ResponseWriter, r *http.Request) { // The answer begins and does not end.
			w.(http.Flusher).Flush()
			hang(w, r)
		},
		answers(http.StatusFound, "Location", "/login"),
	}
	site := serve(t, nil)
	site.handle(func(w http.ResponseWriter, r *http.Request) {
		if n := int(site.seen.Load()); n <= len(ways) {
			ways[n-1](w, r)
		}
	})
	return site
}

func TestProbeCountsFailures(t *testing.T) {
	t.Parallel()
	site, a := unwell(t), deploying(append(slices.Repeat([]string{"Updating"}, 15), "Ready")...)
	code, lines := probe(t, a, site, variables{
		release.VariableProbeTimeout: "500", release.VariableProbeInterval: "40", release.VariableProbeTail: "600",
		release.VariableProbeReport: "200",
	})
	_, sent := counts(t, lines)
	all := strings.Join(lines, "\n")

	t.Run("by what a user would have met, the most frequent first", func(t *testing.T) {
		assert.Regexp(t, `^10 of \d+ requests failed during the release of 1a2b3c4: `+
			`2 × 502, 2 × reset, 2 × timeout, 1 × 404, 1 × 503, 1 × 504, 1 × redirect loop$`, verdict(t, lines))
		assert.Equal(t, 1, code)
	})
	t.Run("and tries nothing twice, and follows no redirect", func(t *testing.T) {
		assert.EqualValues(t, site.seen.Load(), sent)
	})
	t.Run("and goes on sending while requests hang", func(t *testing.T) {
		assert.Greater(t, sent, 11)
	})
	t.Run("and says when they were", func(t *testing.T) {
		assert.Regexp(t, `(?m)^failures \(UTC\): (\d\d:\d\d:\d\d [\w ]+, ){9}\d\d:\d\d:\d\d [\w ]+$`, all)
	})
	t.Run("and counts a timeout among the latencies", func(t *testing.T) {
		assert.Regexp(t, `(?m)^latency: p50 \d+ ms, p90 \d+ ms, p99 \d+ ms, max ([5-9]\d\d|\d{4,}) ms$`, all)
	})
	t.Run("and writes a line of progress now and then", func(t *testing.T) {
		assert.Regexp(t, `(?m)^\d\d:\d\d:\d\d \d+ requests, \d+ failed, latency: p50`, all)
	})
	t.Run("and publishes metrics that add up to what it says", func(t *testing.T) {
		assert.Greater(t, len(a.made(t, "put-metric-data")), 1)
		totals, units := map[string]float64{}, map[string]string{}
		for _, m := range a.metrics {
			totals[m.MetricName] += m.Value
			units[m.MetricName] = m.Unit
			assert.Equal(t, []struct{ Name, Value string }{{release.DimensionApplication, "shop"}}, m.Dimensions)
		}
		assert.EqualValues(t, sent, totals[release.MetricRequests])
		assert.EqualValues(t, 10, totals[release.MetricFailedRequests])
		assert.Equal(t, map[string]string{
			release.MetricRequests: "Count", release.MetricFailedRequests: "Count",
			release.MetricLatencyP50: "Milliseconds", release.MetricLatencyP99: "Milliseconds",
		}, units)
	})
}

func TestProbeForgivesItsOwnNetworkOnce(t *testing.T) {
	t.Parallel()
	hook, err := filepath.Abs("testdata/flaky-dns.mjs")
	require.NoError(t, err)
	for lookups, want := range map[string]int{"3": 0, "3,9": 0, "3,4": 1} {
		t.Run("look-ups that fail: "+lookups, func(t *testing.T) {
			t.Parallel()
			site := serve(t, answers(http.StatusOK))
			site.url = strings.Replace(site.url, "127.0.0.1", "localhost", 1)
			code, lines := probe(t, deploying("Updating", "Ready"), site,
				variables{"NODE_OPTIONS": "--import " + hook, "FLAKY_DNS": lookups, release.VariableProbeTail: "300"})
			assert.Equal(t, want, code)
			assert.Contains(t, verdict(t, lines), "× DNS")
			if want == 0 {
				says(t, lines, "do not count: the network of the probe itself faltered for a moment")
			}
		})
	}
}

func TestProbeNamesWhatHasNoAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		site func(*testing.T) *website
		want string
	}{
		{"a refused connection", refuse, "refused"},
		{"a certificate that nobody signed", serveTLS, "TLS error"},
		// A label of more than 63 characters: no resolver has to be asked.
		{"a name that does not exist", func(*testing.T) *website {
			return &website{url: "http://" + strings.Repeat("a", 64) + ".invalid"}
		}, "DNS"},
		{"the wrong version, once the deployment is over", func(t *testing.T) *website {
			return serve(t, answers(http.StatusOK, "X-App-Version", "old"))
		}, "wrong version"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, lines := probe(t, deploying("Updating", "Ready"), test.site(t),
				variables{release.VariableExpectedVersion: "new"})
			assert.Equal(t, 1, code)
			assert.Regexp(t, `^\d+ of \d+ requests failed during the release of 1a2b3c4: \d+ × `+test.want+`$`,
				verdict(t, lines))
		})
	}
}
