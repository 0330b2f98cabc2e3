// A release by blue/green: the new version goes to the environment that serves nobody, is tried
// there, and then gets the address of the other one (Developer Guide, "Blue/Green deployments with
// Elastic Beanstalk").
//
// Each step first looks whether it is done already, so that a release that was cut short anywhere is
// finished by running it again, and going back to the previous version is a release like any other:
// the environment that still runs it needs no deployment, only the swap.
import { setTimeout as sleep } from "node:timers/promises";

import { aws } from "./aws.mjs";
import { BASELINE, baselineOf } from "./baseline.mjs";
import { readBundle, register } from "./bundle.mjs";
import { deploy, healthy } from "./deploy.mjs";
import { bothReady, runsWell, until } from "./environments.mjs";
import { startSuppression } from "./excuse.mjs";
import { Failure } from "./failure.mjs";
import { equalFleets, equalLimits, shrink } from "./fleet.mjs";
import { A_ROLLBACK, isRollback, stopRollback } from "./rollback.mjs";
import { ownAddress, trial } from "./trial.mjs";
import { calm, watch } from "./watch.mjs";

export async function bluegreen(tools) {
  const suppression = startSuppression(tools);
  const job = { ...tools, suppression };
  try {
    if (await isRollback(job)) {
      suppression.because(A_ROLLBACK, both(job));
    }
    job.signal.throwIfAborted();
    await release(job);
  } catch (error) {
    if (suppression.reason() && !job.signal.aborted) {
      await stopRollback(job);
    }
    throw error;
  } finally {
    await suppression.finish();
  }
}

function both({ settings }) {
  return [settings.BLUE_ENVIRONMENT, settings.GREEN_ENVIRONMENT];
}

async function release(tools) {
  const { settings, log } = tools;
  const { PREPARE_LIMIT_MINUTES, RELEASE_LIMIT_MINUTES } = settings;
  // What is left is for the swap, for the bake, and for the rollback.
  const limits = [PREPARE_LIMIT_MINUTES, RELEASE_LIMIT_MINUTES];
  const [prepareBy, endBy] = limits.map((minutes) => performance.now() + minutes * 60_000);
  const job = { ...tools, prepareBy, endBy };

  const version = await readBundle(settings);
  const { live, idle } = await bothReady(job, prepareBy);
  const [next, previous] = [idle.EnvironmentName, live.EnvironmentName];
  log(`${previous} is live with ${live.VersionLabel}, ${next} is idle with ${idle.VersionLabel}`);
  const address = new URL(settings.PROBE_PATH, settings.PROBE_URL || `http://${live.CNAME}`);

  if (live.VersionLabel === version.label) {
    log(`${version.label} is live already: nothing to deploy, only to watch`);
    job.suppression.of([next]);
    await stayLive(live, next, address, job);
    await shrinkIfWanted(next, job);
    return;
  }
  job.suppression.of(both(job));
  const only2xx = await lookBefore(live, job);
  try {
    await prepare(next, previous, version, only2xx, job);
  } catch (error) {
    const why = job.signal.aborted ? "stopped" : error.message;
    throw new Failure(`${why}. This release swapped nothing and left ${previous} as it was`, error);
  }
  const compared = job.suppression.reason() ? false : undefined;
  await watch(address, compared, job, (traffic) => goLive(next, previous, traffic, job));
  log(`${next} is live with ${version.label}; ${previous} is idle and keeps ${live.VersionLabel}`);
  await shrinkIfWanted(previous, job);
}

// Learns how the live version responds, and returns whether the new one may not redirect. A release against
// which nothing counts may: a rollback is to a version that was good before.
async function lookBefore({ EndpointURL }, job) {
  const { suppression } = job;
  if (suppression.reason()) {
    return false;
  }
  const { only2xx, failing, slow } = await baselineOf(ownAddress(EndpointURL, job), job);
  job.ignoreLatency = slow;
  if (failing) {
    suppression.because(failing, both(job));
  }
  return only2xx && !failing;
}

