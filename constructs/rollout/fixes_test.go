package rollout_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// rulesOf is the rules that the policy breaks, each with its problem.
func rulesOf(p rollout.Policy) map[string]rollout.Problem {
	var problems rollout.Problems
	errors.As(p.Validate(), &problems)
	rules := map[string]rollout.Problem{}
	for _, problem := range problems {
		rules[problem.Rule] = problem
	}
	return rules
}

func number(set func(p *rollout.Policy, n int)) func(*rollout.Policy, string) {
	return func(p *rollout.Policy, value string) {
		n, err := strconv.Atoi(value)
		if err != nil {
			panic(err)
		}
		set(p, n)
	}
}

func span(unit time.Duration, at func(p *rollout.Policy) *time.Duration) func(*rollout.Policy, string) {
	return number(func(p *rollout.Policy, n int) { *at(p) = time.Duration(n) * unit })
}

// deeds do what the fixes say, in the words of the fixes alone.
var deeds = []struct {
	words string
	do    func(p *rollout.Policy, value string)
}{
	{`configuration updates (\w+)`, func(p *rollout.Policy, v string) { p.ConfigurationUpdates = rollout.Method(v) }},
	{`batch (\d+)`, number(func(p *rollout.Policy, n int) { p.BatchSize = n })},
	{`minimum (\d+)`, number(func(p *rollout.Policy, n int) { p.Fleet.Min = n })},
	{`maximum (\d+)`, number(func(p *rollout.Policy, n int) { p.Fleet.Max = n })},
	{`desired (\d+)`, number(func(p *rollout.Policy, n int) { p.Fleet.Desired = n })},
	{`scale-in (\d+) %`, number(func(p *rollout.Policy, n int) { p.Fleet.ScaleIn = n })},
	{`scale-out (\d+) %`, number(func(p *rollout.Policy, n int) { p.Fleet.ScaleOut = n })},
	{`(\d+) instances? in service`, number(func(p *rollout.Policy, n int) { p.MinInService = n })},
	{`(\d+) connections per instance`, number(func(p *rollout.Policy, n int) { p.Connections.PerInstance = n })},
	{`a database that accepts (\d+)`, number(func(p *rollout.Policy, n int) { p.Connections.Limit = n })},
	{`subnets of (\d+) addresses`, number(func(p *rollout.Policy, n int) { p.Subnets.Addresses = n })},
	{`an evaluation of (\d+) minutes`, span(time.Minute, func(p *rollout.Policy) *time.Duration { return &p.Evaluation })},
	{`a bake of (\d+) minutes`, span(time.Minute, func(p *rollout.Policy) *time.Duration { return &p.Bake })},
	{`a deregistration delay of (\d+) s`, span(time.Second, func(p *rollout.Policy) *time.Duration { return &p.Drain })},
	{`an idle timeout of (\d+) s`, span(time.Second, func(p *rollout.Policy) *time.Duration { return &p.IdleTimeout })},
	{`a command timeout of (\d+) s`, span(time.Second, func(p *rollout.Policy) *time.Duration { return &p.CommandTimeout })},
	{`an interval of (\d+) s`, span(time.Second, func(p *rollout.Policy) *time.Duration { return &p.Health.Interval })},
	{`a health check timeout of (\d+) s`, span(time.Second, func(p *rollout.Policy) *time.Duration { return &p.Health.Timeout })},
	{`healthy threshold (\d+)`, number(func(p *rollout.Policy, n int) { p.Health.Healthy = n })},
	{`unhealthy threshold (\d+)`, number(func(p *rollout.Policy, n int) { p.Health.Unhealthy = n })},
	{`(\d+) tolerated failures`, number(func(p *rollout.Policy, n int) { p.ProbeMaxFailures = n })},
	{`a traffic share of (\d+)`, number(func(p *rollout.Policy, n int) { p.TrafficPercent = n })},
	{`(\d+) zones`, number(func(p *rollout.Policy, n int) { p.Fleet.Zones = n })},
	{`PATH (\S+)`, func(p *rollout.Policy, v string) { p.Health.Path = v }},
	{`remove (shrinkIdle)`, func(p *rollout.Policy, _ string) { p.ShrinkIdle = false }},
	{`remove (stickySessions)`, func(p *rollout.Policy, _ string) { p.StickySessions = false }},
	{`remove (allowDowntime)`, func(p *rollout.Policy, _ string) { p.AllowDowntime = false }},
	{`remove (downtimeReason)`, func(p *rollout.Policy, _ string) { p.DowntimeReason = "" }},
	{`remove (ignoreHealthCheck)`, func(p *rollout.Policy, _ string) { p.IgnoreHealthCheck = false }},
	{`remove (ignoreHealthCheckReason)`, func(p *rollout.Policy, _ string) { p.IgnoreHealthCheckReason = "" }},
	{`remove (minInService)`, func(p *rollout.Policy, _ string) { p.MinInService = 0 }},
	{`set (allowDowntime) to true`, func(p *rollout.Policy, _ string) { p.AllowDowntime = true }},
	{`set (ignoreHealthCheck) to true`, func(p *rollout.Policy, _ string) { p.IgnoreHealthCheck = true }},
	{`say why in (downtimeReason)`, func(p *rollout.Policy, _ string) { p.DowntimeReason = "a test" }},
	{`say why in (ignoreHealthCheckReason)`, func(p *rollout.Policy, _ string) { p.IgnoreHealthCheckReason = "a test" }},
	{`([A-Z]\w+)`, func(p *rollout.Policy, v string) { p.Method = rollout.Method(v) }},
}

