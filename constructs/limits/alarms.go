package limits

import (
	"fmt"
	"slices"
	"strings"
)

// ErrorPercent checks the share of failed requests above which an alarm sounds: one broken instance of
// two makes half of them fail, which must be more.
func ErrorPercent(percent int) error { return between(percent, 1, 49, "percent") }

// MinRequests checks how many requests a minute must have for its failures to count. With fewer
// requests, the alarms on errors and latency stay silent.
func MinRequests(perMinute int) error { return between(perMinute, 1, 10_000, "requests a minute") }

// LatencyMilliseconds checks the p99 latency above which an alarm sounds. The way to an instance in
// another zone and through its proxy takes some milliseconds, so below ten it always would.
func LatencyMilliseconds(ms int) error { return between(ms, 10, 60_000, "milliseconds") }

// AlarmingHealth checks the worst health of an environment that is still reported, in the words of
// Elastic Beanstalk (Developer Guide, "Health colors and statuses").
func AlarmingHealth(status string) error {
	known := []string{"Warning", "Degraded", "Severe"}
	if slices.Contains(known, status) {
		return nil
	}
	return fmt.Errorf("%s is not a health that an alarm can wait for; use one of %s", Quote(status), strings.Join(known, ", "))
}

// UsualLatency is the default of that bound in milliseconds: three seconds, or as much as [LatencyEnds]
// allows where that is less.
func UsualLatency(idleSeconds int) int { return min(3000, idleSeconds*1000/2) }

// LatencyEnds checks that a request can be so slow: the load balancer gives up those that are silent
// for as long as the idle timeout, which are errors and have no latency. Half of it leaves room to
// notice those that are slow.
func LatencyEnds(ms, idleSeconds int) error {
	most := idleSeconds * 1000 / 2
	if ms <= most {
		return nil
	}
	return fmt.Errorf("%d milliseconds are hardly ever reached, for the load balancer gives a request up after %d s; use %d",
		ms, idleSeconds, min(60_000, most))
}

// HealthyHosts checks the number of healthy instances below which an alarm sounds: no more than are
// left in service by a release, or each would be put back, however good it is.
func HealthyHosts(n, most int) error {
	if n > max(1, most) {
		return fmt.Errorf("a good release leaves %d in service, fewer than %d healthy instances, so it would be put back; use %d", max(1, most), n, max(1, most))
	}
	return between(n, 1, max(1, most), "healthy instances")
}

// FreeStoragePercent checks the share of a database's storage below which an alarm sounds. Half full is
// nothing to be alarmed at.
func FreeStoragePercent(percent int) error { return between(percent, 1, 50, "percent") }

// ConnectionsPercent checks the share of a database's connections above which an alarm sounds.
func ConnectionsPercent(percent int) error { return between(percent, 1, 99, "percent") }

// ConnectionsPercentOf checks that an alarm on connections is silent while the fleet opens all that it
// may, and that it sounds before an application is refused any.
func ConnectionsPercentOf(percent int, class string, usual int) error {
	all := DatabaseConnections(class)
	if ConnectionsPercent(percent) != nil || all == 0 {
		return ConnectionsPercent(percent)
	}
	usable := all - ReservedConnections
	// Those are shares above which some connections are: of usual none, of usable at least one.
	most := (100*usable - 1) / all
	least := min((100*usual+all-1)/all, most) // a fleet that opens more than there are is refused for that
	switch {
	case percent < least:
		return fmt.Errorf("the fleet may open %d of %d connections, more than %d percent, so the alarm would sound without need; use %d",
			usual, all, percent, least)
	case percent > most:
		return fmt.Errorf("an application can take %d of %d connections, no more than %d percent, so the alarm would never sound; use %d",
			usable, all, percent, most)
	}
	return nil
}

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
