// Package controller is what Elastic Beanstalk, and the pipeline around it, do in a release: it takes
// the plan of a [rollout.Policy] and executes it step by step on a load balancer and a fleet of
// processes. It measures at each step what the plan foretells.
//
//	c, err := controller.Prepare(ctx, release, balancer, fleet, nil)
//	// From serves. Apply load, then:
//	outcome, err := c.Run(ctx)
//
// Rules about methods are those of package rollout; only what its plan does not say is decided here,
// each with its source: DP stands for the page Deployment policies and settings in the Developer Guide of
// Elastic Beanstalk. Where AWS says nothing, these are assumptions:
//
//   - An instance counts as healthy where the load balancer's last checks passed and its process runs.
//     Enhanced health knows no more on the ECS platform, which has no proxy that counts answers.
//   - The command timeout begins when a batch is registered. What the application takes to start anyway
//     is added, since that is not compressed. A command that does not start, or exits
//     at once, fails the deployment without waiting for it.
//   - AllAtOnce leaves the instances registered while they change.
//   - A batch takes the instances first that are not healthy. That matters on the way back only.
//   - When two environments swap addresses, the share of requests that still goes to the old one falls
//     evenly while resolvers forget it. None remembers it for longer.
//
// What it is not: it takes no notice of what Beanstalk adds to the command timeout, of scaling, or of
// instances that AWS replaces.
package controller
