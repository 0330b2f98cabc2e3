// The environments as Elastic Beanstalk describes them, and waiting for what they become.
import { setTimeout as sleep } from "node:timers/promises";

import { aws } from "./aws.mjs";
import { Failure } from "./failure.mjs";

// Returns the environments of these names, in this order; undefined stands for one that is not
// there. Elastic Beanstalk leaves out what the caller may not see, without an error.
export async function describe(application, names, { signal, limitMs }) {
  const { Environments = [] } = await aws(
    "elasticbeanstalk",
    "describe-environments",
    { ApplicationName: application, EnvironmentNames: names, IncludeDeleted: false },
    { signal, limitMs },
  );
  return names.map((name) => Environments.find((found) => found.EnvironmentName === name));
}

// Looks again and again until check returns something, and returns that.
export async function until(what, job, deadline, check) {
  const began = performance.now();
  for (;;) {
    const found = await check();
    if (found) {
      return found;
    }
    if (performance.now() >= deadline) {
      const minutes = Math.round((performance.now() - began) / 60_000);
      throw new Failure(`waited ${minutes} minutes in vain for ${what}`);
    }
    await sleep(job.settings.POLL_MS, undefined, { signal: job.signal });
  }
}

// Waits until both environments are Ready, for one that is busy with a deployment, a managed update
// or a swap refuses everything, and returns which of them is live.
export async function bothReady(job, deadline) {
  const { APPLICATION_NAME, BLUE_ENVIRONMENT, GREEN_ENVIRONMENT } = job.settings;
  const names = [BLUE_ENVIRONMENT, GREEN_ENVIRONMENT];
  let doubts = 0;
  return until(`${names.join(" and ")} to be Ready`, job, deadline, async () => {
    const both = await describe(APPLICATION_NAME, names, job);
    names.forEach((name, i) => {
      if (!both[i]) {
        throw new Failure(`${APPLICATION_NAME} has no environment ${name}, or it may not be seen`);
      }
    });
    if (!both.every(({ Status }) => Status === "Ready")) {
      return undefined;
    }
    return roles(both, job.settings, ++doubts >= LOOKS);
  });
}

// How often the CNAMEs may make no sense: right after a swap they could, for a moment.
const LOOKS = 3;

// The live environment is the one that the stable CNAME belongs to at this moment. Its name says
// nothing, for a swap exchanges the CNAMEs and leaves the names. Where neither or both seem to have
// it, a guess could take the wrong one down, so nothing is done.
function roles(both, { STABLE_CNAME }, final) {
  const live = both.filter(({ CNAME }) => sameName(CNAME, STABLE_CNAME));
  if (live.length === 1) {
    return { live: live[0], idle: both.find((environment) => environment !== live[0]) };
  }
  if (final) {
    const seen = both.map(({ EnvironmentName, CNAME }) => `${EnvironmentName} has ${CNAME}`);
    throw new Failure(`cannot tell which is live: ${seen.join(", ")}, want ${STABLE_CNAME} once`);
  }
  return undefined;
}

// A wanted name without a dot is a prefix, which a region gives away only once. It spares the
// template the rest of the name, which differs between partitions.
function sameName(cname = "", wanted) {
  const [have, want] = [cname, wanted].map((name) => name.toLowerCase().replace(/\.$/, ""));
  return want.includes(".") ? have === want : have.startsWith(`${want}.`);
}

// Whether the environment runs this version, and well.
export function runsWell({ Status, VersionLabel, Health }, label) {
  return Status === "Ready" && VersionLabel === label && Health === "Green";
}
