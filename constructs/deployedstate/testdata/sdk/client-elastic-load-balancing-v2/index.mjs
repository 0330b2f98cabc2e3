// Stands in for the package of this name in the Lambda runtime: the same classes, no network.
// The driver sets globalThis.stub, which plays AWS.
class Command {
  constructor(input) {
    this.input = input;
  }
}
export class DescribeLoadBalancersCommand extends Command {}
export class DescribeTargetGroupsCommand extends Command {}

export class ElasticLoadBalancingV2Client {
  constructor(config) {
    this.config = config;
  }
  send(command) {
    return globalThis.stub("elasticloadbalancing", command, this.config);
  }
}
