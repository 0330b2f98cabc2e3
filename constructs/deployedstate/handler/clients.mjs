// The five AWS calls this function may make, under the names that CloudTrail and IAM give them.
// Both packages come with the Lambda runtime, so that there is nothing to install and to bundle.
import {
  CreateApplicationVersionCommand,
  CreateStorageLocationCommand,
  DescribeEnvironmentsCommand,
  ElasticBeanstalkClient,
  ListPlatformVersionsCommand,
} from "@aws-sdk/client-elastic-beanstalk";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

// Elastic Beanstalk throttles per account, and a deployment is when others call it too: eight
// tries back off for about half a minute, where the default of three gives up within a second.
const patience = { maxAttempts: 8, retryMode: "standard" };
const beanstalk = new ElasticBeanstalkClient(patience);
const s3 = new S3Client(patience);

export const aws = {
  DescribeEnvironments: (input) => beanstalk.send(new DescribeEnvironmentsCommand(input)),
  ListPlatformVersions: (input) => beanstalk.send(new ListPlatformVersionsCommand(input)),
  CreateStorageLocation: (input) => beanstalk.send(new CreateStorageLocationCommand(input)),
  CreateApplicationVersion: (input) => beanstalk.send(new CreateApplicationVersionCommand(input)),
  PutObject: (input) => s3.send(new PutObjectCommand(input)),
};
