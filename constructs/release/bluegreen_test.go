//go:build slow

package release_test

import (
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestBlueGreen(t *testing.T) {
	t.Parallel()

	t.Run("releases to whichever environment is idle, and goes back without a deployment", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		code, lines := s.release(t, "v1")
		require.Zero(t, code)
		s.serves(t, "shop-green", "v1")
		assert.Equal(t, []string{
			"put-object", "create-application-version", "update-environment shop-green", "swap-environment-cnames",
		}, s.steps(t))
		assert.Regexp(t, `^0 of \d+ requests failed during the release of v1$`, verdict(t, lines))
		_, sent := counts(t, lines)
		assert.EqualValues(t, s.users.seen.Load(), sent)
		assert.EqualValues(t, 10+4, s.tried.Load(), "ten answers of the live version, two good ones each of the page and the readiness path")

		code, _ = s.release(t, "v2")
		require.Zero(t, code)
		s.serves(t, "shop-blue", "v2")
		assert.Equal(t, "v1", s.runs("shop-green"))

		s.calls = nil
		code, lines = s.release(t, "v1")
		require.Zero(t, code)
		s.serves(t, "shop-green", "v1")
		assert.Equal(t, []string{"swap-environment-cnames"}, s.steps(t))
		says(t, lines, "shop-green runs v1-", "already")
	})
	t.Run("does nothing when it cannot tell which environment is live", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		code, lines := s.release(t, "v1", variables{release.VariableStableCNAME: "sho"})
		assert.Equal(t, 1, code)
		assert.Empty(t, s.steps(t))
		says(t, lines, "cannot tell which is live: shop-blue has "+stable+", shop-green has "+standby+", want sho once")
	})
	t.Run("waits for an environment that is busy, and knows the stable CNAME by its prefix", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.find("shop-blue").next = []step{{status: "Updating"}, {status: "Updating"}, {status: "Ready"}}
		s.find("shop-green").next = []step{{status: "Launching"}, {status: "Ready"}}
		code, _ := s.release(t, "v1", variables{release.VariableStableCNAME: "Shop"})
		assert.Zero(t, code)
		s.serves(t, "shop-green", "v1")
	})
	t.Run("gives up in time when an environment stays busy", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.find("shop-green").status = "Updating"
		code, lines := s.release(t, "v1", variables{release.VariablePrepareLimit: "0.001"})
		assert.Equal(t, 1, code)
		assert.Empty(t, s.steps(t))
		says(t, lines, "in vain for shop-blue and shop-green to be Ready")
	})
	t.Run("is finished by another run when it was cut off after the swap", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		var p *process
		swapped := make(chan struct{})
		s.swapping = func() { close(swapped) }
		p = s.begin(t, "v1", variables{release.VariableSwapProbe: "60000"})
		<-swapped
		p.stop(t, syscall.SIGKILL)
		_, _ = p.end(t)

		// The swap has begun when somebody runs it again.
		for _, e := range s.environments {
			e.next = slices.DeleteFunc(e.next, func(s step) bool { return s.status == "Ready" && s.change == nil })
		}
		s.calls = nil
		code, lines := s.release(t, "v1")
		assert.Zero(t, code)
		s.serves(t, "shop-green", "v1")
		assert.Empty(t, s.steps(t))
		says(t, lines, "is live already: nothing to deploy, only to watch")
		assert.Contains(t, verdict(t, lines), "0 of ")
	})
	t.Run("waits for a live version that is ill, and leaves the previous one where it is", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		code, _ := s.release(t, "v1")
		require.Zero(t, code)
		green := s.find("shop-green")
		green.health, green.next = "Red", []step{{status: "Ready"}, {"Ready", func(e *environment) { e.health = "Green" }}}
		s.users.handle(func(w http.ResponseWriter, _ *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if green.health == "Red" {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		s.calls = nil
		code, _ = s.release(t, "v1")
		assert.Zero(t, code)

		green.health = "Red"
		code, lines := s.release(t, "v1", variables{release.VariableHealthLimit: "50"})
		assert.Equal(t, 1, code)
		says(t, lines, "but is Red, not Green. This release swapped nothing: shop-green was live already")
		assert.Empty(t, s.steps(t))
		s.serves(t, "shop-green", "v1")
		assert.Equal(t, "v0", s.runs("shop-blue"), "the way back is still there")
	})
	t.Run("believes what it sees when the answer to the swap is lost", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.refuse = map[string]refusal{"swap-environment-cnames": {"ServiceUnavailable", "try again", true}}
		code, _ := s.release(t, "v1")
		assert.Zero(t, code)
		s.serves(t, "shop-green", "v1")
	})
	t.Run("replaces a live version that fails already", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.brokenLive["v0"] = http.StatusInternalServerError
		code, lines := s.release(t, "v1")
		assert.Zero(t, code)
		s.serves(t, "shop-green", "v1")
		assert.Contains(t, verdict(t, lines), "× 500")
	})
	t.Run("grows the idle environment again when its scaling shrinks it meanwhile", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		blue, green := s.find("shop-blue"), s.find("shop-green")
		blue.instances, s.scalesIn = 4, 2
		var before int
		s.swapping = func() { before = green.instances }
		code, lines := s.release(t, "v1")
		assert.Zero(t, code)
		assert.Equal(t, 4, before)
		assert.Len(t, s.made(t, "set-desired-capacity"), 3)
		assert.Equal(t, 1, strings.Count(strings.Join(lines, "\n"), "4 instances, as shop-blue has"))
	})
	t.Run("goes live with as many instances as the load has made necessary, and shrinks the idle environment", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		blue, green := s.find("shop-blue"), s.find("shop-green")
		blue.instances, green.minimum = 3, 1
		var before int
		s.swapping = func() { before = green.instances }
		code, _ := s.release(t, "v1", variables{release.VariableShrinkIdle: "true"})
		assert.Zero(t, code)
		assert.Equal(t, 3, before)
		assert.Equal(t, []int{2, 4}, []int{green.minimum, green.maximum})
		assert.Equal(t, []int{1, 4}, []int{blue.minimum, blue.maximum})
		assert.Equal(t, []string{
			"update-environment shop-green", "put-object", "create-application-version", "update-environment shop-green",
			"set-desired-capacity", "swap-environment-cnames", "update-environment shop-blue",
		}, s.steps(t))
	})
}
