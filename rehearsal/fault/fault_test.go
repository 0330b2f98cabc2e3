//go:build unix && slow

package fault_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fault"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/rehearsaltest"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "fault" {
		os.Exit(fault.Main(os.Args[2:]))
	}
	rehearsaltest.Main(m)
}

// speeds are such that a fault has not passed before a busy machine has looked at it.
func speed(name string) float64 {
	if name == fault.ReadyTooEarly {
		return 20 // A minute is three seconds.
	}
	return 120
}

// begin starts the test application with a fault.
func begin(t *testing.T, name string, settings ...string) (*fleet.Instance, error) {
	t.Helper()
	f, err := fleet.New(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(f.Close)
	command, err := fault.Wrap(name, fault.Options{Speed: speed(name)}, rehearsaltest.App(settings...))
	require.NoError(t, err)
	return f.Start(t.Context(), fleet.Version{Name: "v2", Command: command})
}

func start(t *testing.T, name string, settings ...string) *fleet.Instance {
	t.Helper()
	i, err := begin(t, name, settings...)
	require.NoError(t, err)
	return i
}

// status of a path, or 0 without an answer. Every answer has to carry version and instance, as the real
// application's do.
func status(t *testing.T, i *fleet.Instance, path string) int {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + i.Addr() + path)
	if err != nil {
		return 0
	}
	require.NoError(t, response.Body.Close())
	if path != "/readyz" {
		assert.Equal(t, "v2 "+i.ID(), response.Header.Get("X-App-Version")+" "+response.Header.Get("X-Instance"))
	}
	return response.StatusCode
}

// says expects the last words of an instance: in the error of its start, or where a busy machine takes
// longer than the start waits, in its output.
func says(t *testing.T, i *fleet.Instance, err error, text string) {
	t.Helper()
	if err != nil {
		assert.ErrorContains(t, err, text)
		return
	}
	<-i.Exited()
	assert.Contains(t, i.LastOutput(), text)
}

func becomes(t *testing.T, i *fleet.Instance, path string, want int) {
	t.Helper()
	require.Eventually(t, func() bool { return status(t, i, path) == want }, 10*time.Second, 5*time.Millisecond)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	t.Run(fault.ExitsAtStart, func(t *testing.T) {
		t.Parallel()
		i, err := begin(t, fault.ExitsAtStart)
		says(t, i, err, "this version exits at its start")
	})
	t.Run(fault.NeverReady, func(t *testing.T) {
		t.Parallel()
		i := start(t, fault.NeverReady)
		becomes(t, i, "/", 200)
		assert.Equal(t, 503, status(t, i, "/readyz"))
	})
	t.Run(fault.SlowStart, func(t *testing.T) {
		t.Parallel()
		began := time.Now()
		i := start(t, fault.SlowStart)
		becomes(t, i, "/readyz", 200)
		assert.GreaterOrEqual(t, time.Since(began), 750*time.Millisecond)
	})
	t.Run(fault.ReadyTooEarly, func(t *testing.T) {
		t.Parallel()
		i := start(t, fault.ReadyTooEarly)
		becomes(t, i, "/readyz", 200)
		assert.Equal(t, 503, status(t, i, "/"))
		becomes(t, i, "/", 200)
	})
	t.Run(fault.ErrorsLater, func(t *testing.T) {
		t.Parallel()
		i := start(t, fault.ErrorsLater)
		becomes(t, i, "/", 500)
		assert.Equal(t, 200, status(t, i, "/readyz"))
	})
	t.Run(fault.IgnoresSIGTERM, func(t *testing.T) {
		t.Parallel()
		mark := rehearsaltest.Mark(t)
		i := start(t, fault.IgnoresSIGTERM, mark)
		becomes(t, i, "/", 200)
		began := time.Now()
		i.Stop(t.Context(), 300*time.Millisecond)
		assert.GreaterOrEqual(t, time.Since(began), 300*time.Millisecond)
		rehearsaltest.Gone(t, mark)
	})
	t.Run(fault.DropsKeepAlive, func(t *testing.T) {
		t.Parallel()
		i := start(t, fault.DropsKeepAlive)
		becomes(t, i, "/", 200)
		b := balancer.New(balancer.Config{})
		defer b.Close()
		group := b.NewGroup("fleet")
		b.Forward(map[*balancer.Group]int{group: 1})
		group.Register(i.Addr(), i.ID())
		got := map[int]int{}
		for range 150 {
			w := &quiet{header: http.Header{}, status: 200}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://users/", nil)
			require.NoError(t, err)
			b.ServeHTTP(w, request)
			got[w.status]++
			time.Sleep(10 * time.Millisecond)
		}
		assert.Positive(t, got[502], "some requests are lost")
		assert.Greater(t, got[200], 5*got[502], "most are not: %v", got)
	})
}

