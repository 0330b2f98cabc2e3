// Watches a release as its users see it: sends requests for as long as Elastic Beanstalk deploys, and
// through the bake. It runs beside the deploy action of the pipeline and steers nothing; it finds out by
// itself when the deployment is over.
import { setTimeout as sleep } from "node:timers/promises";

import { firesSince, heed } from "./alarm.mjs";
import { followDeployment } from "./deployment.mjs";
import { excusing } from "./excuse.mjs";
import { Failure } from "./failure.mjs";
import { startReporter } from "./reporter.mjs";
import { WRONG_VERSION } from "./request.mjs";
import { failed } from "./summary.mjs";
import { startTraffic } from "./traffic.mjs";
import { requests } from "./watch.mjs";

// Returns whether no more requests failed than are tolerated.
export function probe(tools) {
  return excusing(tools, (excused) => observe({ ...tools, excused }));
}

async function observe(job) {
  const { settings, signal, log, print } = job;
  const { PROBE_URL, PROBE_PATH, PROBE_LIMIT_MINUTES, PROBE_MAX_FAILURES } = settings;
  const url = new URL(PROBE_PATH, PROBE_URL);

  const limit = new AbortController();
  setTimeout(() => limit.abort(), PROBE_LIMIT_MINUTES * 60_000);
  signal.addEventListener("abort", () => limit.abort());
  const traffic = startTraffic(url, {
    ...requests(url, job),
    released: settings.EXPECTED_VERSION,
    // A rollback is to a version that was good before: nothing is compared with the bad one.
    only2xx: job.excused ? false : undefined,
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

// Returns when the deployment has been over for a while, or when there is no more to find out, for a rollback
// waits for this program: a stage fails when it completes with a failed action, and one that runs is not rolled
// back (CodePipeline User Guide, "Retry a failed action", and API Reference, "RollbackStage").
async function follow(traffic, job) {
  const { PROBE_START_MS, PROBE_TAIL_MS, PROBE_MAX_FAILURES, POLL_MS } = job.settings;
  const deployment = followDeployment(job);
  judge(traffic, job, false);
  for (let over = false; ; await sleep(POLL_MS, undefined, { signal: job.signal })) {
    if (await deployment.look()) {
      return;
    }
    const sinceOver = deployment.sinceOver();
    if (over !== sinceOver >= 0) {
      over = !over;
      judge(traffic, job, over);
    }
    // Not before: should CodePipeline begin the rollback at once, the environment would refuse it.
    if (!over) {
      continue;
    }
    // Between two changes, the version before may answer.
    const settled = deployment.succeeded() || sinceOver >= PROBE_START_MS;
    if (traffic.failures(settled ? "" : WRONG_VERSION) > PROBE_MAX_FAILURES) {
      job.log(`more than ${PROBE_MAX_FAILURES} requests failed: nothing is left to find out`);
      return;
    }
    const quiet = await alarmKeepsQuiet(sinceOver, job);
    if (sinceOver >= PROBE_TAIL_MS && quiet) {
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
  if (over) {
    traffic.deployed();
  }
  traffic.expect(over ? job.settings.EXPECTED_VERSION : "");
  if (forgiving(job)) {
    traffic.forgiveUntil(over && !job.excused ? Date.now() : Infinity);
  }
}

// Fails if the alarm fires because of the release, and tells otherwise whether it keeps quiet. One that fires
// because of what was forgiven has time to stop: what comes next is CodePipeline's check, which would roll
// the release back.
async function alarmKeepsQuiet(sinceOver, job) {
  const { RELEASE_ALARM, SETTLE_LIMIT_MS } = job.settings;
  if (!forgiving(job)) {
    await heed(job);
    return true;
  }
  if (!(await firesSince(job))) {
    return true;
  }
  const still = `the alarm ${RELEASE_ALARM} still fires`;
  if (sinceOver < SETTLE_LIMIT_MS) {
    if (!job.waits) {
      job.log(`${still}: waiting for it to stop`);
      job.waits = true;
    }
    return false;
  }
  const late = `${still} ${Math.round(sinceOver / 60_000)} minutes after the deployment`;
  if (!job.excused) {
    throw new Failure(late);
  }
  if (!job.warned) {
    job.log(`WARNING: ${late}`);
    job.warned = true;
  }
  return true;
}
