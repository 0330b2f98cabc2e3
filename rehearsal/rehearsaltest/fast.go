//go:build unix && !race

package rehearsaltest

// Speed is how much tests compress time, and parallel how many of them run at a time.
const (
	Speed    = 600
	parallel = "16"
)
