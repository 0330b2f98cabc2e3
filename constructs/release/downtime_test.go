//go:build slow

package release_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestProbeWhereDowntimeIsAllowed(t *testing.T) {
	t.Parallel()
	allowed := variables{release.VariableAllowDowntime: "true"}

	// deployingWithDowntime returns an account and its site, which does not answer while the
	// environment is updated.
	deployingWithDowntime := func(t *testing.T) (*account, *website) {
		a := deploying("Updating", "Updating", "Updating", "Ready")
		down := true
		a.environments[0].next[3].change = func(*environment) { down = false }
		return a, serve(t, func(w http.ResponseWriter, _ *http.Request) {
			a.mu.Lock()
			defer a.mu.Unlock()
			if down {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
	}
	t.Run("tells of failures during the deployment and does not count them", func(t *testing.T) {
		t.Parallel()
		a, site := deployingWithDowntime(t)
		code, lines := probe(t, a, site, allowed)
		assert.Zero(t, code)
		assert.Contains(t, verdict(t, lines), "× 503")
		says(t, lines, "do not count: downtime is allowed until the deployment is over")
		assert.Empty(t, a.made(t, "describe-alarms"))
	})
	t.Run("counts those after the deployment", func(t *testing.T) {
		t.Parallel()
		code, lines := probe(t, deploying("Updating", "Ready"), serve(t, answers(http.StatusBadGateway)), allowed)
		assert.Equal(t, 1, code)
		assert.Contains(t, verdict(t, lines), "× 502")
	})
	t.Run("waits until the alarm has stopped, and asks on meanwhile", func(t *testing.T) {
		t.Parallel()
		a, site := deployingWithDowntime(t)
		a.alarm = &alarm{state: "OK", transitioned: time.Now()}
		a.alarm.next = []string{"OK", "ALARM", "ALARM", "ALARM", "INSUFFICIENT_DATA"}
		code, lines := probe(t, a, site, allowed, alarmed)
		assert.Zero(t, code)
		says(t, lines, "the alarm shop-release still fires: waiting for it to stop")
		assert.GreaterOrEqual(t, len(a.made(t, "describe-alarms")), 5)
		_, sent := counts(t, lines)
		assert.Greater(t, sent, 10)
		a.suppresses(t)
	})
	t.Run("fails when the alarm goes on", func(t *testing.T) {
		t.Parallel()
		a, site := deployingWithDowntime(t)
		a.alarm = &alarm{state: "ALARM", transitioned: time.Now().Add(time.Hour)}
		code, lines := probe(t, a, site, allowed, alarmed, variables{release.VariableSettleLimit: "100"})
		assert.Equal(t, 1, code)
		verdict(t, lines)
		assert.Regexp(t, `FAILED: the alarm shop-release still fires 0 minutes after the deployment, since .*; the probe itself saw \d+ of \d+ requests fail`, lines[len(lines)-1])
	})
}
