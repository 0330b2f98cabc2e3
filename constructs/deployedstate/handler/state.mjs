// What the environment should be told to run: what it runs already, or a start.
import { bootstrapVersion } from "./bootstrap.mjs";
import { LOOKS, isReady, watch } from "./environments.mjs";
import { recommendedPlatform } from "./platform.mjs";
import { keepLiveStandby } from "./standby.mjs";

// Attributes for the template. An environment without a version label runs the sample application
// of its platform; it is given the bootstrap version, which is wanted there just as in a new one.
// A live platform is never changed from here, not even to another branch: managed updates own it.
export async function deployedState(request, tools) {
  await keepLiveStandby(request, tools);
  const model = await findModel(request, tools);
  const Data = {
    PlatformArn: model?.PlatformArn || (await recommendedPlatform(request, tools)),
    VersionLabel: model?.VersionLabel || (await bootstrapVersion(request, tools)),
  };
  return { Reason: `version ${Data.VersionLabel} on ${Data.PlatformArn}`, Data };
}

// The environment whose version and platform count: the first of the names that exists.
//
// A release or a managed update under way is waited for, because its outcome is not known and an
// environment that is not Ready refuses every change. When time is up, the answer is what is live
// now: failing here would fail CloudFormation's rollback too, and leave the stack stuck.
async function findModel({ application, environments, startFrom, waitMs }, tools) {
  const request = { application, names: environments, waitMs };
  const found = await watch(request, tools, (found, looks) => {
    const model = found.find(Boolean);
    return model ? isReady(model) || isTold(model, startFrom) : looks >= LOOKS;
  });
  return found.find(Boolean);
}

// An environment to start from that is created at the same time has its version from the template:
// the outcome of its launch changes nothing about it, and waiting would make the two launch one
// after the other.
function isTold({ EnvironmentName, Status, VersionLabel }, startFrom) {
  return EnvironmentName === startFrom && Status === "Launching" && Boolean(VersionLabel);
}