// bare are the fields that a fix may give a value without a name, because the rule is about them.
var bare = map[string]func(p *rollout.Policy, value string){
	"Fleet.Min":               number(func(p *rollout.Policy, n int) { p.Fleet.Min = n }),
	"Fleet.Max":               number(func(p *rollout.Policy, n int) { p.Fleet.Max = n }),
	"Fleet.ScaleIn":           number(func(p *rollout.Policy, n int) { p.Fleet.ScaleIn = n }),
	"Fleet.ScaleOut":          number(func(p *rollout.Policy, n int) { p.Fleet.ScaleOut = n }),
	"MinInService":            number(func(p *rollout.Policy, n int) { p.MinInService = n }),
	"Connections.PerInstance": number(func(p *rollout.Policy, n int) { p.Connections.PerInstance = n }),
	"TrafficPercent":          number(func(p *rollout.Policy, n int) { p.TrafficPercent = n }),
	"ProbeMaxFailures":        number(func(p *rollout.Policy, n int) { p.ProbeMaxFailures = n }),
	"Health.Healthy":          number(func(p *rollout.Policy, n int) { p.Health.Healthy = n }),
	"Health.Unhealthy":        number(func(p *rollout.Policy, n int) { p.Health.Unhealthy = n }),
	"Evaluation":              span(time.Minute, func(p *rollout.Policy) *time.Duration { return &p.Evaluation }),
	"Bake":                    span(time.Minute, func(p *rollout.Policy) *time.Duration { return &p.Bake }),
	"Health.Interval":         span(time.Second, func(p *rollout.Policy) *time.Duration { return &p.Health.Interval }),
	"Health.Timeout":          span(time.Second, func(p *rollout.Policy) *time.Duration { return &p.Health.Timeout }),
	"Drain":                   span(time.Second, func(p *rollout.Policy) *time.Duration { return &p.Drain }),
	"IdleTimeout":             span(time.Second, func(p *rollout.Policy) *time.Duration { return &p.IdleTimeout }),
	"CommandTimeout":          span(time.Second, func(p *rollout.Policy) *time.Duration { return &p.CommandTimeout }),
}

var (
	alternatives = regexp.MustCompile(`, or |, | or `)
	together     = regexp.MustCompile(` with | and `)
	plainValue   = regexp.MustCompile(`^(\d+)(?: s| minutes?)?$`)
)

// mend does one of the ways out that a fix offers.
func mend(t *testing.T, p rollout.Policy, field, way string) rollout.Policy {
	t.Helper()
	if m := plainValue.FindStringSubmatch(way); m != nil {
		bare[field](&p, m[1])
		return p
	}
	if m := rollout.Method(way); field == "ConfigurationUpdates" && slices.Contains(rollout.Methods(), m) &&
		p.ConfigurationUpdates != rollout.Rolling && p.ConfigurationUpdates != rollout.Immutable {
		p.ConfigurationUpdates = m
		return p
	}
	for part := range strings.SplitSeq(together.ReplaceAllString(way, "\n"), "\n") {
		known := false
		for _, deed := range deeds {
			if m := regexp.MustCompile("^(?:" + deed.words + ")$").FindStringSubmatch(part); m != nil {
				deed.do(&p, m[1])
				known = true
				break
			}
		}
		require.True(t, known, "nobody knows how to %q (of %q) for %+v", part, way, p)
	}
	return p
}

