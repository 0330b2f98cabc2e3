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
		{limits.ErrorPercent(49), ""},
		{limits.ErrorPercent(50), "50 percent is outside 1 to 49; use 49"},
		{limits.MinRequests(10_000), ""},
		{limits.MinRequests(-1), "-1 requests a minute is outside 1 to 10000; use 1"},
		{limits.MinRequests(10_001), "10001 requests a minute is outside 1 to 10000; use 10000"},
		{limits.LatencyMilliseconds(10), ""},
		{limits.LatencyMilliseconds(9), "9 milliseconds is outside 10 to 60000; use 10"},
		{limits.LatencyMilliseconds(60_000), ""},
		{limits.LatencyMilliseconds(60_001), "60001 milliseconds is outside 10 to 60000; use 60000"},
		{limits.AlarmingHealth("Warning"), ""},
		{limits.AlarmingHealth("Severe"), ""},
		{limits.AlarmingHealth("Ok"), `"Ok" is not a health that an alarm can wait for; use one of Warning, Degraded, Severe`},
		{limits.HealthyHosts(4, 4), ""},
		{limits.HealthyHosts(5, 4), "a good release leaves 4 in service, fewer than 5 healthy instances, so it would be put back; use 4"},
		{limits.HealthyHosts(-1, 4), "-1 healthy instances is outside 1 to 4; use 1"},
		{limits.LatencyEnds(30_000, 60), ""},
		{limits.LatencyEnds(30_001, 60), "30001 milliseconds are hardly ever reached, for the load balancer gives a request up after 60 s; use 30000"},
		{limits.FreeStoragePercent(50), ""},
		{limits.FreeStoragePercent(51), "51 percent is outside 1 to 50; use 50"},
		{limits.ConnectionsPercentOf(25, "db.t4g.micro", 20), ""},
		{limits.ConnectionsPercentOf(24, "db.t4g.micro", 20), "the fleet may open 20 of 81 connections, more than 24 percent, so the alarm would sound without need; use 25"},
		{limits.ConnectionsPercentOf(93, "db.t4g.micro", 20), ""},
		{limits.ConnectionsPercentOf(94, "db.t4g.micro", 20), "an application can take 76 of 81 connections, no more than 94 percent, so the alarm would never sound; use 93"},
		{limits.ConnectionsPercentOf(92, "db.t4g.micro", 100), "the fleet may open 100 of 81 connections, more than 92 percent, so the alarm would sound without need; use 93"},
		{limits.ConnectionsPercentOf(1, "db.x9.large", 20), ""},
		{limits.ConnectionsPercentOf(0, "db.t4g.micro", 20), "0 percent is outside 1 to 99; use 1"},
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
		{limits.Path("//a"), `"//a" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path("/a b"), `"/a b" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path("/#top"), `"/#top" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path("/ü"), `"/ü" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path("/a\x7f"), `"/a\x7f" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
		{limits.Path("/a\n"), `"/a\n" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`},
	})
}
