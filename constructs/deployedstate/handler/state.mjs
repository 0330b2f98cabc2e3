// What an environment is created with, and that an existing one keeps what it runs.
import { copyOf, deleteUnused, placeholder } from "./bootstrap.mjs";
import { LOOKS, isReady, watch } from "./environments.mjs";
import { Failure, attempt } from "./failure.mjs";
import { recommendedPlatform } from "./platform.mjs";
import { keepLiveStandby } from "./standby.mjs";

// Tells the template to name neither platform nor version. It is no name that Elastic Beanstalk could
// have given one, and not the empty string, which a template could not tell from a missing answer.
const KEEP = "keep";

// Attributes for the template. An environment that exists gets neither a platform nor a version from a
// stack: Elastic Beanstalk, given a version beside options, can replace all instances at once, and the
// rollback of an update would name what ran before it.
export async function deployedState(request, tools) {
  await keepLiveStandby(request, tools);
  const [own, model] = await find(request, tools);
  if (own) {
    await mustBeReady(own, request, tools);
    await deleteUnused(own, request, tools);
  }
  // An update that changes no name creates no environment, whatever the list of environments says.
  if (own || request.exists) {
    const Reason = `${request.environments[0]} keeps its version and platform`;
    return { Reason, Data: { PlatformArn: KEEP, VersionLabel: KEEP } };
  }
  const Data = {
    PlatformArn: model?.PlatformArn || (await recommendedPlatform(request, tools)),
    VersionLabel: model?.VersionLabel
      ? await copyOf(model, request, tools)
      : await placeholder(request, tools),
  };
  return { Reason: `version ${Data.VersionLabel} on ${Data.PlatformArn}`, Data };
}

// Returns the environment itself, if it exists; and else the one that it starts from, the first of
// the other names that exists.
//
// A release or a managed update under way is waited for, because an environment that is not Ready
// refuses every change, and a new one should start with what the release ends with.
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

// Ends an update that Elastic Beanstalk would refuse before the environment's nested stack is touched,
// for that stack would roll itself back at once, and be refused once more. A stack that is rolled back
// already goes on.
async function mustBeReady(environment, { stackId, environments: [name] }, tools) {
  if (isReady(environment) || (await isRolledBack(stackId, tools))) {
    return;
  }
  throw new Failure(
    `${name} is ${environment.Status}: a release or a platform update is under way, and takes ` +
      `longer than this function can wait; nothing was changed`,
    `wait until ${name} is Ready and deploy again`,
  );
}

async function isRolledBack(stackId, { aws, log }) {
  try {
    const input = { StackName: stackId };
    const { Stacks = [] } = await attempt(aws, "DescribeStacks", `stack ${stackId}`, input);
    return /ROLLBACK/.test(Stacks[0].StackStatus);
  } catch (error) {
    log("status of the stack not known", { error: error.message });
    return true; // A rollback that fails is worse than an update that is refused later.
  }
}