func ways(fix string) []string {
	// The words for a path hold some of those between changes.
	fix = strings.ReplaceAll(fix, `a path of printable ASCII that begins with "/", such as `, "PATH ")
	all := alternatives.Split(strings.TrimPrefix(fix, "use "), -1)
	for i := range all {
		all[i] = strings.TrimPrefix(all[i], "use ")
	}
	return all
}

// holdsWhatItPromises tries every way out of every problem alone: the problem goes, and no other
// comes. It tells whether there is a way out of each.
func holdsWhatItPromises(t *testing.T, p rollout.Policy) bool {
	t.Helper()
	before, all := rulesOf(p), true
	for rule, problem := range before {
		if before, _, conflict := strings.Cut(problem.Fix, ", but that alone conflicts with "); conflict {
			require.NotEmpty(t, before)
			all = false
			continue
		}
		for _, way := range ways(problem.Fix) {
			after := rulesOf(mend(t, p, problem.Field, way))
			require.NotContains(t, after, rule, "%s of %q for %+v", way, problem.Error(), p)
			for other := range after {
				require.Contains(t, before, other, "%s of %q for %+v", way, problem.Error(), p)
			}
		}
	}
	return all
}

func TestEveryFixOfASmallFleetFixes(t *testing.T) {
	t.Parallel()
	for name, surroundings := range map[string]func(p *rollout.Policy){
		"by itself":                   func(*rollout.Policy) {},
		"with little to spare":        func(p *rollout.Policy) { p.Fleet.ScaleIn = 40 },
		"with a small database":       func(p *rollout.Policy) { p.Connections = rollout.Connections{PerInstance: 5, Limit: 40} },
		"in small subnets":            func(p *rollout.Policy) { p.Subnets = rollout.Subnets{Addresses: 16, Shared: true} },
		"with few instances to leave": func(p *rollout.Policy) { p.MinInService = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everySmallFleet(t, func(t *testing.T, p rollout.Policy) {
				surroundings(&p)
				require.True(t, holdsWhatItPromises(t, p), "%v", p.Validate())
			})
		})
	}
}

const big = 5000 // connections of the largest database

func fleet(least, most int) rollout.Fleet { return rollout.Fleet{Min: least, Max: most} }

