// Watches a release as its users see it: sends requests for as long as Elastic Beanstalk deploys,
// and a little longer. It runs beside the deploy action of the pipeline and steers nothing; it finds
// out by itself when the deployment is over.
import { setTimeout as sleep } from "node:timers/promises";

import { firesSince, heed } from "./alarm.mjs";
import { AwsError } from "./aws.mjs";
import { describe } from "./environments.mjs";
import { excusing } from "./excuse.mjs";
import { Failure } from "./failure.mjs";
import { startReporter } from "./reporter.mjs";
import { failed } from "./summary.mjs";
import { startTraffic } from "./traffic.mjs";

// Returns whether no more requests failed than are tolerated.
export function probe(tools) {
  return excusing(tools, (excused) => observe({ ...tools, excused }));
}

async function observe(job) {
  const { settings, signal, log, print } = job;
  const { PROBE_URL, PROBE_PATH, PROBE_LIMIT_MINUTES, PROBE_MAX_FAILURES } = settings;
  const url = new URL(PROBE_PATH, PROBE_URL);
  log(`asking for ${url} every ${settings.PROBE_INTERVAL_MS} ms`);

  const limit = new AbortController();
  setTimeout(() => limit.abort(), PROBE_LIMIT_MINUTES * 60_000);
  signal.addEventListener("abort", () => limit.abort());
  const traffic = startTraffic(url, {
    intervalMs: settings.PROBE_INTERVAL_MS,
    timeoutMs: settings.PROBE_TIMEOUT_MS,
  });
  const reporter = startReporter(traffic, job);
  try {
    await follow(traffic, { ...job, signal: limit.signal });
  } catch (error) {
    if (!limit.signal.aborted) {
      throw error;
    }
    const why = signal.aborted ? "stopped" : `${PROBE_LIMIT_MINUTES} minutes are over`;
    log(`${why}: the deployment was not watched to its end`);
  } finally {
    await (signal.aborted ? traffic.abandon() : traffic.stop());
    await reporter.finish();
  }
  const uncounted = failed(traffic.results).length - traffic.failures();
  if (uncounted > 0 && !job.excused) {
    const why = settings.ALLOW_DOWNTIME
      ? "downtime is allowed until the deployment is over"
      : "the network of the probe itself faltered for a moment";
    print(`${uncounted} of them do not count: ${why}`);
  }
  // Without a single result nothing is proved.
  return traffic.results.length > 0 && traffic.failures() <= PROBE_MAX_FAILURES;
}

// Returns when the deployment has been over for a while.
//
// The environment leaves Ready when the deployment begins, and returns to it when it ends, well or
// not. One that does not leave it for a while had nothing to do, or was done before this began: a
// build takes its time to start. One that leaves it again was only between two changes.
async function follow(traffic, job) {
  const { ENVIRONMENT_NAME, PROBE_START_MS, PROBE_TAIL_MS, POLL_MS } = job.settings;
  const started = performance.now();
  let begun = false;
  let overSince = Infinity;
  judge(traffic, job, false);
  for (let last; ; await sleep(POLL_MS, undefined, { signal: job.signal })) {
    const status = await statusOf(ENVIRONMENT_NAME, job);
    if (status !== last) {
      job.log(`environment ${ENVIRONMENT_NAME}: ${status}`);
      last = status;
    }
    const now = performance.now();
    if (status !== "Ready" && status !== UNKNOWN) {
      begun = true;
      overSince = Infinity;
      judge(traffic, job, false);
    } else if (overSince > now && (begun ? status === "Ready" : now - started >= PROBE_START_MS)) {
      if (!begun) {
        job.log("no deployment began: it is over already, or there was nothing to deploy");
      }
      overSince = now;
      judge(traffic, job, true);
    }
    const tail = now - overSince;
    if (tail >= 0 && !forgiving(job)) {
      await heed(job);
    }
    if (tail >= PROBE_TAIL_MS && (await quiet(tail - PROBE_TAIL_MS, job))) {
      return;
    }
  }
}

// Tells whether requests may fail while the environment is deployed to.
function forgiving({ settings, excused }) {
  return excused || settings.ALLOW_DOWNTIME;
}

// Until the deployment is over, both versions may answer, and requests may fail where that is
// allowed. Where the release is excused, they may fail to the end.
function judge(traffic, job, over) {
  traffic.expect(over ? job.settings.EXPECTED_VERSION : "");
  if (forgiving(job)) {
    traffic.forgiveUntil(over && !job.excused ? Date.now() : Infinity);
  }
}

// An alarm that fires because of what was forgiven has to stop before this ends: what comes next is
// the bake, in which it would roll the release back.
async function quiet(waitedMs, job) {
  const { RELEASE_ALARM, SETTLE_LIMIT_MS } = job.settings;
  if (!forgiving(job) || !(await firesSince(job))) {
    return true;
  }
  const still = `the alarm ${RELEASE_ALARM} still fires`;
  if (waitedMs < SETTLE_LIMIT_MS) {
    if (!job.waits) {
      job.log(`${still}: waiting for it to stop`);
      job.waits = true;
    }
    return false;
  }
  const late = `${still} ${Math.round(waitedMs / 60_000)} minutes after the deployment`;
  if (!job.excused) {
    throw new Failure(late);
  }
  job.log(`WARNING: ${late}`);
  return true;
}

const UNKNOWN = "unknown";

// A look that fails says nothing about the requests, and there will be another.
async function statusOf(name, { settings, signal, log }) {
  try {
    const [environment] = await describe(settings.APPLICATION_NAME, [name], { signal });
    return environment?.Status ?? UNKNOWN;
  } catch (error) {
    if (!(error instanceof AwsError)) {
      throw error;
    }
    log(`WARNING: ${error.message}`);
    return UNKNOWN;
  }
}
