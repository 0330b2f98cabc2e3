//go:build slow

package release_test

import (
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// watching are the settings of a probe that watches a deployment of a few looks.
func watching(site *website) variables {
	return variables{
		release.VariableEnvironmentName: "shop-live",
		release.VariableProbeURL:        site.url,
		release.VariableProbeTail:       "100",
		release.VariablePoll:            "30",
	}
}

// deploying returns an account whose environment is found in these states, one after the other.
func deploying(statuses ...string) *account {
	e := &environment{name: "shop-live", status: "Ready"}
	for _, status := range statuses {
		e.next = append(e.next, step{status: status})
	}
	return &account{environments: []*environment{e}}
}

func probe(t *testing.T, a *account, site *website, changes ...variables) (int, []string) {
	t.Helper()
	return start(t, a, release.CommandProbe, append([]variables{watching(site)}, changes...)...).end(t)
}

func TestProbe(t *testing.T) {
	t.Parallel()

	t.Run("says that no request failed, and how fast they were", func(t *testing.T) {
		t.Parallel()
		clients := sync.Map{}
		site := serve(t, func(w http.ResponseWriter, r *http.Request) {
			clients.Store(r.RemoteAddr, true)
			w.Header().Set("X-App-Version", "1a2b3c4")
		})
		a := deploying("Ready", "Updating", "Updating", "Ready")
		a.alarm = &alarm{state: "OK"}
		code, lines := probe(t, a, site,
			variables{
				release.VariableExpectedVersion:  "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
				release.VariableCreationVersions: "bootstrap-",
			}, inPipeline, alarmed)

		assert.Zero(t, code)
		failed, sent := counts(t, lines)
		assert.Zero(t, failed)
		assert.EqualValues(t, site.seen.Load(), sent)
		assert.Equal(t, map[string]float64{"1a2b3c4": float64(sent)}, a.byVersion(t, release.MetricAnswers))
		assert.Regexp(t, `^0 of \d+ requests failed during the release of 1a2b3c4$`, verdict(t, lines))
		assert.Regexp(t, `(?m)^latency: p50 \d+ ms, p90 \d+ ms, p99 \d+ ms, max \d+ ms$`, strings.Join(lines, "\n"))
		says(t, lines, "environment shop-live: Updating")
		clients.Range(func(any, any) bool { sent--; return true })
		assert.Zero(t, sent, "every request comes on a connection of its own")
		allows(t, a.calls)
	})
	t.Run("tolerates as many failures as it is told to", func(t *testing.T) {
		t.Parallel()
		site := serve(t, nil)
		site.handle(func(w http.ResponseWriter, _ *http.Request) {
			if site.seen.Load() <= 2 {
				w.WriteHeader(http.StatusBadGateway)
			}
		})
		code, lines := probe(t, deploying("Updating", "Ready"), site, variables{release.VariableProbeMaxFailures: "2"})
		assert.Zero(t, code)
		assert.Contains(t, verdict(t, lines), ": 2 × 502")
	})
	t.Run("ends soon when no deployment begins", func(t *testing.T) {
		t.Parallel()
		code, lines := probe(t, deploying(), serve(t, answers(http.StatusOK, "X-App-Version", "new")),
			variables{release.VariableProbeStart: "50", release.VariableExpectedVersion: "new"})
		assert.Zero(t, code)
		says(t, lines, "no deployment began: it is over already, or there was nothing to deploy")
	})
	t.Run("ends when AWS does not answer, and still tells about the requests", func(t *testing.T) {
		t.Parallel()
		a := deploying()
		a.refuse = map[string]refusal{
			"describe-environments": {code: "Throttling", message: "Rate exceeded"},
			"put-metric-data":       {code: "AccessDenied", message: "not allowed"},
		}
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), variables{release.VariableProbeStart: "50"})
		assert.Zero(t, code)
		says(t, lines, "WARNING: aws elasticbeanstalk describe-environments failed: Throttling: Rate exceeded",
			"WARNING: metrics not published: aws cloudwatch put-metric-data failed: AccessDenied: not allowed")
	})
	t.Run("ends at its limit, whatever the deployment does", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating")
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), variables{release.VariableProbeLimit: "0.005"})
		assert.Zero(t, code)
		says(t, lines, "0.005 minutes are over: the deployment was not watched to its end")
		assert.Contains(t, verdict(t, lines), "0 of ")
	})
	t.Run("ends with its verdict when it is stopped", func(t *testing.T) {
		t.Parallel()
		site := serve(t, answers(http.StatusServiceUnavailable))
		a := deploying("Updating")
		p := start(t, a, release.CommandProbe, watching(site))
		require.Eventually(t, func() bool { return site.seen.Load() > 5 }, 10*time.Second, time.Millisecond)
		p.stop(t, syscall.SIGTERM)
		code, lines := p.end(t)
		assert.Equal(t, 1, code)
		says(t, lines, "stopped: the deployment was not watched to its end")
		assert.Contains(t, verdict(t, lines), "× 503")
		assert.NotEmpty(t, a.metrics)
	})
}
