// Package rollout is the model of an Elastic Beanstalk deployment: from a method, a fleet and its
// health timing it computes the option settings that Beanstalk needs, the plan of a release step by
// step, the capacity that keeps serving, how long it takes, what it costs, what a failure leaves
// behind, and the way back.
//
// Everything that this project says about deployments comes from here: the template, the
// validation, the summary at synth and the table in the README. The package is plain Go: it knows
// nothing of CDK, makes no network call and has no state.
//
//	policy := rollout.Policy{Method: rollout.Rolling, BatchSize: 1, Fleet: rollout.Fleet{Min: 2, Max: 4}}
//	if err := policy.Validate(); err != nil {
//		return err
//	}
//	fmt.Println(policy.Summary())
//
// It is a model of what AWS documents, not a measurement: durations are estimates from the
// assumptions in [Assumptions], and what Beanstalk does not document is not promised.
package rollout
