//go:build unix && race

package rehearsaltest

// Speed is how much tests compress time, and parallel how many of them run at a time: less with the
// race detector, which slows everything but the timers down.
const (
	Speed    = 200
	parallel = "8"
)
