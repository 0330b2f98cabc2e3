//go:build slow

package release_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// slowFrom takes long to answer some of the requests that come once the deployment is over.
func slowFrom(t *testing.T, a *account, slow func(request int64) bool) *website {
	site := serve(t, nil)
	var over int64
	site.handle(func(w http.ResponseWriter, _ *http.Request) {
		a.mu.Lock()
		n := site.seen.Load()
		if over == 0 && a.environments[0].status == "Ready" && len(a.environments[0].next) == 0 {
			over = n
		}
		since := n - over
		a.mu.Unlock()
		if over > 0 && slow(since) {
			time.Sleep(400 * time.Millisecond)
		}
	})
	return site
}

// A minute is 400 ms in which twenty requests are sent, and a slow request takes more than 250 ms.
var briefMinutes = variables{
	release.VariableProbeMaxLatency: "250", release.VariableProbeReport: "400", release.VariableProbeTimeout: "1000",
	release.VariableProbeTail: "3500",
}

func TestLatencyOfTheProbe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		slow    func(int64) bool
		changes variables
		failed  bool
		says    string
	}{
		"rolls a release back where requests are slow in two of five minutes": {
			slow: func(int64) bool { return true }, failed: true,
		},
		"counts no single request in a minute": {slow: func(n int64) bool { return n%40 == 5 }},
		"counts no first requests of a new instance, which lie in one minute": {
			slow: func(n int64) bool { return n < 8 },
		},
		"is not judged without a limit": {
			slow: func(int64) bool { return true }, changes: variables{release.VariableProbeMaxLatency: ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := deploying("Updating", "Updating", "Updating", "Ready")
			code, lines := probe(t, a, slowFrom(t, a, c.slow), briefMinutes, c.changes)
			assert.Equal(t, c.failed, code == 1)
			assert.Contains(t, verdict(t, lines), "0 of ")
			if c.failed {
				assert.Regexp(t, `FAILED: \d+ of \d+ and \d+ of \d+.* requests in a minute took longer than 250 ms; the probe itself saw 0 of \d+ requests fail \(0 %\)$`, lines[len(lines)-1])
			}
		})
	}
	t.Run("does not count where requests were as slow before", func(t *testing.T) {
		t.Parallel()
		a := deploying(append(slices.Repeat([]string{"Updating"}, 5), "Ready")...)
		site := serve(t, func(http.ResponseWriter, *http.Request) { time.Sleep(400 * time.Millisecond) })
		code, lines := probe(t, a, site, briefMinutes, inTime)
		assert.Zero(t, code)
		says(t, lines, "requests took as long before this release: latency does not count against it")
	})
	t.Run("swaps back by blue/green", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		answer := s.users.handler.Load().(http.HandlerFunc)
		s.users.handle(func(w http.ResponseWriter, r *http.Request) {
			if s.runs(s.live()) == "v1" {
				time.Sleep(400 * time.Millisecond)
			}
			answer(w, r)
		})
		code, lines := s.release(t, "v1", briefMinutes, variables{release.VariableSwapProbe: "60000"})
		assert.Equal(t, 1, code)
		s.serves(t, "shop-blue", "v0")
		says(t, lines, " requests in a minute took longer than 250 ms; the probe itself saw 0 of ", "Swapped back: shop-blue serves again")
	})
}