func TestEveryFixFixes(t *testing.T) {
	t.Parallel()
	scaling := func(least, most, in, out int) rollout.Fleet {
		return rollout.Fleet{Min: least, Max: most, ScaleIn: in, ScaleOut: out}
	}
	connections := rollout.Connections{PerInstance: 5, Limit: big}
	small := rollout.Connections{PerInstance: 5, Limit: 81}
	small32 := rollout.Subnets{Addresses: 32, Shared: true}
	for _, base := range []rollout.Policy{
		{BatchSize: 2}, {BatchSize: 3}, {BatchSize: 2, Fleet: fleet(2, 2)},
		{BatchSize: 2, Fleet: fleet(3, 6)}, {BatchSize: 4, Fleet: fleet(5, 10)},
		{Fleet: scaling(2, 4, 40, 70)}, {Fleet: scaling(2, 4, 70, 30)}, {Fleet: scaling(2, 4, 99, 1)}, {Fleet: scaling(3, 3, 80, 80)},
		{Fleet: fleet(2, 20)}, {Fleet: fleet(4, 20)}, {Fleet: fleet(10, 40)},
		{MinInService: 4}, {MinInService: 9}, {MinInService: 1, Fleet: fleet(1, 1)},
		{ConfigurationUpdates: rollout.Rolling}, {ConfigurationUpdates: rollout.Immutable, BatchSize: 2}, {ConfigurationUpdates: rollout.Immutable, Fleet: fleet(1, 1)},
		{BatchSize: 2, Fleet: fleet(3, 3)}, {BatchSize: 99, Fleet: fleet(100, 100)}, {MinInService: 1, BatchSize: 19, Fleet: fleet(20, 20)}, {MinInService: 1, Fleet: fleet(6, 12)},
		{Fleet: scaling(1, 2, 69, 70)}, {Fleet: scaling(2, 2, 40, 70)}, {Fleet: scaling(2, 2, 69, 70)}, {Fleet: scaling(5, 9, 70, 80), MinInService: 2}, {Fleet: scaling(2, 4, 1, 100)},
		{IdleTimeout: time.Second}, {IdleTimeout: 5 * time.Second, Drain: 5 * time.Second}, {IdleTimeout: time.Minute, Health: rollout.HealthCheck{Timeout: time.Minute, Interval: 90 * time.Second}},
		{Subnets: small32, Fleet: fleet(10, 20)}, {Subnets: small32, Fleet: fleet(9, 9), BatchSize: 2}, {Subnets: small32, Fleet: fleet(60, 60), BatchSize: 10},
		{Subnets: rollout.Subnets{Addresses: 4096}, Fleet: fleet(9000, 9000), BatchSize: 2000}, {Subnets: rollout.Subnets{Addresses: 4096, Shared: true}, Fleet: fleet(3000, 5000), BatchSize: 1000},
		{Connections: rollout.Connections{PerInstance: 11, Limit: 81}}, {Connections: rollout.Connections{PerInstance: 30, Limit: 81}},
		{Connections: rollout.Connections{PerInstance: 5, Limit: 3}}, {Connections: rollout.Connections{PerInstance: 20, Limit: 100}, Fleet: fleet(1, 5)},
		{Drain: 50 * time.Minute, CommandTimeout: time.Hour}, {Drain: 50 * time.Minute, IdleTimeout: 50 * time.Minute, CommandTimeout: time.Hour},
		{Evaluation: time.Hour}, {Evaluation: time.Hour, Drain: 55 * time.Minute, CommandTimeout: time.Hour},
		{StickySessions: true}, {ShrinkIdle: true}, {ShrinkIdle: true, Fleet: fleet(2, 20)}, {Fleet: rollout.Fleet{Zones: 1}},
		{Drain: 10 * time.Minute, IdleTimeout: 10 * time.Minute}, {CommandTimeout: time.Second}, {CommandTimeout: 151 * time.Second},
		{IdleTimeout: 30 * time.Minute}, {IdleTimeout: 5 * time.Minute, Fleet: fleet(10, 40), Connections: connections},
		{MinInService: -1}, {MinInService: 10000, Fleet: fleet(2, 3)}, {MinInService: 9999, ConfigurationUpdates: rollout.Rolling, Fleet: fleet(1, 2)},
		{ConfigurationUpdates: rollout.Rolling, Fleet: fleet(10, 40), Connections: connections},
		{ConfigurationUpdates: rollout.Rolling, Fleet: fleet(2, 40), Connections: connections},
		{BatchSize: 50, IdleTimeout: time.Second, Fleet: fleet(1, 40), Connections: connections},
		{BatchSize: 50, Fleet: fleet(2, 40), Connections: connections},
		{BatchSize: 20, Fleet: fleet(1, 1), Connections: rollout.Connections{PerInstance: 5000, Limit: 81}},
		{MinInService: 39, Fleet: fleet(2, 2), Connections: small}, {ShrinkIdle: true, Fleet: fleet(1, 40), Connections: connections},
		{AllowDowntime: true, DowntimeReason: "a test", Fleet: fleet(10, 40), Connections: small},
		{Health: rollout.HealthCheck{Timeout: time.Minute}, CommandTimeout: 151 * time.Second}, {MinInService: 3},
		{Drain: 4000 * time.Second, IdleTimeout: 3000 * time.Second}, {Evaluation: 700 * time.Minute}, {Method: "Canary", BatchSize: 9},
	} {
		for _, method := range append(rollout.Methods(), base.Method) {
			base.Method = method
			t.Run(fmt.Sprintf("%+v", base), func(t *testing.T) {
				t.Parallel()
				assert.True(t, holdsWhatItPromises(t, base), "there is a way out")
			})
		}
	}
}

// anyOf is one of the values, of which the first is the likeliest.
func anyOf[T any](r *rand.Rand, values ...T) T {
	if r.IntN(3) > 0 {
		return values[0]
	}
	return values[r.IntN(len(values))]
}

