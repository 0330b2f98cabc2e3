// What an environment is created with, and that an existing one keeps what it runs.
import { copyOf, placeholder, deleteUnused } from "./bootstrap.mjs";
import { LOOKS, isReady, watch } from "./environments.mjs";
import { recommendedPlatform } from "./platform.mjs";
import { keepLiveStandby } from "./standby.mjs";

// Tells the template to name neither platform nor version. It is no name that Elastic Beanstalk could
// have given one, and not the empty string, which a template could not tell from a missing answer.
const KEEP = "keep";

// Attributes for the template. A live environment gets neither a platform nor a version from a stack:
// Elastic Beanstalk, given a version beside options, can replace all instances at once, and the
// rollback of an update would name what ran before it.
export async function deployedState(request, tools) {
  await keepLiveStandby(request, tools);
  const [own, model] = await find(request, tools);
  if (own) {
    await deleteUnused(own, request, tools);
    const Reason = `${own.EnvironmentName} exists and keeps its version and platform`;
    return { Reason, Data: { PlatformArn: KEEP, VersionLabel: KEEP } };
  }
  const Data = {
    PlatformArn: model?.PlatformArn || (await recommendedPlatform(request, tools)),
    VersionLabel: model?.VersionLabel
      ? await copyOf(model.VersionLabel, request, tools)
      : await placeholder(request, tools),
  };
  return { Reason: `version ${Data.VersionLabel} on ${Data.PlatformArn}`, Data };
}

// Returns the environment itself, if it exists; and else the one that it starts from, the first of
// the other names that exists.
//
// A release or a managed update under way is waited for, because an environment that is not Ready
// refuses every change, and a new one should start with what the release ends with. When time is up,
// the answer is what is known now: failing here would fail CloudFormation's rollback too.
async function find({ application, environments, startFrom, waitMs }, tools) {
  const request = { application, names: environments, waitMs };
  const found = await watch(request, tools, (found, looks) => {
    const first = found.find(Boolean);
    return first ? isReady(first) || isTold(first, startFrom) : looks >= LOOKS;
  });
  return found[0] ? [found[0]] : [undefined, found.find(Boolean)];
}

// An environment to start from that is created at the same time has its version from the template:
// the outcome of its launch changes nothing about it, and waiting would make the two launch one
// after the other.
function isTold({ EnvironmentName, Status, VersionLabel }, startFrom) {
  return EnvironmentName === startFrom && Status === "Launching" && Boolean(VersionLabel);
}
