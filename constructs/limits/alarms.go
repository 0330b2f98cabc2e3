package limits

import (
	"fmt"
	"slices"
	"strings"
)

// ErrorPercent checks the share of failed requests above which an alarm sounds; more than all never
// fail.
func ErrorPercent(percent int) error { return between(percent, 1, 99, "percent") }

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

// LatencyEnds checks that a request can be so slow: the load balancer gives up those that are silent
// for as long as the idle timeout.
func LatencyEnds(ms, idleSeconds int) error {
	if ms < idleSeconds*1000 {
		return nil
	}
	return fmt.Errorf("no request takes more than %d milliseconds, for the load balancer gives it up after %d s; use %d",
		ms, idleSeconds, min(60_000, idleSeconds*1000-1))
}

// HealthyHosts checks the number of healthy instances below which an alarm sounds: no more than are
// left in service by a release, or each would be put back, however good it is.
func HealthyHosts(n, most int) error {
	if n > max(1, most) {
		return fmt.Errorf("a good release leaves %d in service, fewer than %d healthy instances, so it would be put back; use %d", max(1, most), n, max(1, most))
	}
	return between(n, 1, max(1, most), "healthy instances")
}

// FreeStoragePercent checks the share of a database's storage below which an alarm sounds.
func FreeStoragePercent(percent int) error { return between(percent, 1, 90, "percent") }

// ConnectionsPercent checks the share of a database's connections above which an alarm sounds.
func ConnectionsPercent(percent int) error { return between(percent, 1, 99, "percent") }

// CPUCredits checks the number of CPU credits below which an alarm sounds.
func CPUCredits(credits int) error { return between(credits, 1, 1000, "credits") }

// earned are the most CPU credits that a burstable instance of a size can have: those of a day
// (Amazon EC2 User Guide, "Key concepts for burstable performance instances").
var earned = map[string]int{"micro": 288, "small": 576, "medium": 576, "large": 864}

// HasCPUCredits tells whether a database class lives on CPU credits.
func HasCPUCredits(class string) bool {
	m := databaseClass.FindStringSubmatch(class)
	return m != nil && m[1] == "t"
}

// CPUCreditsOf checks that an alarm on CPU credits is silent while the database has all that its
// class can save up.
func CPUCreditsOf(credits int, class string) error {
	m := databaseClass.FindStringSubmatch(class)
	switch {
	case CPUCredits(credits) != nil || m == nil:
		return CPUCredits(credits)
	case !HasCPUCredits(class):
		return fmt.Errorf("%s has no CPU credits, so the alarm would never sound; leave it out", class)
	case earned[m[2]] > 0 && credits > earned[m[2]]:
		return fmt.Errorf("%s saves up %d credits at most, fewer than %d, so the alarm would never end; use %d or a larger class", class, earned[m[2]], credits, earned[m[2]])
	}
	return nil
}
