// Stands in for the package of this name in the Lambda runtime: the same classes, no network.
// The driver sets globalThis.stub, which plays AWS.
class Command {
  constructor(input) {
    this.input = input;
  }
}
export class CreateApplicationVersionCommand extends Command {}
export class CreateStorageLocationCommand extends Command {}
export class DeleteApplicationVersionCommand extends Command {}
export class DescribeApplicationVersionsCommand extends Command {}
export class DescribeEnvironmentsCommand extends Command {}
export class ListPlatformVersionsCommand extends Command {}

export class ElasticBeanstalkClient {
  constructor(config) {
    this.config = config;
  }
  send(command) {
    return globalThis.stub("elasticbeanstalk", command, this.config);
  }
}
