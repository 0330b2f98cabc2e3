// The ten AWS calls this function may make, under the names that CloudTrail and IAM give them.
// The packages come with the Lambda runtime, so that there is nothing to install and to bundle.
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import {
  CreateApplicationVersionCommand,
  CreateStorageLocationCommand,
  DeleteApplicationVersionCommand,
  DescribeApplicationVersionsCommand,
  DescribeEnvironmentsCommand,
  ElasticBeanstalkClient,
  ListPlatformVersionsCommand,
} from "@aws-sdk/client-elastic-beanstalk";
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

// AWS throttles per account, and a deployment is when others call it too: eight
// tries back off for about half a minute, where the default of three gives up within a second.
const patience = { maxAttempts: 8, retryMode: "standard" };
const cloudFormation = new CloudFormationClient(patience);
const beanstalk = new ElasticBeanstalkClient(patience);
const balancing = new ElasticLoadBalancingV2Client(patience);
const s3 = new S3Client(patience);

export const aws = {
  DescribeApplicationVersions: (input) =>
    beanstalk.send(new DescribeApplicationVersionsCommand(input)),
  DeleteApplicationVersion: (input) => beanstalk.send(new DeleteApplicationVersionCommand(input)),
  DescribeStacks: (input) => cloudFormation.send(new DescribeStacksCommand(input)),
  DescribeEnvironments: (input) => beanstalk.send(new DescribeEnvironmentsCommand(input)),
  ListPlatformVersions: (input) => beanstalk.send(new ListPlatformVersionsCommand(input)),
  CreateStorageLocation: (input) => beanstalk.send(new CreateStorageLocationCommand(input)),
  CreateApplicationVersion: (input) => beanstalk.send(new CreateApplicationVersionCommand(input)),
  DescribeLoadBalancers: (input) => balancing.send(new DescribeLoadBalancersCommand(input)),
  DescribeTargetGroups: (input) => balancing.send(new DescribeTargetGroupsCommand(input)),
  PutObject: (input) => s3.send(new PutObjectCommand(input)),
};
