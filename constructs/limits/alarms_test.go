package limits_test

import (
	"strings"
	"testing"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestAlarms(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{limits.ErrorPercent(1), ""},
		{limits.ErrorPercent(99), ""},
		{limits.ErrorPercent(100), "100 percent is outside 1 to 99; use 99"},
		{limits.MinRequests(100_000), ""},
		{limits.MinRequests(-1), "-1 requests a minute is outside 1 to 100000; use 1"},
		{limits.LatencyMilliseconds(60_000), ""},
		{limits.LatencyMilliseconds(60_001), "60001 milliseconds is outside 1 to 60000; use 60000"},
		{limits.AlarmingHealth("Warning"), ""},
		{limits.AlarmingHealth("Severe"), ""},
		{limits.AlarmingHealth("Ok"), `"Ok" is not a health that an alarm can wait for; use one of Warning, Degraded, Severe`},
		{limits.HealthyHosts(4, 4), ""},
		{limits.HealthyHosts(5, 4), "a good release leaves 4 in service, fewer than 5 healthy instances, so it would be put back; use 4"},
		{limits.HealthyHosts(-1, 4), "-1 healthy instances is outside 1 to 4; use 1"},
		{limits.LatencyEnds(59_999, 60), ""},
		{limits.LatencyEnds(60_000, 60), "no request takes more than 60000 milliseconds, for the load balancer gives it up after 60 s; use 59999"},
		{limits.FreeStoragePercent(90), ""},
		{limits.FreeStoragePercent(91), "91 percent is outside 1 to 90; use 90"},
		{limits.ConnectionsPercent(99), ""},
		{limits.ConnectionsPercent(100), "100 percent is outside 1 to 99; use 99"},
		{limits.ConnectionsPercent(0), "0 percent is outside 1 to 99; use 1"},
		{limits.CPUCredits(1000), ""},
		{limits.CPUCredits(1001), "1001 credits is outside 1 to 1000; use 1000"},
		{limits.CPUCreditsOf(288, "db.t4g.micro"), ""},
		{limits.CPUCreditsOf(289, "db.t4g.micro"), "db.t4g.micro saves up 288 credits at most, fewer than 289, so the alarm would never end; use 288 or a larger class"},
		{limits.CPUCreditsOf(577, "db.t3.medium"), "db.t3.medium saves up 576 credits at most, fewer than 577, so the alarm would never end; use 576 or a larger class"},
		{limits.CPUCreditsOf(1000, "db.t4g.xlarge"), ""},
		{limits.CPUCreditsOf(50, "db.m7g.large"), "db.m7g.large has no CPU credits, so the alarm would never sound; leave it out"},
		{limits.CPUCreditsOf(1001, "db.t4g.micro"), "1001 credits is outside 1 to 1000; use 1000"},
	})
}

func TestPaths(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{limits.Path("/"), ""},
		{limits.Path("/health?deep=1&%C3%BC~"), ""},
		{limits.Path("/" + strings.Repeat("a", 1023)), ""},
		{limits.Path("health"), `"health" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path(""), `"" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path("/a b"), `"/a b" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path("/#top"), `"/#top" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path("/ü"), `"/ü" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path("/a\x7f"), `"/a\x7f" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path("/a\n"), `"/a\n" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
	})
}