// Everything before the swap. Users notice none of it.
async function prepare(next, previous, version, only2xx, job) {
  await equalLimits(next, previous, job);
  // Whatever keeps it busy, and if it is only its new limits, has to be over.
  const { idle } = await bothReady(job, job.prepareBy);
  if (idle.EnvironmentName !== next) {
    throw new Failure(`${next} went live meanwhile, by other hands`);
  }
  if (runsWell(idle, version.label)) {
    job.log(`${next} runs ${version.label} already`);
  } else {
    await register(version, job);
    await deploy(next, version.label, job);
  }
  await equalFleets(next, previous, job);
  await trial(idle, only2xx, job);
}

// What runs already is not deployed again, be it ill: that would overwrite the previous version in
// the idle environment, and with it the way back. It may have been swapped to a moment ago, and gets
// the time to become healthy.
async function stayLive({ EnvironmentName, VersionLabel }, idle, address, job) {
  try {
    if (!job.suppression.reason()) {
      await healthy(EnvironmentName, VersionLabel, job);
    }
    await watch(address, false, job, (traffic) => calm(traffic, job, idle, true));
  } catch (error) {
    if (job.signal.aborted) {
      throw error;
    }
    throw new Failure(`${error.message}. This release swapped nothing: ${EnvironmentName} was live already`, error);
  }
}

// The swap, and the swap back if users are worse off for it.
async function goLive(next, previous, traffic, job) {
  try {
    // A release may be there to mend what is live. What fails already is no reason to keep it, and
    // goes on to fail until resolvers know of the swap.
    await sleep(BASELINE * job.settings.PROBE_INTERVAL_MS, undefined, { signal: job.signal });
    const swapped = Date.now();
    await makeLive(next, job);
    const failed = traffic.results.some(({ at, failure }) => failure && at < swapped);
    await calm(traffic, job, previous, !failed);
  } catch (error) {
    if (job.signal.aborted) {
      throw new Failure(`stopped during the swap to ${next}: release again to finish it`, error);
    }
    throw new Failure(`${error.message}. ${await goBack(previous, job)}`, error);
  }
}

async function goBack(previous, job) {
  try {
    const swapped = await makeLive(previous, job);
    return swapped ? `Swapped back: ${previous} serves again` : `${previous} serves as before`;
  } catch (error) {
    const { BLUE_ENVIRONMENT, GREEN_ENVIRONMENT } = job.settings;
    const command =
      "aws elasticbeanstalk swap-environment-cnames " +
      `--source-environment-name ${BLUE_ENVIRONMENT} ` +
      `--destination-environment-name ${GREEN_ENVIRONMENT}`;
    return `NOT swapped back (${error.message}): if ${previous} is not live, run: ${command}`;
  }
}

// Gives an environment the stable CNAME, unless it has it. Returns whether there was a swap. The
// CNAMEs have the last word: a call that fails on its way back has swapped all the same.
async function makeLive(name, job) {
  const { live } = await bothReady(job, job.endBy);
  if (live.EnvironmentName === name) {
    return false;
  }
  job.log(`swapping: ${name} gets ${live.CNAME} from ${live.EnvironmentName}`);
  let problem;
  try {
    const names = { SourceEnvironmentName: live.EnvironmentName, DestinationEnvironmentName: name };
    await aws("elasticbeanstalk", "swap-environment-cnames", names, job);
  } catch (error) {
    problem = error;
  }
  let looks = 0;
  return until(`${name} to get ${live.CNAME}`, job, job.endBy, async () => {
    const now = await bothReady(job, job.endBy);
    if (now.live.EnvironmentName === name) {
      return true;
    }
    // A swap takes a moment to begin.
    if (problem && ++looks >= 3) {
      throw problem;
    }
    return false;
  });
}

async function shrinkIfWanted(idle, job) {
  if (!job.settings.SHRINK_IDLE) {
    return;
  }
  try {
    await shrink(idle, job);
  } catch (error) {
    job.log(`WARNING: ${idle} keeps its size: ${error.message}`);
  }
}