// quiet is a client that wants the status only.
type quiet struct {
	header http.Header
	status int
}

func (q *quiet) Header() http.Header         { return q.header }
func (q *quiet) Write(p []byte) (int, error) { return len(p), nil }
func (q *quiet) WriteHeader(status int)      { q.status = status }

// The process in front is no obstacle to a good end, and leaves nothing at a bad one.
func TestWrapper(t *testing.T) {
	t.Parallel()
	t.Run("passes SIGTERM on and lets requests finish", func(t *testing.T) {
		t.Parallel()
		mark := rehearsaltest.Mark(t)
		i := start(t, fault.NeverReady, mark)
		becomes(t, i, "/", 200)
		answered := make(chan int)
		go func() { answered <- status(t, i, "/?takes=400ms") }()
		time.Sleep(100 * time.Millisecond)
		i.Stop(t.Context(), 10*time.Second)
		assert.Equal(t, 200, <-answered)
		rehearsaltest.Gone(t, mark)
	})
	t.Run("ends with the command", func(t *testing.T) {
		t.Parallel()
		<-start(t, fault.NeverReady, "LIFE=300ms").Exited()
	})
	t.Run("says why the command does not start", func(t *testing.T) {
		t.Parallel()
		i, err := begin(t, fault.NeverReady, "EXIT=1")
		says(t, i, err, "cannot work like this")
	})
	t.Run("leaves nothing when it is killed, with the children of the command", func(t *testing.T) {
		t.Parallel()
		mark := rehearsaltest.Mark(t)
		i := start(t, fault.IgnoresSIGTERM, mark, "CHILD=1", "STUBBORN=1")
		becomes(t, i, "/", 200)
		require.GreaterOrEqual(t, len(rehearsaltest.Alive(mark)), 3)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		i.Stop(ctx, time.Minute)
		rehearsaltest.Gone(t, mark)
	})
	t.Run("runs images", func(t *testing.T) {
		t.Parallel()
		command, err := fault.Wrap(fault.NeverReady, fault.Options{Program: "/rehearsal", ReadyPath: "/up", Speed: 2.5},
			fleet.Command{Image: "app:1", Env: []string{"A=1", "B=x y"}})
		require.NoError(t, err)
		assert.Equal(t, "/rehearsal fault -ready /up -speed 2.5 -image app:1 -env A -env B never-ready --", command.String())
		assert.Equal(t, []string{"A=1", "B=x y"}, command.Env)
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	_, err := fault.Wrap("no-such", fault.Options{}, fleet.Command{})
	assert.EqualError(t, err, `unknown fault "no-such", known are `+strings.Join(fault.Names(), ", "))
	for _, f := range fault.All() {
		assert.NotEmpty(t, f.Does)
		assert.NotEmpty(t, f.Seen)
		assert.NotEmpty(t, f.Prevention)
	}
	output, err := exec.Command(os.Args[0], "fault", "never-ready").CombinedOutput()
	assert.ErrorContains(t, err, "exit status 2")
	assert.Contains(t, string(output), "usage: fault [flags] NAME -- command…")
}

// What prevents a fault is named by the rules of package rollout and the fields of its policy.
func TestPreventionsNameRulesThatExist(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob("../../constructs/rollout/*.go")
	require.NoError(t, err)
	var rules strings.Builder
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		text, err := os.ReadFile(source)
		require.NoError(t, err)
		rules.Write(text)
	}
	named := 0
	for _, f := range fault.All() {
		for _, rule := range regexp.MustCompile(`rollout/[a-z-]+`).FindAllString(f.Prevention, -1) {
			named++
			assert.Contains(t, rules.String(), `"`+rule+`"`, f.Name)
		}
		for _, field := range regexp.MustCompile(`\(([A-Z]\w+)`).FindAllStringSubmatch(f.Prevention, -1) {
			_, known := reflect.TypeFor[rollout.Policy]().FieldByName(field[1])
			assert.True(t, known, "%s: a policy has no %s", f.Name, field[1])
		}
	}
	assert.Positive(t, named)
}
