// The load balancers behind the environments, by the names that the metrics of Application Load
// Balancers have as dimensions: the last parts of their ARNs.
import { Failure, attempt } from "./failure.mjs";

export async function findLoadBalancers({ names, endpoints }, { aws, log }) {
  // All of the account and region: the service finds them by name or ARN, not by address.
  const all = await listAll("LoadBalancers", "this account and region", {}, aws);
  const found = [];
  for (const [i, name] of names.entries()) {
    found.push(await describe(name, endpoints[i], all, aws));
  }
  log("load balancers", { found });
  return found;
}

async function describe(name, endpoint, all, aws) {
  const balancer = all.find(({ DNSName }) => DNSName && host(DNSName) === host(endpoint));
  if (!balancer) {
    throw new Failure(
      `no Application Load Balancer of this account and region has the address ${endpoint}, ` +
        `which is the endpoint of environment ${name}`,
      `see what the environment has (aws elasticbeanstalk describe-environment-resources ` +
        `--environment-name ${name}): it needs an Application Load Balancer; if it has one of ` +
        `another address, it was rebuilt: change any of its settings and deploy again`,
    );
  }
  const { LoadBalancerArn } = balancer;
  const target = `load balancer ${LoadBalancerArn}`;
  const groups = await listAll("TargetGroups", target, { LoadBalancerArn }, aws);
  if (groups.length === 0) {
    throw new Failure(
      `the ${target} of environment ${name} has no target group`,
      `wait until the environment is Ready and deploy again; if it still has none, rebuild it, ` +
        `which interrupts it (aws elasticbeanstalk rebuild-environment --environment-name ${name})`,
    );
  }
  // An environment with one process has one. A second is there while a release splits the traffic,
  // and nothing in the list tells the two apart: so the first by name, which is at least the same
  // one however often and in whatever order they are listed.
  const [first] = groups.map(({ TargetGroupArn }) => TargetGroupArn.split(":").at(-1)).sort();
  return { loadBalancer: LoadBalancerArn.split(":loadbalancer/").at(-1), targetGroup: first };
}

// DNS names know no case, and "dualstack." only asks for IPv6 addresses too.
function host(address) {
  return address.toLowerCase().replace(/^dualstack\./, "");
}

// All pages of DescribeLoadBalancers or DescribeTargetGroups.
async function listAll(what, target, input, aws) {
  const all = [];
  let Marker;
  do {
    const page = await attempt(aws, `Describe${what}`, target, { ...input, Marker });
    all.push(...(page[what] ?? []));
    Marker = page.NextMarker;
  } while (Marker);
  return all;
}
