import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, DependencyGroup, IDependable } from 'constructs';
import { trustOwnAccount } from './trust';

const maxZones = 3;
const zones = 2;

export class Network extends Construct {
  readonly vpc: ec2.Vpc;
  readonly public: ec2.ISubnet[];
  readonly database: ec2.ISubnet[];
  readonly connectivity: IDependable;

  constructor(scope: Construct, id: string, cidr: string) {
    super(scope, id);
    const tier = (name: string, subnetType: ec2.SubnetType) => ({ name, subnetType, cidrMask: 20 });
    this.vpc = new ec2.Vpc(this, 'VPC', {
      ipProtocol: ec2.IpProtocol.DUAL_STACK,
      ipAddresses: ec2.IpAddresses.cidr(cidr),
      availabilityZones: Array.from({ length: zones }, (_, i) => Fn.select(i, Fn.getAzs())),
      reservedAzs: maxZones - zones,
      subnetConfiguration: [
        tier('Public', ec2.SubnetType.PUBLIC),
        { ...tier('Database', ec2.SubnetType.PRIVATE_ISOLATED), ipv6AssignAddressOnCreation: false },
      ],
      natGateways: 0,
      restrictDefaultSecurityGroup: true,
    });
    this.public = this.vpc.selectSubnets({ subnetGroupName: 'Public' }).subnets;
    this.database = this.vpc.selectSubnets({ subnetGroupName: 'Database' }).subnets;

    const egress = new ec2.CfnEgressOnlyInternetGateway(this, 'EgressOnlyGateway', { vpcId: this.vpc.vpcId });
    const routes = new Construct(this, 'IPv6Routes');
    for (const subnet of this.database) {
      new ec2.CfnRoute(routes, subnet.node.id, {
        routeTableId: subnet.routeTable.routeTableId,
        destinationIpv6CidrBlock: '::/0',
        egressOnlyInternetGatewayId: egress.ref,
      });
    }
    const ready = new DependencyGroup(this.vpc.internetConnectivityEstablished);
    for (const subnet of this.public) ready.add(subnet.internetConnectivityEstablished);
    ready.add(this.vpc.addGatewayEndpoint('S3', {
      service: ec2.GatewayVpcEndpointAwsService.S3,
      subnets: [{ subnets: this.public }],
    }));
    this.connectivity = ready;

    this.vpc.addFlowLog('FlowLog', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(newLogGroup(this, 'FlowLogGroup')),
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
    trustOwnAccount(this);
  }
}

export function newLogGroup(scope: Construct, id: string): logs.LogGroup {
  return new logs.LogGroup(scope, id, {
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
}
