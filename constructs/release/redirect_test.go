//go:build slow

package release_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// An application that forces TLS redirects every path, whatever state it is in.
func forceTLS(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "https://"+r.Host+r.URL.Path, http.StatusMovedPermanently)
}

var toLogin = answers(http.StatusFound, "Location", "/login")

// firstThen answers its first requests in one way and the others in another.
func firstThen(t *testing.T, n int64, first, then http.HandlerFunc) *website {
	t.Helper()
	site := serve(t, nil)
	site.handle(func(w http.ResponseWriter, r *http.Request) {
		if site.seen.Load() <= n {
			first(w, r)
			return
		}
		then(w, r)
	})
	return site
}

func TestRedirectThatSaysNothingAboutTheApplicationIsAFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		says    string
	}{
		"to https of the same host": {forceTLS,
			"redirect to https: the redirect was measured, not the application: set certificateArn, or a probePath that responds over HTTP"},
		"to another page over https of the same host": {
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://"+r.Host+"/login", http.StatusFound)
			}, "× redirect to https"},
		"to the same page of another host": {answers(http.StatusPermanentRedirect, "Location", "https://shop.example.com/"),
			"redirect to another address: the redirect was measured, not the application: set probeHost to the name that the application redirects to"},
		"to itself": {answers(http.StatusFound, "Location", "/#top"), "× redirect loop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, lines := probe(t, deploying("Updating", "Updating", "Updating", "Ready"), serve(t, c.handler))
			assert.Equal(t, 1, code)
			failed, sent := counts(t, lines)
			assert.Equal(t, sent, failed)
			says(t, lines, c.says)
		})
	}
}

func TestRedirectIsJudgedByTheVersionBefore(t *testing.T) {
	t.Parallel()
	// Long enough for requests before and after.
	deployment := func() *account {
		return deploying(append(slices.Repeat([]string{"Updating"}, 40), "Ready")...)
	}
	named := func(version string, handler http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-App-Version", version)
			handler(w, r)
		}
	}
	ok := answers(http.StatusOK)
	mixed := func(t *testing.T) *website {
		site := serve(t, nil)
		site.handle(func(w http.ResponseWriter, r *http.Request) {
			if site.seen.Load()%2 == 0 {
				named("1a2b3c4", toLogin)(w, r)
				return
			}
			named("5f3d2a1", ok)(w, r)
		})
		return site
	}
	for name, c := range map[string]struct {
		site func(t *testing.T) *website
		want int
	}{
		"which responded with 2xx":              {func(t *testing.T) *website { return firstThen(t, 20, ok, toLogin) }, 1},
		"which redirected too":                  {func(t *testing.T) *website { return serve(t, toLogin) }, 0},
		"which redirected now and then":         {func(t *testing.T) *website { return firstThen(t, 1, toLogin, ok) }, 0},
		"which is not the placeholder":          {func(t *testing.T) *website { return firstThen(t, 20, named("placeholder", ok), toLogin) }, 0},
		"which is not the one that is released": {mixed, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, lines := probe(t, deployment(), c.site(t), variables{
				release.VariableExpectedVersion: "1a2b3c4", release.VariableProbeInterval: "30",
			})
			assert.Equal(t, c.want, code)
			if c.want == 1 {
				assert.Contains(t, verdict(t, lines), "× 302 instead of 2xx")
			}
		})
	}
	t.Run("which is not the new one that answers after the deployment", func(t *testing.T) {
		t.Parallel()
		a := deploying("Ready")
		a.stage = &stage{executionType: "STANDARD", deploy: "Succeeded"}
		code, lines := probe(t, a, firstThen(t, 6, ok, toLogin), inPipeline,
			variables{release.VariableProbeInterval: "300", release.VariableProbeTail: "3000"})
		assert.Zero(t, code)
		_, sent := counts(t, lines)
		assert.Greater(t, sent, 6)
	})
	t.Run("but not in a rollback", func(t *testing.T) {
		t.Parallel()
		a := deployment()
		a.stage = &stage{executionType: "ROLLBACK", deploy: "InProgress"}
		a.stage.next = append(slices.Repeat([]string{"InProgress"}, 20), "Succeeded")
		code, lines := probe(t, a, firstThen(t, 20, answers(http.StatusOK), toLogin), inPipeline)
		assert.Zero(t, code)
		assert.Contains(t, verdict(t, lines), "0 of ")
	})
}

func TestBlueGreenJudgesRedirectsByTheLiveVersion(t *testing.T) {
	t.Parallel()
	impatient := variables{release.VariableTrialLimit: "300"}
	t.Run("and refuses one where that responds with 2xx", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.page["v1"] = http.StatusFound
		code, lines := s.release(t, "v1", impatient)
		s.untouched(t, code, lines)
		says(t, lines, "the last bad one: /: 302 instead of 2xx")
	})
	t.Run("and takes one where that redirects too, before the swap and after", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.page["v0"], s.page["v1"] = http.StatusFound, http.StatusSeeOther
		code, lines := s.release(t, "v1")
		require.Zero(t, code)
		assert.Contains(t, verdict(t, lines), "0 of ")
		s.serves(t, "shop-green", "v1")
	})
	t.Run("and takes one in the first release, over the placeholder", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.find("shop-blue").version = "placeholder-0"
		s.page["v1"] = http.StatusFound
		code, _ := s.release(t, "v1")
		require.Zero(t, code)
		s.serves(t, "shop-green", "v1")
	})
	t.Run("and takes one in a rollback, whatever the bad version responds with", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		code, _ := s.release(t, "v1")
		require.Zero(t, code)
		s.page["v0"], s.execution = http.StatusFound, "ROLLBACK"
		code, _ = s.release(t, "v0", inPipeline, impatient)
		assert.Zero(t, code)
		s.serves(t, "shop-blue", "v0")
	})
	t.Run("and never takes one of the readiness path", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.broken["v0"], s.broken["v1"] = http.StatusFound, http.StatusFound
		code, lines := s.release(t, "v1", impatient)
		s.untouched(t, code, lines)
		says(t, lines, "the last bad one: /readyz: 302 instead of 2xx")
	})
}
