// The environments as Elastic Beanstalk describes them, and waiting for what they become.
import { attempt } from "./failure.mjs";

const POLL_MS = 15_000;

// Time kept for the calls that follow the waiting.
const MARGIN_MS = 60_000;

// An environment that may not be listed is left out of the list instead of being refused, and a
// new role takes some seconds to work everywhere. Taking one such answer for "there is none" would
// put the placeholder over a live application, so it has to be given several times. A list that
// has another of the wanted environments in it is believed at once: it shows that the role works.
export const LOOKS = 4;

const GONE = ["Terminating", "Terminated"];

// Looks at the environments of these names until enough(found, looks), or until time is up, and
// returns what was found last: in the order of the names, with undefined for what is not there.
export async function watch({ application, names, waitMs }, tools, enough) {
  const { aws, sleep, log, remaining } = tools;
  for (let looks = 1, waited = 0; ; looks++, waited += POLL_MS) {
    const found = await describe(application, names, aws);
    log("environments", { names, found: found.map(summary) });
    if (enough(found, looks)) {
      return found;
    }
    if (waited + POLL_MS > waitMs || remaining() < POLL_MS + MARGIN_MS) {
      log("waited long enough", { waitedMs: waited });
      return found;
    }
    await sleep(POLL_MS);
  }
}

async function describe(application, names, aws) {
  const target = `environment ${names.join(" or ")} of application ${application}`;
  const { Environments = [] } = await attempt(aws, "DescribeEnvironments", target, {
    ApplicationName: application,
    EnvironmentNames: names,
    IncludeDeleted: false,
  });
  const alive = Environments.filter(({ Status }) => !GONE.includes(Status));
  return names.map((name) => alive.find(({ EnvironmentName }) => EnvironmentName === name));
}

function summary(environment) {
  if (!environment) {
    return "none";
  }
  const { EnvironmentName, Status, VersionLabel, PlatformArn, CNAME } = environment;
  return { EnvironmentName, Status, VersionLabel, PlatformArn, CNAME };
}

export function isReady({ Status }) {
  return Status === "Ready";
}

// Tells the live environment of the two from their CNAMEs, for a swap exchanges these and leaves
// the names. Elastic Beanstalk made each CNAME of the name of its environment, so the one that
// begins with the standby's name is the one that users were not given. Returns undefined where
// neither or both do: a guess could take the live one down.
export function liveOne(first, standby) {
  if (!first?.CNAME || !standby?.CNAME) {
    return undefined;
  }
  const idle = [first, standby].filter(({ CNAME }) => madeOf(standby.EnvironmentName, CNAME));
  if (idle.length !== 1) {
    return undefined;
  }
  return idle[0] === standby ? first : standby;
}

// NAME.eba-xxxxxxxx.REGION.elasticbeanstalk.com, in older accounts NAME-xxxx.REGION….
function madeOf(name, cname) {
  const [start, whole] = [name.toLowerCase(), cname.toLowerCase()];
  return whole.startsWith(`${start}.`) || whole.startsWith(`${start}-`);
}

// For the reader of a failure: who has which address.
export function addresses(environments) {
  return environments
    .map(({ EnvironmentName, CNAME }) => `${EnvironmentName} has the CNAME ${CNAME ?? "(none)"}`)
    .join(", ");
}
