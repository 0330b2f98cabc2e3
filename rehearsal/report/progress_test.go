package report

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var state = State{
	Method: "Rolling", Step: 3, Steps: 9, Phase: "register batch 1", Old: 2, New: 1, Out: 1,
	Requests: 12345, Failed: 6, Elapsed: 12340 * time.Millisecond, Speed: 20,
}

func TestLine(t *testing.T) {
	t.Parallel()
	const want = "Rolling 3/9 register batch 1  [##*.]  6 failed of 12,345 requests  12.3 s ×20"
	assert.Equal(t, want, state.line())
	assert.Equal(t, "building", State{Method: "building"}.line())
	many := state
	many.Old = 120
	assert.Contains(t, many.line(), "[120# 1* 1.]")

	assert.Equal(t, want, cut(want, 80))
	assert.Equal(t, "Rolling 3…", cut(want, 10))
	assert.Equal(t, "…", cut(want, 0))
}

func TestATerminalShowsOneLine(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	show := live(&b, func() int { return 40 })
	show(State{Method: "starting the old version"}, false)
	show(state, false)
	show(State{Method: "done"}, true)
	assert.Equal(t, "\rstarting the old version\x1b[K\rRolling 3/9 register batch 1  [##*.]  …\x1b[K\rdone\x1b[K\n", b.String())
	for _, line := range strings.Split(b.String(), "\r") {
		assert.LessOrEqual(t, len([]rune(strings.TrimRight(line, "\x1b[K\n"))), 39)
	}
}

func TestElsewhereEachChangeIsALine(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	show := plain(&b)
	quiet := state
	quiet.Failed = 0
	show(quiet, false)
	quiet.Requests++
	show(quiet, false) // Nothing but the count has changed.
	show(state, false)
	show(state, true)
	assert.Equal(t, `Rolling 3/9 register batch 1  [##*.]  0 failed of 12,345 requests  12.3 s ×20
Rolling 3/9 register batch 1  [##*.]  6 failed of 12,345 requests  12.3 s ×20
Rolling 3/9 register batch 1  [##*.]  6 failed of 12,345 requests  12.3 s ×20
`, b.String())
}

func TestFollow(t *testing.T) {
	t.Parallel()
	var mutex sync.Mutex
	var b bytes.Buffer
	step := 0
	stop := Follow(&b, func() State {
		mutex.Lock()
		defer mutex.Unlock()
		step++
		return State{Method: "Rolling", Step: min(step, 2), Steps: 2}
	})
	assert.Eventually(t, func() bool { mutex.Lock(); defer mutex.Unlock(); return step >= 3 }, 5*time.Second, time.Millisecond)
	stop()
	stop()
	assert.Equal(t, "Rolling 1/2\nRolling 2/2\nRolling 2/2\n", b.String())
}

func TestAPipeIsNoTerminal(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	assert.NoError(t, err)
	defer r.Close()
	defer w.Close()
	assert.Nil(t, terminal(w))
	assert.Nil(t, terminal(&bytes.Buffer{}))
}

func TestWords(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -123: "-123"} {
		assert.Equal(t, want, number(n))
	}
	for d, want := range map[time.Duration]string{
		0: "0 s", 1234 * time.Microsecond: "1.2 ms", 123400 * time.Microsecond: "123 ms", 999600 * time.Microsecond: "1.0 s",
		59960 * time.Millisecond: "1 min 00 s", 246 * time.Second: "4 min 06 s", -1500 * time.Millisecond: "-1.5 s",
	} {
		assert.Equal(t, want, short(d))
	}
	assert.Equal(t, "×20", factor(20))
	assert.Equal(t, "×2.5", factor(2.5))
}
