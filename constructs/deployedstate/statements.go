package deployedstate

// Statement is what one IAM policy statement of the function allows.
type Statement struct {
	Sid       string
	Actions   []string
	Resources []string
}

// Scope says where the function works. Its fields may be CDK tokens.
type Scope struct {
	Partition   string
	Region      string
	Account     string
	Application string
	// Stack is the ARN of the stack that the function works for.
	Stack string
}

// Statements returns all that the role of the function has to be allowed, apart from its logs.
//
// Sources: "Resources and conditions for Elastic Beanstalk actions" and "Managing Elastic Beanstalk
// user policies" in the Elastic Beanstalk Developer Guide; "Actions, resources, and condition keys
// for AWS Elastic Beanstalk" and "… for AWS Elastic Load Balancing V2" in the Service Authorization
// Reference; the managed policy AdministratorAccess-AWSElasticBeanstalk.
func Statements(scope Scope) []Statement {
	beanstalk := "arn:" + scope.Partition + ":elasticbeanstalk:" + scope.Region + ":" + scope.Account
	bucket := "arn:" + scope.Partition + ":s3:::elasticbeanstalk-" + scope.Region + "-" + scope.Account
	return []Statement{
		{
			// All could be narrowed to ARNs, and must not be: Elastic Beanstalk leaves out of these
			// lists what the caller may not see, without an error. An ARN that does not match would
			// read as "there is no environment", and put the placeholder over a live application.
			Sid: "SeePlatformsAndEnvironments",
			Actions: []string{
				"elasticbeanstalk:DescribeApplicationVersions",
				"elasticbeanstalk:DescribeEnvironments",
				"elasticbeanstalk:ListPlatformVersions",
			},
			Resources: []string{"*"},
		},
		{
			// Neither action has resource types.
			Sid: "FindLoadBalancers",
			Actions: []string{
				"elasticloadbalancing:DescribeLoadBalancers",
				"elasticloadbalancing:DescribeTargetGroups",
			},
			Resources: []string{"*"},
		},
		{
			Sid:       "SeeOwnStack",
			Actions:   []string{"cloudformation:DescribeStacks"},
			Resources: []string{scope.Stack},
		},
		{
			// This action has no resource types.
			Sid:       "FindStorage",
			Actions:   []string{"elasticbeanstalk:CreateStorageLocation"},
			Resources: []string{"*"},
		},
		{
			// The action requires both resource types. The condition elasticbeanstalk:InApplication
			// would add nothing, the ARNs name the application, and does not exist for the first.
			Sid:     "RegisterBootstrapVersion",
			Actions: []string{"elasticbeanstalk:CreateApplicationVersion"},
			Resources: []string{
				beanstalk + ":application/" + scope.Application,
				beanstalk + ":applicationversion/" + scope.Application + "/" + VersionPrefix + "*",
			},
		},
		{
			Sid:     "DeleteBootstrapVersion",
			Actions: []string{"elasticbeanstalk:DeleteApplicationVersion"},
			Resources: []string{
				beanstalk + ":applicationversion/" + scope.Application + "/" + VersionPrefix + "*",
			},
		},
		{
			// Elastic Beanstalk works on S3 with the permissions of its caller. These are what its
			// own administrator policy has on the bucket: used when CreateStorageLocation makes
			// it, which happens once in an account and region.
			Sid: "PrepareStorageBucket",
			Actions: []string{
				"s3:CreateBucket",
				"s3:GetBucket*",
				"s3:ListBucket",
				"s3:PutBucketOwnershipControls",
				"s3:PutBucketPolicy",
				"s3:PutBucketPublicAccessBlock",
			},
			Resources: []string{bucket},
		},
		{
			Sid:       "StoreBootstrapBundle",
			Actions:   []string{"s3:PutObject"},
			Resources: []string{bucket + "/" + scope.Application + "/" + VersionPrefix + "*.zip"},
		},
		{
			// CreateApplicationVersion reads the bundle in the name of its caller: that of the
			// placeholder, and that of a version of the application that a standby starts with.
			Sid:     "ReadBundles",
			Actions: []string{"s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectVersion"},
			Resources: []string{
				bucket + "/" + scope.Application + "/*",
				bucket + "/resources/environments/*/_runtime/_versions/" + scope.Application + "/*",
			},
		},
	}
}
