// Deploys a version to an environment, and waits until it runs there in good health.
import { aws } from "./aws.mjs";
import { describe, runsWell, until } from "./environments.mjs";
import { Failure } from "./failure.mjs";

// How often the old version may be seen in an environment that is Ready before that means failure:
// the first looks may come before Elastic Beanstalk has begun.
const LOOKS = 3;

export async function deploy(name, label, job) {
  const { APPLICATION_NAME } = job.settings;
  const since = new Date().toISOString();
  job.log(`deploying ${label} to ${name}`);
  try {
    await aws(
      "elasticbeanstalk",
      "update-environment",
      { ApplicationName: APPLICATION_NAME, EnvironmentName: name, VersionLabel: label },
      job,
    );
    let looks = 0;
    await healthy(name, label, job, ({ Status, VersionLabel }) => {
      looks = Status === "Ready" ? looks : LOOKS;
      if (Status === "Ready" && VersionLabel !== label && ++looks >= LOOKS) {
        throw new Failure(`${name} was not deployed to: it runs ${VersionLabel}`);
      }
    });
  } catch (error) {
    await showEvents(name, since, job);
    throw error;
  }
}

// Waits until an environment runs a version in good health, for a while from when it is Ready. Each
// look is checked first.
export async function healthy(name, label, job, check = () => {}) {
  const { APPLICATION_NAME, HEALTH_LIMIT_MS } = job.settings;
  let readySince;
  await until(`${name} to run ${label}`, job, job.prepareBy, async () => {
    const [now] = await describe(APPLICATION_NAME, [name], job);
    if (!now) {
      throw new Failure(`${name} is gone`);
    }
    tell(now, job);
    check(now);
    if (now.Status !== "Ready") {
      readySince = undefined;
      return false;
    }
    readySince ??= performance.now();
    if (performance.now() - readySince > HEALTH_LIMIT_MS) {
      throw new Failure(`${name} runs ${now.VersionLabel} but is ${now.Health}, not Green`);
    }
    return runsWell(now, label);
  });
}

function tell({ EnvironmentName, Status, VersionLabel, Health }, job) {
  const line = `${EnvironmentName}: ${Status}, ${Health}, ${VersionLabel}`;
  if (line !== job.told) {
    job.told = line;
    job.log(line);
  }
}

// The reasons, where the reader of the log sees them.
async function showEvents(name, since, job) {
  if (job.signal.aborted) {
    return;
  }
  try {
    const { Events = [] } = await aws("elasticbeanstalk", "describe-events", {
      ApplicationName: job.settings.APPLICATION_NAME,
      EnvironmentName: name,
      Severity: "WARN",
      StartTime: since,
      MaxRecords: 10,
    });
    for (const { EventDate, Severity, Message } of Events.reverse()) {
      job.log(`${name}: ${EventDate} ${Severity} ${Message}`);
    }
  } catch (error) {
    job.log(`WARNING: no events of ${name}: ${error.message}`);
  }
}
