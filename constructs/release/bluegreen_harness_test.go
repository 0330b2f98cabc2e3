//go:build slow

package release_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

const (
	stable  = "shop.eu-west-1.elasticbeanstalk.com"
	standby = "shop-standby.eu-west-1.elasticbeanstalk.com"
)

// shop is an account with two environments, each of which answers, and the address that users have.
type shop struct {
	*account
	users *website
	// tried counts the requests to the environments' own addresses.
	tried atomic.Int64
	// broken maps a version, or the beginning of one, to what it answers instead of 200.
	broken map[string]int
	// brokenLive is the same for requests of users only.
	brokenLive map[string]int
	// page is the same for other paths than the readiness path.
	page map[string]int
}

// newShop returns a shop in which blue is live with the version v0.
func newShop(t *testing.T) *shop {
	t.Helper()
	return newShopServed(t, serve)
}

func newShopServed(t *testing.T, serve func(*testing.T, http.HandlerFunc) *website) *shop {
	t.Helper()
	s := &shop{account: &account{objects: map[string][]byte{}}, broken: map[string]int{}, brokenLive: map[string]int{}, page: map[string]int{}}
	for _, e := range []*environment{
		{name: "shop-blue", cname: stable, version: "v0-0"},
		{name: "shop-green", cname: standby, version: "bootstrap-0"},
	} {
		e.status, e.health, e.minimum, e.maximum, e.instances = "Ready", "Green", 2, 4, 2
		site := serve(t, func(w http.ResponseWriter, r *http.Request) {
			s.tried.Add(1)
			s.respond(w, r, e.name, s.broken)
		})
		_, e.endpoint, _ = strings.Cut(site.url, "://")
		s.environments = append(s.environments, e)
	}
	s.users = serve(t, func(w http.ResponseWriter, r *http.Request) { s.respond(w, r, s.live(), s.brokenLive) })
	return s
}

func (s *shop) respond(w http.ResponseWriter, r *http.Request, name string, broken map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	version, _, _ := strings.Cut(s.find(name).version, "-")
	w.Header().Set("X-App-Version", version)
	w.Header().Set("Location", "/login")
	if status, found := broken[version]; found {
		w.WriteHeader(status)
	} else if status, found := s.page[version]; found && r.URL.Path != "/readyz" {
		w.WriteHeader(status)
	}
}

// live returns the name of the environment that users reach.
func (s *shop) live() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.environments {
		if e.cname == stable {
			return e.name
		}
	}
	return ""
}

// runs returns the version of an environment, without the hash of its content.
func (s *shop) runs(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	version, _, _ := strings.Cut(s.find(name).version, "-")
	return version
}

// begin starts the release of a version.
func (s *shop) begin(t *testing.T, version string, changes ...variables) *process {
	t.Helper()
	bundle := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bundle, "Dockerrun.aws.json"), []byte(version), 0o600))
	settings := variables{
		release.VariableVersion:          version,
		release.VariableExpectedVersion:  version,
		release.VariableBlueEnvironment:  "shop-blue",
		release.VariableGreenEnvironment: "shop-green",
		release.VariableStableCNAME:      stable,
		release.VariableProbeURL:         s.users.url,
		release.VariableBundleDirectory:  bundle,
		release.VariableTrialAnswers:     "2",
		release.VariableSwapDNS:          "40",
		release.VariableSwapProbe:        "100",
	}
	return start(t, s.account, release.CommandBlueGreen, append([]variables{settings}, changes...)...)
}

func (s *shop) release(t *testing.T, version string, changes ...variables) (int, []string) {
	t.Helper()
	return s.begin(t, version, changes...).end(t)
}

// serves checks what users have after a release.
func (s *shop) serves(t *testing.T, environment, version string) {
	t.Helper()
	assert.Equal(t, environment, s.live())
	assert.Equal(t, version, s.runs(environment))
	assert.Empty(t, s.find(environment).next, "the program waits until all is done")
}

// untouched checks that a release was given up before users could notice.
func (s *shop) untouched(t *testing.T, code int, lines []string) {
	t.Helper()
	assert.Equal(t, 1, code)
	s.serves(t, "shop-blue", "v0")
	assert.Empty(t, s.made(t, "swap-environment-cnames"))
	assert.Zero(t, s.users.seen.Load())
	says(t, lines, "This release swapped nothing and left shop-blue as it was")
}

// steps returns the changing calls, in order.
func (s *shop) steps(t *testing.T) []string {
	t.Helper()
	var steps []string
	for _, c := range s.made(t, "put-object", "create-application-version", "update-environment",
		"set-desired-capacity", "swap-environment-cnames") {
		steps = append(steps, strings.TrimSpace(c.command+" "+c.text("EnvironmentName")))
	}
	return steps
}
