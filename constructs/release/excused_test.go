//go:build slow

package release_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestExcusedRelease(t *testing.T) {
	t.Parallel()

	t.Run("is excused all the time, and goes on with a warning when the alarm does not stop", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		a.alarm = firing()
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), alarmed,
			variables{release.VariableProbeReport: "50", release.VariableSettleLimit: "200"})
		assert.Zero(t, code)
		says(t, lines, "WARNING: the alarm shop-release still fires 0 minutes after the deployment")
		reports := 0
		for _, m := range a.metrics {
			if m.MetricName == release.MetricExcused {
				reports++
			}
		}
		assert.Greater(t, reports, 2+2+10+3+1, "at once, with every report, and ahead")
		a.excuses(t)
	})
	for execution, excused := range map[string]bool{"ROLLBACK": true, "STANDARD": false, "": false} {
		t.Run("is every rollback to a previous version, before any alarm: "+execution, func(t *testing.T) {
			t.Parallel()
			a := deploying("Updating", "Ready")
			a.execution = execution
			if execution == "" {
				a.refuse = map[string]refusal{"get-pipeline-execution": {code: "AccessDenied", message: "not allowed"}}
			}
			code, lines := probe(t, a, serve(t, answers(http.StatusBadGateway)), alarmed,
				variables{release.VariableExecution: "1234", "CODEBUILD_INITIATOR": "codepipeline/shop"})
			assert.Equal(t, excused, code == 0)
			assert.Equal(t, excused, strings.Contains(lines[len(lines)-1], "excused: this is a rollback to a previous version"))
			asked := a.made(t, "get-pipeline-execution")
			require.Len(t, asked, 1)
			assert.Equal(t, map[string]any{"pipelineName": "shop", "pipelineExecutionId": "1234"}, asked[0].input)
			if execution == "" {
				says(t, lines, "WARNING: the pipeline cannot be asked: aws codepipeline get-pipeline-execution failed")
			}
			if excused {
				a.excuses(t)
			}
		})
	}
	t.Run("is excused when it is stopped, too", func(t *testing.T) {
		t.Parallel()
		site := serve(t, answers(http.StatusServiceUnavailable))
		a := deploying("Updating")
		a.alarm = firing()
		p := start(t, a, release.CommandProbe, watching(site), alarmed)
		require.Eventually(t, func() bool { return site.seen.Load() > 5 }, 10*time.Second, time.Millisecond)
		p.stop(t, syscall.SIGTERM)
		_, _ = p.end(t)
		a.excuses(t)
	})
	t.Run("is never swapped back, for there is nothing better to go back to", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		code, _ := s.release(t, "v1")
		require.Zero(t, code)
		s.execution, s.brokenLive["v0"] = "ROLLBACK", http.StatusInternalServerError
		code, lines := s.release(t, "v0", variables{release.VariableExecution: "1234", "CODEBUILD_INITIATOR": "codepipeline/shop"})
		assert.Zero(t, code)
		s.serves(t, "shop-blue", "v0")
		assert.Contains(t, verdict(t, lines), "× 500")
	})
	t.Run("may be the rollback of a version that made the alarm fire, and is not swapped back for it", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.alarm = &alarm{state: "OK", transitioned: time.Now().Add(-time.Hour)}
		code, _ := s.release(t, "v1", alarmed)
		require.Zero(t, code)
		s.excusesNothing(t)

		s.alarm = &alarm{state: "ALARM", transitioned: time.Now()}
		s.swapping = func() { s.brokenLive["v1"] = http.StatusInternalServerError }
		code, lines := s.release(t, "v0", alarmed)
		assert.Zero(t, code)
		s.serves(t, "shop-blue", "v0")
		assert.Contains(t, verdict(t, lines), "× 500")
		says(t, lines, "excused: the alarm shop-release fired before this release")
		s.excuses(t)
	})
}
