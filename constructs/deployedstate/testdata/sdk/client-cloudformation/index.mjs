// Stands in for the package of this name in the Lambda runtime: the same classes, no network.
// The driver sets globalThis.stub, which plays AWS.
export class DescribeStacksCommand {
  constructor(input) {
    this.input = input;
  }
}

export class CloudFormationClient {
  constructor(config) {
    this.config = config;
  }
  send(command) {
    return globalThis.stub("cloudformation", command, this.config);
  }
}