// whatever is a policy of anything that people may write.
func whatever(r *rand.Rand) rollout.Policy {
	number := func(odd ...int) int { return anyOf(r, append([]int{0, 1, 2, 3, 5, 8, 13, 20, 40, 90}, odd...)...) }
	span := func(unit time.Duration, odd ...int) time.Duration {
		return unit * time.Duration(anyOf(r, append([]int{0, 1, 5, 9, 30, 59, 60, 61, 120, 151, 300, 400, 600, 900, 1800, 3000, 3500, 3600}, odd...)...))
	}
	reason := func() string { return anyOf(r, "", "a test", " ", "none") }
	p := rollout.Policy{
		Method: rollout.Methods()[r.IntN(6)], BatchSize: number(-3, 50, 20000), TrafficPercent: number(-1, 101),
		Evaluation: span(time.Minute, -1), Bake: span(time.Minute, -1), ProbeMaxFailures: number(-1, 1001),
		ShrinkIdle: anyOf(r, false, true), ConfigurationUpdates: anyOf(r, "", rollout.Rolling, rollout.Immutable, "Canary"),
		MinInService: number(-1, 39, 9999, 10000),
		Fleet: rollout.Fleet{Min: number(-1, 1000, 10000, 10001), Max: number(-1, 1000, 10000, 10001), Desired: number(), Zones: anyOf(r, 0, 1, 3),
			ScaleIn: number(-1, 70, 99, 101), ScaleOut: number(-1, 70, 99, 101)},
		Connections:    rollout.Connections{PerInstance: number(-1, 81, 5000, 5001), Limit: anyOf(r, big, 0, 81, 400, 3)},
		Subnets:        rollout.Subnets{Addresses: anyOf(r, 0, 32, 256, 4096), Shared: anyOf(r, false, true)},
		Health:         rollout.HealthCheck{Path: anyOf(r, "", "/up", "up"), Interval: span(time.Second), Timeout: span(time.Second), Healthy: number(), Unhealthy: number()},
		StickySessions: anyOf(r, false, true), IgnoreHealthCheck: anyOf(r, false, true), IgnoreHealthCheckReason: reason(),
		Drain: span(time.Second, -1, 4000), IdleTimeout: span(time.Second, -1, 4000), CommandTimeout: span(time.Second, -1, 5400),
		AllowDowntime: anyOf(r, false, true), DowntimeReason: reason(),
	}
	return p
}

// sparse is a policy in which most is left out, so that few rules are broken.
func sparse(r *rand.Rand) rollout.Policy {
	p, q := whatever(r), rollout.Policy{Method: rollout.Methods()[r.IntN(6)]}
	for _, take := range []func(){
		func() { q.BatchSize, q.Fleet.Min, q.Fleet.Max = p.BatchSize, p.Fleet.Min, p.Fleet.Max }, func() { q.Fleet = p.Fleet },
		func() { q.ConfigurationUpdates, q.MinInService = p.ConfigurationUpdates, p.MinInService }, func() { q.Connections = p.Connections }, func() { q.Subnets = p.Subnets },
		func() { q.Drain, q.CommandTimeout = p.Drain, p.CommandTimeout }, func() { q.Drain, q.IdleTimeout = p.Drain, p.IdleTimeout },
		func() { q.Health = p.Health }, func() { q.ShrinkIdle, q.StickySessions = p.ShrinkIdle, p.StickySessions },
		func() { q.AllowDowntime, q.DowntimeReason = p.AllowDowntime, p.DowntimeReason }, func() { q.Evaluation, q.Bake = p.Evaluation, p.Bake },
	} {
		if r.IntN(4) == 0 {
			take()
		}
	}
	return q
}

func TestEveryFixOfAnyPolicyFixes(t *testing.T) {
	t.Parallel()
	for name, random := range map[string]func(*rand.Rand) rollout.Policy{"everything": whatever, "little": sparse} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			single, stuck := 0, 0
			for seed := range uint64(800) {
				p := random(rand.New(rand.NewPCG(seed, 1)))
				found := holdsWhatItPromises(t, p)
				if len(rulesOf(p)) == 1 {
					if single++; !found {
						stuck++
						t.Logf("%v for %+v", p.Validate(), p)
					}
				}
			}
			assert.Greater(t, single, 60, "enough policies break one rule")
			assert.Zero(t, stuck, "each of %d policies that break one rule has a way out", single)
		})
	}
}

// A configuration is judged each time that it is read.
func TestValidateIsQuickHoweverLargeTheFleet(t *testing.T) {
	t.Parallel()
	for _, method := range rollout.Methods() {
		for _, p := range []rollout.Policy{
			{Fleet: fleet(10000, 10000)}, {Fleet: fleet(1, 10000)}, {Fleet: fleet(9000, 10000), Connections: rollout.Connections{PerInstance: 5, Limit: big}},
			{BatchSize: 9999, Fleet: fleet(5000, 10000), Drain: time.Hour, IdleTimeout: time.Hour},
		} {
			p.Method = method
			begin := time.Now()
			_ = p.Validate()
			assert.Less(t, time.Since(begin), 2*time.Second, "%+v", p)
		}
	}
}
