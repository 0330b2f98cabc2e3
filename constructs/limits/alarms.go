package limits

import (
	"fmt"
	"slices"
	"strings"
)

// ErrorPercent checks the share of failed requests above which an alarm sounds.
func ErrorPercent(percent int) error { return between(percent, 1, 100, "percent") }

// MinRequests checks how many requests a minute must have for its failures to count.
func MinRequests(perMinute int) error { return between(perMinute, 1, 100_000, "requests a minute") }

// LatencyMilliseconds checks the time above which an answer is too slow.
func LatencyMilliseconds(ms int) error { return between(ms, 1, 60_000, "milliseconds") }

// AlarmingHealth checks the worst health of an environment that is still reported, in the words of
// Elastic Beanstalk (Developer Guide, "Health colors and statuses").
func AlarmingHealth(status string) error {
	known := []string{"Warning", "Degraded", "Severe"}
	if slices.Contains(known, status) {
		return nil
	}
	return fmt.Errorf("%s is not a health that an alarm can wait for; use one of %s", Quote(status), strings.Join(known, ", "))
}

// HealthyHosts checks the number of healthy instances below which an alarm sounds: more than a fleet
// can have would sound always.
func HealthyHosts(n, most int) error { return between(n, 1, max(1, most), "healthy instances") }

// FreeStoragePercent checks the share of a database's storage below which an alarm sounds.
func FreeStoragePercent(percent int) error { return between(percent, 1, 90, "percent") }

// ConnectionsPercent checks the share of a database's connections above which an alarm sounds.
func ConnectionsPercent(percent int) error { return between(percent, 1, 100, "percent") }

// CPUCredits checks the number of CPU credits below which an alarm sounds.
func CPUCredits(credits int) error { return between(credits, 1, 1000, "credits") }
