//go:build slow

package release_test

import (
	"net/http"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestBlueGreenLeavesUsersAlone(t *testing.T) {
	t.Parallel()

	t.Run("when it is stopped during the deployment", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		var once sync.Once
		deployed := make(chan struct{})
		s.deployed = func(e *environment, label string) {
			e.version, e.health = label, "Yellow"
			once.Do(func() { close(deployed) })
		}
		p := s.begin(t, "v1")
		<-deployed
		p.stop(t, syscall.SIGTERM)
		code, lines := p.end(t)
		s.untouched(t, code, lines)
		says(t, lines, "FAILED: stopped.")
	})
	t.Run("when the deployment fails", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.deployed = func(*environment, string) {}
		code, lines := s.release(t, "v1")
		s.untouched(t, code, lines)
		says(t, lines, "shop-green was not deployed to: it runs bootstrap-0", "ERROR Command failed on instance")
	})
	t.Run("when the new version never becomes healthy, and deploys it again when asked again", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.deployed = func(e *environment, label string) { e.version, e.health = label, "Red" }
		code, lines := s.release(t, "v1", variables{release.VariableHealthLimit: "50"})
		s.untouched(t, code, lines)
		says(t, lines, "but is Red, not Green")

		s.deployed = nil
		code, lines = s.release(t, "v1")
		assert.Zero(t, code)
		s.serves(t, "shop-green", "v1")
		says(t, lines, "was registered before")
	})
	t.Run("when the new version does not answer well", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.broken["v1"] = http.StatusServiceUnavailable
		code, lines := s.release(t, "v1", variables{release.VariableTrialLimit: "50"})
		s.untouched(t, code, lines)
		says(t, lines, "shop-green did not give 2 good answers in a row; the last bad one: /readyz: 503")
	})
}

func TestBlueGreenAfterATroubledSwap(t *testing.T) {
	t.Parallel()

	t.Run("swaps back when users' requests fail", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.brokenLive["v1"] = http.StatusBadGateway
		code, lines := s.release(t, "v1", variables{release.VariableSwapProbe: "60000"})
		assert.Equal(t, 1, code)
		s.serves(t, "shop-blue", "v0")
		assert.Len(t, s.made(t, "swap-environment-cnames"), 2)
		assert.Regexp(t, `^\d+ of \d+ requests failed during the release of v1: \d+ × 502$`, verdict(t, lines))
		says(t, lines, "more than 0 requests failed; the probe itself saw ", " %). Swapped back: shop-blue serves again")
	})
	t.Run("leaves it as it is when it is stopped, to be finished by the next release", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		swapped := make(chan struct{})
		s.swapping = func() { close(swapped) }
		p := s.begin(t, "v1", variables{release.VariableSwapProbe: "60000"})
		<-swapped
		p.stop(t, syscall.SIGTERM)
		code, lines := p.end(t)
		assert.Equal(t, 1, code)
		assert.Len(t, s.made(t, "swap-environment-cnames"), 1)
		assert.Contains(t, verdict(t, lines), "0 of ")
		says(t, lines, "FAILED: stopped during the swap to shop-green: release again to finish it")
	})
	t.Run("stays where it is when the swap is refused", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.refuse = map[string]refusal{"swap-environment-cnames": {code: "InternalFailure", message: "no"}}
		code, lines := s.release(t, "v1")
		assert.Equal(t, 1, code)
		s.serves(t, "shop-blue", "v0")
		assert.Contains(t, verdict(t, lines), "0 of ")
		says(t, lines, "swap-environment-cnames failed: InternalFailure: no. shop-blue serves as before")
	})
	t.Run("says how to swap back by hand when it cannot", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.brokenLive["v1"] = http.StatusBadGateway
		s.swapping = func() {
			s.refuse = map[string]refusal{"swap-environment-cnames": {code: "InternalFailure", message: "no"}}
		}
		code, lines := s.release(t, "v1")
		assert.Equal(t, 1, code)
		says(t, lines, "NOT swapped back (aws elasticbeanstalk swap-environment-cnames failed: InternalFailure: no): "+
			"if shop-blue is not live, run: aws elasticbeanstalk swap-environment-cnames "+
			"--source-environment-name shop-blue --destination-environment-name shop-green")
	})
}
