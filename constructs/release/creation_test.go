//go:build slow

package release_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// A stack that is rolled back to its first template names the version that the environment was created
// with, over whatever was released since.
func TestVersionOfTheCreationIsDeletedAfterARelease(t *testing.T) {
	t.Parallel()
	const (
		own   = "bootstrap-shop-live-0123456789ab"
		other = "bootstrap-shop-live-2-0123456789ab"
		named = "bootstrap-shop-live-yesterday"
	)
	released := func(t *testing.T, status, runs int, a *account) (int, []string) {
		site := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		a.versions = []string{"v1", own, other, named}
		a.environments[0].version = a.versions[runs]
		return probe(t, a, site, variables{release.VariableCreationVersions: "bootstrap-"})
	}
	deleted := func(t *testing.T, a *account) (labels []string) {
		for _, c := range a.made(t, "delete-application-version") {
			assert.Equal(t, "shop", c.text("ApplicationName"))
			labels = append(labels, c.text("VersionLabel"))
		}
		return labels
	}

	t.Run("that succeeded, and nothing else is", func(t *testing.T) {
		t.Parallel()
		a := deploying("Ready", "Updating", "Ready")
		code, lines := released(t, http.StatusOK, 0, a)
		assert.Zero(t, code)
		assert.Equal(t, []string{own}, deleted(t, a))
		says(t, lines, "version "+own+" deleted")
	})
	t.Run("but not while the environment runs it", func(t *testing.T) {
		t.Parallel()
		a := deploying("Ready", "Updating", "Ready")
		code, _ := released(t, http.StatusOK, 1, a)
		assert.Zero(t, code)
		assert.Empty(t, deleted(t, a))
	})
	t.Run("but not after one that failed", func(t *testing.T) {
		t.Parallel()
		a := deploying("Ready", "Updating", "Ready")
		code, _ := released(t, http.StatusInternalServerError, 0, a)
		assert.Equal(t, 1, code)
		assert.Empty(t, deleted(t, a))
	})
	t.Run("and a refusal fails no release", func(t *testing.T) {
		t.Parallel()
		a := deploying("Ready", "Updating", "Ready")
		a.refuse = map[string]refusal{"delete-application-version": {code: "OperationInProgressFailure", message: "busy"}}
		code, lines := released(t, http.StatusOK, 0, a)
		assert.Zero(t, code)
		says(t, lines, "WARNING: versions not deleted: ", "busy")
	})
	t.Run("with blue/green, except for what the idle environment runs", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.versions = append(s.versions, "bootstrap-shop-blue-0123456789ab", "bootstrap-shop-green-0123456789ab")
		s.find("shop-blue").version = "bootstrap-shop-blue-0123456789ab"
		code, _ := s.release(t, "v1", variables{release.VariableCreationVersions: "bootstrap-"})
		assert.Zero(t, code)
		s.serves(t, "shop-green", "v1")
		assert.Equal(t, []string{"bootstrap-shop-green-0123456789ab"}, deleted(t, s.account))
	})
}
