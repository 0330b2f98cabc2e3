//go:build slow

package release_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestProbeLooksAtVersions(t *testing.T) {
	t.Parallel()

	t.Run("counts the answers of each version, if its name is one and they are few", func(t *testing.T) {
		t.Parallel()
		site := serve(t, nil)
		site.handle(func(w http.ResponseWriter, _ *http.Request) {
			names := []string{"no name", strings.Repeat("v", 65), "v1", "v2", "v3", "v4", "v5", "v6", "v7"}
			if n := int(site.seen.Load()); n <= len(names) {
				w.Header().Set("X-App-Version", names[n-1])
			}
		})
		a := deploying("Updating", "Ready")
		code, _ := probe(t, a, site, variables{release.VariableProbeTail: "300", release.VariableProbeReport: "100"})
		assert.Zero(t, code)
		answers := a.byVersion(t, release.MetricAnswers)
		assert.Len(t, answers, 5)
		for version := range answers {
			assert.Regexp(t, `^v\d$`, version)
		}
	})
	t.Run("does not take a date for a commit", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		code, _ := probe(t, a, serve(t, answers(http.StatusOK, "X-App-Version", "20261126")), variables{
			release.VariableExpectedVersion: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", release.VariableProbeTail: "300",
		})
		assert.Zero(t, code)
	})
	t.Run("counts the instances of each version", func(t *testing.T) {
		t.Parallel()
		site := serve(t, nil)
		site.handle(func(w http.ResponseWriter, _ *http.Request) {
			n := int(site.seen.Load()) % 6
			w.Header().Set("X-App-Version", []string{"v1", "v2", "v2", "v2", "v2", "v3"}[n])
			if n < 5 {
				w.Header().Set("X-Instance", []string{"i-1", "i-2", "i-3", "i-4", "i-2"}[n])
			}
		})
		a := deploying("Updating", "Ready")
		code, _ := probe(t, a, site, variables{release.VariableProbeTail: "600", release.VariableProbeReport: "60000"})
		assert.Zero(t, code)
		assert.Equal(t, map[string]float64{"v1": 1, "v2": 3}, a.byVersion(t, release.MetricInstances))
	})
	t.Run("does not mind which version answers before the environment stays Ready", func(t *testing.T) {
		t.Parallel()
		a := deploying("Ready", "Updating", "Ready", "Updating", "Updating", "Updating", "Updating", "Updating", "Ready")
		version := "old"
		a.environments[0].next[8].change = func(*environment) { version = "new" }
		site := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			a.mu.Lock()
			defer a.mu.Unlock()
			w.Header().Set("X-App-Version", version)
		})
		code, lines := probe(t, a, site, variables{
			release.VariableExpectedVersion: "new", release.VariableProbeTail: "300", release.VariablePoll: "60",
		})
		assert.Zero(t, code)
		assert.Contains(t, verdict(t, lines), "0 of ")
		assert.Equal(t, 3, strings.Count(strings.Join(lines, "\n"), "environment shop-live: Ready"))
	})
	t.Run("compares no commit with a version that is counted in another way", func(t *testing.T) {
		t.Parallel()
		for version, code := range map[string]int{"2.3.1": 0, "5f3d2a1": 1, "1a2b3c4": 0, "placeholder": 1} {
			got, _ := probe(t, deploying("Updating", "Ready"), serve(t, answers(http.StatusOK, "X-App-Version", version)),
				variables{release.VariableExpectedVersion: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"})
			assert.Equal(t, code, got, version)
		}
	})
	t.Run("fails when Elastic Beanstalk goes back to the previous version by itself", func(t *testing.T) {
		t.Parallel()
		code, lines := probe(t, deploying("Updating", "Updating", "Ready"),
			serve(t, answers(http.StatusOK, "X-App-Version", "old")), variables{
				release.VariableExpectedVersion: "new", release.VariableAllowDowntime: "true",
			})
		assert.Equal(t, 1, code)
		assert.Contains(t, verdict(t, lines), "× wrong version")
	})
}

// byVersion returns what a metric adds up to, by version.
func (a *account) byVersion(t *testing.T, name string) map[string]float64 {
	t.Helper()
	sums := map[string]float64{}
	for _, m := range a.metrics {
		if m.MetricName == name && assert.Len(t, m.Dimensions, 2) {
			assert.Equal(t, []string{release.DimensionApplication, "shop", release.DimensionVersion},
				[]string{m.Dimensions[0].Name, m.Dimensions[0].Value, m.Dimensions[1].Name})
			sums[m.Dimensions[1].Value] += m.Value
		}
	}
	return sums
}
