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

// A release has to be able to mend what is broken already. Whether it is, only the program's own requests tell.
func TestReleaseAfterFailuresOfTheVersionBefore(t *testing.T) {
	t.Parallel()
	broken := func(status int, headers ...string) func(int64) http.HandlerFunc {
		return func(int64) http.HandlerFunc { return answers(status, headers...) }
	}
	for name, c := range map[string]struct {
		site       func(request int64) http.HandlerFunc
		changes    variables
		suppressed string
		says       string
	}{
		"is blamed for nothing": {broken(http.StatusBadGateway), inTime, "10 of 10 requests failed before this release", ""},
		"is blamed for nothing where some requests went well": {func(n int64) http.HandlerFunc {
			return map[bool]http.HandlerFunc{true: answers(http.StatusOK), false: answers(http.StatusBadGateway)}[n%2 == 0]
		}, inTime, " of 10 requests failed before this release", ""},
		"is blamed after a single one": {func(n int64) http.HandlerFunc {
			return map[bool]http.HandlerFunc{true: answers(http.StatusOK), false: answers(http.StatusBadGateway)}[n != 3]
		}, inTime, "", ""},
		"is blamed where the build waited for a machine meanwhile": {
			broken(http.StatusBadGateway), ago(2 * time.Hour), "", "the version before was not seen alone",
		},
		"is blamed where the new version responded already": {
			broken(http.StatusBadGateway, "X-App-Version", "1a2b3c4"), variables{release.VariableExpectedVersion: "1a2b3c4d5e6f"}, "", "the version before was not seen alone",
		},
		"is blamed where there is no deployment, such as where only the probe is tried again": {
			broken(http.StatusBadGateway), variables{release.VariableProbeStart: "500"}, "", "the version before was not seen alone",
		},
		"is blamed where nobody knows how long the version before serves": {broken(http.StatusBadGateway), variables{release.VariableBeforeLimit: ""}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := deploying("Updating", "Ready")
			if c.changes[release.VariableProbeStart] != "" {
				a = deploying() // nothing
			}
			a.alarm = firing()
			site := serve(t, nil)
			site.handle(func(w http.ResponseWriter, r *http.Request) { c.site(site.seen.Load())(w, r) })
			code, lines := probe(t, a, site, alarmed, inTime, variables{release.VariableSettleLimit: "100"}, c.changes)
			assert.Contains(t, verdict(t, lines), "× 502", "failures are told in any case")
			says(t, lines, c.says)
			if c.suppressed == "" {
				assert.Equal(t, 1, code)
				assert.NotContains(t, strings.Join(lines, "\n"), "suppressed:")
				a.suppresses(t)
				return
			}
			assert.Zero(t, code)
			says(t, lines, c.suppressed+": neither alarms nor failed requests count against this release")
			assert.Regexp(t, "^suppressed: .*"+c.suppressed, lines[len(lines)-1])
			a.suppresses(t, "shop-live")
		})
	}
}

func TestReleaseThatNothingCountsAgainst(t *testing.T) {
	t.Parallel()
	rollback := variables{release.VariableExecution: "1234", "CODEBUILD_INITIATOR": "codepipeline/shop"}

	t.Run("is suppressed all the time, and goes on with a warning when the alarm does not stop", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		a.alarm, a.execution = firing(), "ROLLBACK"
		code, lines := probe(t, a, serve(t, answers(http.StatusOK)), alarmed, rollback,
			variables{release.VariableProbeReport: "50", release.VariableSettleLimit: "200"})
		assert.Zero(t, code)
		says(t, lines, "WARNING: the alarm shop-release still fires 0 minutes after the deployment")
		assert.Greater(t, len(a.quiet(t)["shop-live"]), 2+2+10+3+1, "at once, with every report, and ahead")
		a.suppresses(t, "shop-live")
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
				rollback)
			assert.Equal(t, excused, code == 0)
			assert.Equal(t, excused, strings.Contains(lines[len(lines)-1], "suppressed: this is a rollback to a previous version"))
			asked := a.made(t, "get-pipeline-execution")
			require.Len(t, asked, 1)
			assert.Equal(t, map[string]any{"pipelineName": "shop", "pipelineExecutionId": "1234"}, asked[0].input)
			if execution == "" {
				says(t, lines, "WARNING: the pipeline cannot be asked: aws codepipeline get-pipeline-execution failed")
			}
			if excused {
				a.suppresses(t, "shop-live")
			}
		})
	}
	t.Run("is suppressed when it is stopped, too", func(t *testing.T) {
		t.Parallel()
		site := serve(t, answers(http.StatusServiceUnavailable))
		a := deploying("Updating")
		a.execution = "ROLLBACK"
		p := start(t, a, release.CommandProbe, watching(site), alarmed, rollback)
		require.Eventually(t, func() bool { return site.seen.Load() > 5 }, 10*time.Second, time.Millisecond)
		p.stop(t, syscall.SIGTERM)
		_, _ = p.end(t)
		a.suppresses(t, "shop-live")
	})
	t.Run("is never swapped back, for there is nothing better to go back to", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		code, _ := s.release(t, "v1")
		require.Zero(t, code)
		s.execution, s.brokenLive["v0"] = "ROLLBACK", http.StatusInternalServerError
		code, lines := s.release(t, "v0", rollback)
		assert.Zero(t, code)
		s.serves(t, "shop-blue", "v0")
		assert.Contains(t, verdict(t, lines), "× 500")
	})
	t.Run("replaces a live version that fails, and is not swapped back for what fails then", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.alarm = &alarm{state: "OK", transitioned: time.Now().Add(-time.Hour)}
		code, _ := s.release(t, "v1", alarmed)
		require.Zero(t, code)
		s.suppresses(t, "shop-blue")

		s.metrics, s.alarm = nil, firing()
		s.broken["v1"], s.brokenLive["v1"] = http.StatusInternalServerError, http.StatusInternalServerError
		s.brokenLive["v0"] = http.StatusBadGateway
		code, lines := s.release(t, "v0", alarmed)
		assert.Zero(t, code)
		s.serves(t, "shop-blue", "v0")
		assert.Contains(t, verdict(t, lines), "× 500")
		says(t, lines, "suppressed: 10 of 10 requests failed before this release")
		s.suppresses(t, "shop-blue", "shop-green")
	})
	t.Run("is not one before which the alarm fired, for strangers can make it fire", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.alarm, s.brokenLive["v1"] = firing(), http.StatusBadGateway
		code, lines := s.release(t, "v1", alarmed, variables{release.VariableSwapProbe: "60000"})
		assert.Equal(t, 1, code)
		s.serves(t, "shop-blue", "v0")
		says(t, lines, "more than 0 requests failed; the probe itself saw ")
	})
}
