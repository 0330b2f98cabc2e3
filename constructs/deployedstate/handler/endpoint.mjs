// Where the environments are reached: the address that users were given, and what CloudWatch calls
// the load balancers behind it.
import { LOOKS, addresses, isReady, liveOne, watch } from "./environments.mjs";
import { Failure } from "./failure.mjs";
import { findLoadBalancers } from "./loadbalancers.mjs";
import { keepLiveStandby } from "./standby.mjs";

export async function endpoint(request, tools) {
  // Asked once more, as late as can be: a release may have made the standby live since the update
  // of the stack began.
  await keepLiveStandby(request, tools);
  const environments = await listed(request, tools);
  const CNAME = stableAddress(environments);
  if (!CNAME) {
    throw new Failure(
      `the address of ${request.application} cannot be told: ${addresses(environments)}` +
        (environments.length === 2 ? `, of which one has to begin with ${request.names[1]}` : ""),
      `look for a swap or a launch under way (aws elasticbeanstalk describe-environments ` +
        `--application-name ${request.application}), wait for its end and deploy again`,
    );
  }
  const Data = { CNAME };
  for (const [i, balancer] of (await findLoadBalancers(request, tools)).entries()) {
    Data[`LoadBalancer${i}`] = balancer.loadBalancer;
    Data[`TargetGroup${i}`] = balancer.targetGroup;
  }
  return { Reason: `${request.names.join(" and ")} at ${CNAME}`, Data };
}

// A swap or a release under way is waited for. When time is up, what is known now has to do.
async function listed(request, tools) {
  const { application, names } = request;
  let doubts = 0;
  const found = await watch(request, tools, (found, looks) => {
    if (!found.every(Boolean)) {
      return looks >= LOOKS;
    }
    // The CNAMEs could make no sense for a moment, right after a swap.
    return found.every(isReady) && (stableAddress(found) || ++doubts >= LOOKS);
  });
  const missing = names.filter((_, i) => !found[i]);
  if (missing.length > 0) {
    throw new Failure(
      `application ${application} has no environment ${missing.join(" and ")}, or the function ` +
        `may not see it`,
      "if it was terminated, restore it in the Elastic Beanstalk console (possible for 42 days), " +
        "and deploy again",
    );
  }
  return found;
}

function stableAddress([first, standby]) {
  return standby ? liveOne(first, standby)?.CNAME : first.CNAME;
}
