//go:build unix && slow

package controller_test

import (
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/controller"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fault"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/rehearsaltest"
)

// starterRelease is a release of the starter with the default policy, a minute in a second and a half.
func starterRelease(t *testing.T, method rollout.Method, program string) controller.Release {
	t.Helper()
	command := fleet.Command{Args: []string{program}, Env: []string{"SHUTDOWN_DELAY=100ms", rehearsaltest.Mark(t)}}
	return controller.Release{
		Policy: rollout.Policy{Method: method, Bake: 5 * time.Minute, Evaluation: 3 * time.Minute},
		From:   fleet.Version{Name: "v1", Command: command},
		To:     fleet.Version{Name: "v2", Command: command},
		Speed:  40, Grace: 2 * time.Second, Heal: true,
	}
}

func buildStarter(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "starter")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".")
	build.Dir = filepath.Join("..", "..", "starter")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	return program
}

// The starter is released by every method, well and with every fault, and what users met is what the
// table of faults says.
func TestStarter(t *testing.T) {
	program := buildStarter(t)
	for _, name := range append([]string{""}, fault.Names()...) {
		for _, method := range rollout.Methods() {
			t.Run(string(method)+" "+name, func(t *testing.T) {
				t.Parallel()
				release := starterRelease(t, method, program)
				if name != "" {
					bad, err := fault.Wrap(name, fault.Options{Speed: release.Speed}, release.To.Command)
					require.NoError(t, err)
					release.To.Command = bad
				}
				var users atomic.Pointer[seen]
				var before atomic.Int64 // What AllAtOnce fails with while it deploys is no news.
				release.Hurt = func() bool {
					now := users.Load().failed.Load()
					before.CompareAndSwap(0, now+1)
					return now+1 > before.Load()+2
				}
				s := prepare(t, release)
				met, stop := load(t, s.url)
				users.Store(met)
				outcome, err := s.Run(t.Context())
				stop()
				require.NoError(t, err)
				t.Logf("succeeded %v (%s), %d of %d failed, floor %d, left %v, took %s", outcome.Succeeded, outcome.Reason,
					met.failed.Load(), met.requests.Load(), outcome.Floor, outcome.Left, outcome.Took)
				if back := outcome.WayBack; back != nil {
					t.Logf("way back: %v (%s), left %v, took %s", back.Succeeded, back.Reason, back.Left, back.Took)
					assert.Equal(t, map[string]int{"v1": 2}, back.Left)
				}
				fails := name == fault.ExitsAtStart || name == fault.NeverReady || name == fault.ErrorsLater
				if name != fault.DropsKeepAlive && name != fault.ReadyTooEarly {
					assert.Equal(t, !fails, outcome.Succeeded, outcome.Reason)
				}
				harmless := method != rollout.AllAtOnce && name != fault.ErrorsLater && name != fault.DropsKeepAlive &&
					(name != fault.ReadyTooEarly || method == rollout.BlueGreen)
				if harmless {
					assert.Zero(t, met.failed.Load())
				}
				if name == "" {
					asPlanned(t, release.Policy.Plan(), outcome)
				}
			})
		}
	}
}
