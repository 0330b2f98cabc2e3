//go:build unix

package main

import (
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/controller"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/report"
)

// result is an outcome as the report wants it.
func (r *rehearsal) result(s scenario, job controller.Release, outcome controller.Outcome) report.Run {
	run := report.Run{
		Policy: s.policy, Plan: s.policy.Plan(), Source: r.source, Speed: r.options.speed, From: job.From.Name, To: job.To.Name,
		Took: outcome.Took, Succeeded: outcome.Succeeded, Reason: outcome.Reason,
		Left: outcome.Left, Floor: outcome.Floor, Steps: measured(outcome.Steps),
		WayBack: wayBack(s.policy, outcome.WayBack),
	}
	if s.fault != "" {
		run.Fault = expected(s, job.From.Name, job.To.Name)
	}
	return run
}

func measured(steps []controller.Measured) (all []report.Measured) {
	for _, m := range steps {
		all = append(all, report.Measured{Step: m.Step, Old: m.Old, New: m.New, Out: m.Out, Began: m.Began, Took: m.Took})
	}
	return all
}

func wayBack(policy rollout.Policy, back *controller.Outcome) *report.WayBack {
	if back == nil || len(back.Steps) == 0 {
		return nil
	}
	way := policy.WayBack()
	return &report.WayBack{
		How: way.How, Planned: way.Takes, Began: back.Steps[0].Began, Took: back.Took, Steps: measured(back.Steps),
		Succeeded: back.Succeeded, Reason: back.Reason, Left: back.Left,
	}
}
