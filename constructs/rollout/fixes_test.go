package rollout_test

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

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

// deeds do what the fixes say. The words before a number or a method tell them apart.
var deeds = []struct {
	words *regexp.Regexp
	do    func(p *rollout.Policy, n int, method rollout.Method)
}{
	{regexp.MustCompile(`^configuration updates (\w+)$`), func(p *rollout.Policy, _ int, m rollout.Method) { p.ConfigurationUpdates = m }},
	{regexp.MustCompile(`^batch (\d+)$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.BatchSize = n }},
	{regexp.MustCompile(`^minimum (\d+)$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.Fleet.Min, p.Fleet.Desired = n, 0 }},
	{regexp.MustCompile(`^minimum and maximum (\d+)$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.Fleet.Min, p.Fleet.Max, p.Fleet.Desired = n, n, 0 }},
	{regexp.MustCompile(`^maximum (\d+)$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.Fleet.Max, p.Fleet.Desired = n, 0 }},
	{regexp.MustCompile(`^scale-in (\d+) %$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.Fleet.ScaleIn = n }},
	{regexp.MustCompile(`^scale-out (\d+) %$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.Fleet.ScaleOut = n }},
	{regexp.MustCompile(`^scale-in 25 % and scale-out 70 %$`), func(p *rollout.Policy, _ int, _ rollout.Method) { p.Fleet.ScaleIn, p.Fleet.ScaleOut = 0, 0 }},
	{regexp.MustCompile(`^(\d+) instances? in service$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.MinInService = n }},
	{regexp.MustCompile(`^(\d+) connections per instance$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.Connections.PerInstance = n }},
	{regexp.MustCompile(`^a database that accepts (\d+)$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.Connections.Limit = n }},
	{regexp.MustCompile(`^an evaluation of (\d+) minutes$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.Evaluation = time.Duration(n) * time.Minute }},
	{regexp.MustCompile(`^a deregistration delay of (\d+) s$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.Drain = time.Duration(n) * time.Second }},
	{regexp.MustCompile(`^a deregistration delay and an idle timeout of (\d+) s$`), func(p *rollout.Policy, n int, _ rollout.Method) {
		p.Drain, p.IdleTimeout = time.Duration(n)*time.Second, time.Duration(n)*time.Second
	}},
	{regexp.MustCompile(`^(\d+) zones$`), func(p *rollout.Policy, n int, _ rollout.Method) { p.Fleet.Zones = n }},
	{regexp.MustCompile(`^no sticky sessions$`), func(p *rollout.Policy, _ int, _ rollout.Method) { p.StickySessions = false }},
	{regexp.MustCompile(`^remove shrinkIdle$`), func(p *rollout.Policy, _ int, _ rollout.Method) { p.ShrinkIdle = false }},
	{regexp.MustCompile(`^set allowDowntime to true and say why in downtimeReason$`), func(p *rollout.Policy, _ int, _ rollout.Method) {
		p.AllowDowntime, p.DowntimeReason = true, "a test"
	}},
	{regexp.MustCompile(`^([A-Z]\w+)$`), func(p *rollout.Policy, _ int, m rollout.Method) { p.Method = m }},
}

// mend applies one of the ways out that a fix offers.
func mend(t *testing.T, p rollout.Policy, way string) rollout.Policy {
	t.Helper()
	for _, deed := range deeds {
		if m := deed.words.FindStringSubmatch(way); m != nil {
			last := m[len(m)-1]
			n, _ := strconv.Atoi(last)
			deed.do(&p, n, rollout.Method(last))
			return p
		}
	}
	require.Fail(t, "nobody knows how to "+way)
	return p
}

func ways(fix string) []string {
	return regexp.MustCompile(`, or |, | or `).Split(strings.TrimPrefix(fix, "use "), -1)
}

// holdsWhatItPromises tries every way out of every problem alone: the problem goes, and no other comes.
func holdsWhatItPromises(t *testing.T, p rollout.Policy) {
	t.Helper()
	before := rulesOf(p)
	for rule, problem := range before {
		for _, way := range ways(problem.Fix) {
			mended := mend(t, p, way)
			after := rulesOf(mended)
			if len(before) == 1 {
				require.NoError(t, mended.Validate(), "%s of %q for %+v", way, problem.Error(), p)
			}
			require.NotContains(t, after, rule, "%s of %q for %+v", way, problem.Error(), p)
		}
	}
}

func TestEveryFixOfASmallFleetFixes(t *testing.T) {
	t.Parallel()
	everySmallFleet(t, func(t *testing.T, p rollout.Policy) { holdsWhatItPromises(t, p) })
}

func TestEveryFixFixes(t *testing.T) {
	t.Parallel()
	fleet := func(least, most int) rollout.Fleet { return rollout.Fleet{Min: least, Max: most} }
	scaling := func(least, most, in, out int) rollout.Fleet {
		return rollout.Fleet{Min: least, Max: most, ScaleIn: in, ScaleOut: out}
	}
	for _, base := range []rollout.Policy{
		{BatchSize: 2}, {BatchSize: 3}, {BatchSize: 2, Fleet: fleet(2, 2)},
		{BatchSize: 2, Fleet: fleet(3, 6)}, {BatchSize: 4, Fleet: fleet(5, 10)},
		{Fleet: scaling(2, 4, 40, 70)}, {Fleet: scaling(2, 4, 70, 30)}, {Fleet: scaling(2, 4, 99, 1)}, {Fleet: scaling(3, 3, 80, 80)},
		{Fleet: fleet(2, 20)}, {Fleet: fleet(4, 20)}, {Fleet: fleet(10, 40)},
		{MinInService: 4}, {MinInService: 9}, {MinInService: 1, Fleet: fleet(1, 1)},
		{ConfigurationUpdates: rollout.Rolling}, {ConfigurationUpdates: rollout.Immutable, BatchSize: 2},
		{Connections: rollout.Connections{PerInstance: 11, Limit: 81}}, {Connections: rollout.Connections{PerInstance: 30, Limit: 81}},
		{Connections: rollout.Connections{PerInstance: 5, Limit: 3}}, {Connections: rollout.Connections{PerInstance: 20, Limit: 100}, Fleet: fleet(1, 5)},
		{Drain: 50 * time.Minute, CommandTimeout: time.Hour}, {Drain: 50 * time.Minute, IdleTimeout: 50 * time.Minute, CommandTimeout: time.Hour},
		{Evaluation: time.Hour}, {Evaluation: time.Hour, Drain: 55 * time.Minute, CommandTimeout: time.Hour},
		{StickySessions: true}, {ShrinkIdle: true}, {ShrinkIdle: true, Fleet: fleet(2, 20)}, {Fleet: rollout.Fleet{Zones: 1}},
	} {
		for _, base.Method = range rollout.Methods() {
			t.Run(fmt.Sprintf("%+v", base), func(t *testing.T) {
				t.Parallel()
				holdsWhatItPromises(t, base)
			})
		}
	}
}
