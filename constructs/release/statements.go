package release

// BlueGreenPolicy is the AWS managed policy that the role of [CommandBlueGreen] needs beside its
// statements. Elastic Beanstalk deploys with the permissions of its caller, on CloudFormation, EC2,
// Auto Scaling, ECS, load balancers and its bucket, and AWS documents no smaller set that is sure to
// be enough ("Managing Elastic Beanstalk user policies" in the Developer Guide). CDK attaches the
// same policy to the pipeline's own deploy action. It covers all calls of the program but those of
// [Statements].
//
// What it lacks is iam:PassRole for ecs-tasks.amazonaws.com on the task execution role that the
// bundle names: whoever deploys hands that role on.
const BlueGreenPolicy = "AdministratorAccess-AWSElasticBeanstalk"

// Statement is what one IAM policy statement of the program allows. Conditions are by operator, then
// by key, as IAM writes them.
type Statement struct {
	Sid        string
	Actions    []string
	Resources  []string
	Conditions map[string]map[string]string
}

// Statements returns all that the role of [CommandProbe] has to be allowed, apart from what every
// CodeBuild project needs, and what [CommandBlueGreen] needs beside [BlueGreenPolicy]. None of it is
// narrowed to an application, an environment or an ARN.
//
// Three permissions are not among them, for they have to be narrowed: with
// codepipeline:StopPipelineExecution on the pipeline the program stops a rollback that failed, with
// elasticbeanstalk:DeleteApplicationVersion it deletes what [VariableCreationVersions] begins, and with
// sns:Publish it sends a notification to [VariableTopic].
//
// Sources: "Resources and conditions for Elastic Beanstalk actions" in the Elastic Beanstalk
// Developer Guide; "Using condition keys to limit access to CloudWatch namespaces" in the CloudWatch
// User Guide; "Actions, resources, and condition keys for Amazon CloudWatch" in the Service
// Authorization Reference; the managed policy AdministratorAccess-AWSElasticBeanstalk.
func Statements() []Statement {
	return []Statement{
		{
			// Could be narrowed to ARNs, and must not be: Elastic Beanstalk leaves out of its answers
			// what the caller may not see, without an error, and the probe would never see a
			// deployment.
			Sid:       "SeeEnvironments",
			Actions:   []string{"elasticbeanstalk:DescribeApplicationVersions", "elasticbeanstalk:DescribeEnvironments"},
			Resources: []string{"*"},
		},
		{
			// This action has no resource types; the namespace is what narrows it.
			Sid:        "PublishMetrics",
			Actions:    []string{"cloudwatch:PutMetricData"},
			Resources:  []string{"*"},
			Conditions: map[string]map[string]string{"StringEquals": {"cloudwatch:namespace": Namespace}},
		},
		{
			// Could be narrowed to the ARN of an alarm, and is not: what it lets see is no secret, and
			// a pattern that misses the alarm would show as nothing but a warning in a log, while
			// no release fails for it any more.
			Sid:       "SeeAlarms",
			Actions:   []string{"cloudwatch:DescribeAlarms"},
			Resources: []string{"*"},
		},
		{
			// Could be narrowed to the pipeline, which cannot be named here: it is made after the role,
			// because its first release begins at once.
			Sid:       "SeeExecutions",
			Actions:   []string{"codepipeline:GetPipelineExecution", "codepipeline:GetPipelineState"},
			Resources: []string{"*"},
		},
	}
}
