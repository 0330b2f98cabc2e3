//go:build unix

package main

import (
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fault"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/report"
)

// expected is what a release with a fault should come to, from what the method promises.
func expected(s scenario, from, to string) *report.Fault {
	plan := s.policy.Plan()
	downtime := plan.Floor() == 0
	fleet := plan[len(plan)-1].New
	f := &report.Fault{Name: s.fault, Succeeds: true, Loses: downtime, Left: map[string]int{to: fleet}}
	for _, known := range fault.All() {
		if known.Name == s.fault {
			f.Effect, f.Prevention = known.Seen, known.Prevention
		}
	}
	switch s.fault {
	case fault.ExitsAtStart, fault.NeverReady:
		f.Succeeds, f.Left = false, map[string]int{from: untouched(plan)}
		if s.fault == fault.NeverReady && s.policy.IgnoreHealthCheck && s.policy.Method != rollout.BlueGreen {
			// Nothing is healthy then, so the load balancer sends requests to all.
			f.Succeeds, f.Left = true, map[string]int{}
		}
	case fault.SlowStart:
		f.Succeeds = 90*time.Second < s.policy.CommandTimeout
	case fault.ReadyTooEarly:
		// The idle environment of BlueGreen has its bad minute before it is tried.
		f.Loses = s.policy.Method != rollout.BlueGreen
	case fault.ErrorsLater:
		f.Succeeds, f.Loses = false, true
		if s.policy.Method == rollout.BlueGreen {
			// The trial comes later than the first error, and before the users.
			f.Loses, f.Left = false, map[string]int{from: fleet}
		}
	case fault.DropsKeepAlive:
		// Two of a hundred requests, at the default rate, are more than the alarm allows.
		f.Succeeds, f.Loses, f.Left = false, true, nil
	case brokenMigration:
		f.Succeeds, f.Loses, f.Left, f.Stays = false, true, nil, true
		f.Effect = "all methods: every instance of the OLD version fails as soon as the migration has run, and the new one too"
		f.Prevention = "expand, move, contract: a migration that both versions can live with (the starter's README)"
	}
	return f
}

// untouched is how many instances of the old version serve while the first new ones have to show that
// they are healthy.
func untouched(plan rollout.Plan) int {
	for _, step := range plan {
		if step.Action == rollout.Register {
			return step.Old
		}
	}
	return 0
}
