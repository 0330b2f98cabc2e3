package limits_test

import (
	"testing"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestAlarms(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{limits.ErrorPercent(1), ""},
		{limits.ErrorPercent(100), ""},
		{limits.ErrorPercent(101), "101 percent is outside 1 to 100; use 100"},
		{limits.MinRequests(100_000), ""},
		{limits.MinRequests(-1), "-1 requests a minute is outside 1 to 100000; use 1"},
		{limits.LatencyMilliseconds(60_000), ""},
		{limits.LatencyMilliseconds(60_001), "60001 milliseconds is outside 1 to 60000; use 60000"},
		{limits.AlarmingHealth("Warning"), ""},
		{limits.AlarmingHealth("Severe"), ""},
		{limits.AlarmingHealth("Ok"), `"Ok" is not a health that an alarm can wait for; use one of Warning, Degraded, Severe`},
		{limits.HealthyHosts(4, 4), ""},
		{limits.HealthyHosts(5, 4), "5 healthy instances is outside 1 to 4; use 4"},
		{limits.FreeStoragePercent(90), ""},
		{limits.FreeStoragePercent(91), "91 percent is outside 1 to 90; use 90"},
		{limits.ConnectionsPercent(100), ""},
		{limits.ConnectionsPercent(0), "0 percent is outside 1 to 100; use 1"},
		{limits.CPUCredits(1000), ""},
		{limits.CPUCredits(1001), "1001 credits is outside 1 to 1000; use 1000"},
	})
}

func TestPaths(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{limits.Path("/"), ""},
		{limits.Path("/health?deep=1"), ""},
		{limits.Path("health"), `"health" is not a path on the application; use one that begins with "/", such as /readyz`},
		{limits.Path("/a b"), `"/a b" is not a path on the application; use one that begins with "/", such as /readyz`},
		{limits.Path("/#top"), `"/#top" is not a path on the application; use one that begins with "/", such as /readyz`},
	})
}
