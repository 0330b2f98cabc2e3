// What the environment should be told to run: what it runs already, or a start.
import { bootstrapVersion } from "./bootstrap.mjs";
import { Failure, attempt } from "./failure.mjs";

const POLL_MS = 15_000;

// Time kept for the calls that follow the waiting.
const MARGIN_MS = 60_000;

// An environment that may not be listed is left out of the list instead of being refused, and a
// new role takes some seconds to work everywhere. Taking one such answer for "there is none" would
// put the placeholder over a live application, so it has to be given several times.
const LOOKS = 4;

const GONE = ["Terminating", "Terminated"];

// Attributes for the template. An environment without a version label runs the sample application
// of its platform; it is given the bootstrap version, which is wanted there just as in a new one.
// A live platform is never changed from here, not even to another branch: managed updates own it.
export async function deployedState(request, { aws, sleep, log, remaining }) {
  const live = await liveEnvironment(request, { aws, sleep, log, remaining });
  return {
    PlatformArn: live?.PlatformArn || (await recommendedPlatform(request, { aws, log })),
    VersionLabel: live?.VersionLabel || (await bootstrapVersion(request, { aws, log })),
  };
}

// A release or a managed update under way is waited for, because its outcome is not known and an
// environment that is not Ready refuses every change. When time is up, the answer is what is live
// now: failing here would fail CloudFormation's rollback too, and leave the stack stuck.
async function liveEnvironment(request, { aws, sleep, log, remaining }) {
  for (let looks = 1, waited = 0; ; looks++, waited += POLL_MS) {
    const live = await find(request, aws);
    const { Status, VersionLabel, PlatformArn } = live ?? { Status: "none" };
    log("environment", { environments: request.environments, Status, VersionLabel, PlatformArn });
    if (Status === "Ready" || (!live && looks >= LOOKS)) {
      return live;
    }
    if (waited + POLL_MS > request.waitMs || remaining() < POLL_MS + MARGIN_MS) {
      log("waited long enough", { waitedMs: waited, Status });
      return live;
    }
    await sleep(POLL_MS);
  }
}

async function find({ application, environments }, aws) {
  const target = `environment ${environments.join(" or ")} of application ${application}`;
  const { Environments = [] } = await attempt(aws, "DescribeEnvironments", target, {
    ApplicationName: application,
    EnvironmentNames: environments,
    IncludeDeleted: false,
  });
  const alive = Environments.filter(({ Status }) => !GONE.includes(Status));
  return environments
    .map((name) => alive.find(({ EnvironmentName }) => EnvironmentName === name))
    .find(Boolean);
}

async function recommendedPlatform({ platformBranch, region }, { aws, log }) {
  const equals = (Type, value) => ({ Type, Operator: "=", Values: [value] });
  const target = `platform branch ${platformBranch}`;
  const versions = [];
  let NextToken;
  do {
    const page = await attempt(aws, "ListPlatformVersions", target, {
      Filters: [equals("PlatformBranchName", platformBranch)],
      NextToken,
    });
    versions.push(...(page.PlatformSummaryList ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  // Not a filter: AWS's pages and its own tools disagree on whether the state is written with a
  // capital, and a filter that does not match would read as "there is none".
  const platform = versions.find(({ PlatformLifecycleState }) =>
    /^recommended$/i.test(PlatformLifecycleState ?? ""),
  );
  if (!platform) {
    throw new Failure(
      `Elastic Beanstalk recommends no version of the platform branch "${platformBranch}" in ` +
        `${region}: the branch is retired, is not offered there, or its name is misspelt`,
      "name a supported branch (aws elasticbeanstalk list-platform-branches) and deploy again",
    );
  }
  log("platform", { PlatformArn: platform.PlatformArn });
  return platform.PlatformArn;
}
