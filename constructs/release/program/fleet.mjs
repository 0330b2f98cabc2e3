// The sizes of the two fleets. The idle one may have been made smaller, and the live one may have
// grown with its load: all requests come at once after a swap, so the idle one is made as large
// first.
import { aws } from "./aws.mjs";
import { until } from "./environments.mjs";

const GROUP = "aws:autoscaling:asg";

// Gives the idle environment the limits of the live one.
export async function equalLimits(idle, live, job) {
  const [have, want] = [await limits(idle, job), await limits(live, job)];
  if (have.MinSize !== want.MinSize || have.MaxSize !== want.MaxSize) {
    job.log(`${idle}: ${want.MinSize} to ${want.MaxSize} instances, as ${live} has`);
    await setLimits(idle, want, job);
  }
}

// Gives the idle environment as many instances as the live one has, all in good health. Its own
// scaling takes them away again when there is no need, and may do so before all are there: so each
// look asks for what is missing at that moment, and for no more than the live one still has.
export async function equalFleets(idle, live, job) {
  let group;
  let asked;
  await until(`as many healthy instances in ${idle} as in ${live}`, job, job.prepareBy, async () => {
    const want = (await instances(live, job)).all;
    const have = await instances(idle, job);
    if (have.all < want) {
      if (asked !== want) {
        job.log(`${idle}: ${want} instances, as ${live} has`);
        asked = want;
      }
      group ??= await groupOf(idle, job);
      const wish = { AutoScalingGroupName: group, DesiredCapacity: want };
      await aws("autoscaling", "set-desired-capacity", wish, job);
    }
    return have.healthy >= want;
  });
}

async function groupOf(name, job) {
  const { EnvironmentResources } = await call("describe-environment-resources", name, job);
  return EnvironmentResources.AutoScalingGroups[0].Name;
}

// Lets the idle environment shrink to one instance, as its scaling finds that it has nothing to do.
// The maximum stays: a batch may not be larger (Developer Guide, "General options for all
// environments"), and CloudFormation refuses a group of which as many instances as its maximum have
// to stay in service during updates.
export async function shrink(idle, job) {
  const { MinSize } = await limits(idle, job);
  if (MinSize !== "1") {
    job.log(`${idle}: may shrink to 1 instance; the next release undoes that`);
    await setLimits(idle, { MinSize: "1" }, job);
  }
}

// The answer has the variables of the environment too, so it is never printed.
async function limits(name, job) {
  const { ConfigurationSettings } = await call("describe-configuration-settings", name, job);
  // A change that is being applied is a configuration of its own, without instances yet.
  const current =
    ConfigurationSettings.find(({ DeploymentStatus }) => DeploymentStatus === "deployed") ??
    ConfigurationSettings[0];
  const value = (option) =>
    current.OptionSettings.find(
      ({ Namespace, OptionName }) => Namespace === GROUP && OptionName === option,
    )?.Value;
  return { MinSize: value("MinSize"), MaxSize: value("MaxSize") };
}

function setLimits(name, sizes, job) {
  const OptionSettings = Object.entries(sizes).map(([OptionName, Value]) => ({
    Namespace: GROUP,
    OptionName,
    Value,
  }));
  return call("update-environment", name, job, { OptionSettings });
}

async function instances(name, job) {
  const { InstancesHealth = {} } = await aws(
    "elasticbeanstalk",
    "describe-environment-health",
    { EnvironmentName: name, AttributeNames: ["InstancesHealth"] },
    job,
  );
  const { Ok = 0, Info = 0, ...others } = InstancesHealth;
  const healthy = Ok + Info;
  return { healthy, all: Object.values(others).reduce((sum, count) => sum + count, healthy) };
}

function call(command, name, job, input = {}) {
  const target = { EnvironmentName: name };
  // The resources of an environment are asked for without the application.
  if (command !== "describe-environment-resources") {
    target.ApplicationName = job.settings.APPLICATION_NAME;
  }
  return aws("elasticbeanstalk", command, { ...target, ...input }, job);
}
