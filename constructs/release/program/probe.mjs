// Watches a release as its users see it: sends requests for as long as Elastic Beanstalk deploys, and
// through the bake. It runs beside the deploy action of the pipeline and steers nothing; it finds out by
// itself when the deployment is over.
import { setTimeout as sleep } from "node:timers/promises";

import { BEGAN, heed } from "./alarm.mjs";
import { FIRST, stateBefore } from "./baseline.mjs";
import { followDeployment } from "./deployment.mjs";
import { startSuppression } from "./excuse.mjs";
import { Failure } from "./failure.mjs";
import { judgeLatency } from "./latency.mjs";
import { startReporter } from "./reporter.mjs";
import { WRONG_VERSION, sameVersion } from "./request.mjs";
import { A_ROLLBACK, isRollback } from "./rollback.mjs";
import { failed, withShare } from "./summary.mjs";
import { startTraffic } from "./traffic.mjs";
import { requests } from "./watch.mjs";

// Fails if more requests failed than are tolerated.
export async function probe(tools) {
  const suppression = startSuppression(tools);
  const job = { ...tools, suppression };
  try {
    if (await isRollback(job)) {
      suppression.because(A_ROLLBACK, [job.settings.ENVIRONMENT_NAME]);
    }
    job.signal.throwIfAborted();
    await observe(job);
  } finally {
    suppression.of([]);
    await suppression.finish();
  }
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
    only2xx: job.suppression.reason() ? false : undefined,
  });
  const reporter = startReporter(traffic, job);
  try {
    await follow(traffic, { ...job, signal: limit.signal });
  } catch (error) {
    if (!limit.signal.aborted) {
      throw withShare(error, traffic.results);
    }
    const why = signal.aborted ? "stopped" : `${PROBE_LIMIT_MINUTES} minutes are over`;
    log(`${why}: the deployment was not watched to its end`);
  } finally {
    await (signal.aborted ? traffic.abandon() : traffic.stop());
    await reporter.finish();
  }
  const uncounted = failed(traffic.results).length - traffic.failures();
  if (uncounted > 0 && !job.suppression.reason()) {
    const why = settings.ALLOW_DOWNTIME
      ? "downtime is allowed until the deployment is over"
      : "the network of the probe itself faltered for a moment";
    print(`${uncounted} of them do not count: ${why}`);
  }
  if (traffic.results.length === 0) {
    throw new Failure("no request ended: nothing is known of this release");
  }
  if (traffic.failures() > PROBE_MAX_FAILURES) {
    throw withShare(new Failure(`more than ${PROBE_MAX_FAILURES} requests failed`), traffic.results);
  }
}

// Returns when the deployment has been over for a while, or when there is no more to find out, for a rollback
// waits for this program: a stage fails when it completes with a failed action, and one that runs is not rolled
// back (CodePipeline User Guide, "Retry a failed action", and API Reference, "RollbackStage").
async function follow(traffic, job) {
  const { PROBE_START_MS, PROBE_TAIL_MS, PROBE_MAX_FAILURES, POLL_MS, BEFORE_LIMIT_MS } = job.settings;
  const deployment = followDeployment(job);
  judge(traffic, job, false);
  let before = BEFORE_LIMIT_MS === 0;
  for (let over = false; ; await sleep(POLL_MS, undefined, { signal: job.signal })) {
    if (await deployment.look()) {
      return;
    }
    const sinceOver = deployment.sinceOver();
    before ||= lookBefore(traffic, deployment, job);
    if (over !== sinceOver >= 0) {
      over = !over;
      judge(traffic, job, over);
    }
    // Not before: should CodePipeline begin the rollback at once, the environment would refuse it.
    if (!over || !before) {
      continue;
    }
    // Between two changes, the version before may answer.
    const settled = deployment.succeeded() || sinceOver >= PROBE_START_MS;
    if (traffic.failures(settled ? "" : WRONG_VERSION) > PROBE_MAX_FAILURES) {
      job.log(`more than ${PROBE_MAX_FAILURES} requests failed: nothing is left to find out`);
      return;
    }
    const quiet = await alarmKeepsQuiet(sinceOver, job);
    if (!job.suppression.reason()) {
      judgeLatency(traffic, Date.now() - sinceOver, job);
    }
    if (sinceOver >= PROBE_TAIL_MS && quiet) {
      return;
    }
  }
}

// Learns from the first requests how the version before responds, and returns whether that is done. They say
// nothing about it where the new version may have responded: this program begins a while after the deployment,
// and where only its own action is tried again, there is none.
function lookBefore(traffic, deployment, job) {
  const { EXPECTED_VERSION, ENVIRONMENT_NAME, BEFORE_LIMIT_MS, PROBE_MAX_LATENCY_MS } = job.settings;
  const first = traffic.results.filter(({ number }) => number < FIRST);
  if (job.suppression.reason()) {
    return true;
  }
  const over = deployment.sinceOver() >= 0;
  if (first.length < FIRST || !(deployment.seen() || over)) {
    return false;
  }
  const late = ({ at, version = "" }) =>
    at >= BEGAN + BEFORE_LIMIT_MS || (EXPECTED_VERSION && version && sameVersion(version, EXPECTED_VERSION));
  if (!deployment.seen() || first.some(late)) {
    job.log("the version before was not seen alone: whether it failed or was slow already is not known");
    // A limit that suits the load balancer, to which a connection is there already, may not suit this program.
    job.ignoreLatency = true;
    return true;
  }
  const { failing, slow } = stateBefore(first, PROBE_MAX_LATENCY_MS);
  job.ignoreLatency = slow;
  if (slow) {
    job.log("requests took as long before this release: latency does not count against it");
  }
  if (failing) {
    job.suppression.because(failing, [ENVIRONMENT_NAME]);
    traffic.forgiveUntil(Infinity);
  }
  return true;
}

// Tells whether requests may fail while the environment is deployed to.
function forgiving({ settings, suppression }) {
  return suppression.reason() || settings.ALLOW_DOWNTIME;
}

// Until the deployment is over, both versions may answer, requests may fail where that is allowed, and the
// alarm is suppressed. Where nothing counts against the release, requests may fail to the end.
function judge(traffic, job, over) {
  if (over) {
    traffic.deployed();
  }
  traffic.expect(over ? job.settings.EXPECTED_VERSION : "");
  job.suppression.of(over ? [] : [job.settings.ENVIRONMENT_NAME]);
  if (forgiving(job)) {
    traffic.forgiveUntil(over && !job.suppression.reason() ? Date.now() : Infinity);
  }
}

// Fails if an alarm fires because of the release, and tells otherwise whether all keep quiet. One that fires
// because of what was before, or of what was forgiven, has time to stop: what comes next is CodePipeline's
// check, which would roll the release back.
async function alarmKeepsQuiet(sinceOver, job) {
  const { SETTLE_LIMIT_MS } = job.settings;
  const alarm = await heed(job, forgiving(job) ? Infinity : Date.now() - sinceOver);
  if (!alarm) {
    return true;
  }
  const still = `the alarm ${alarm.name} still fires`;
  if (sinceOver < SETTLE_LIMIT_MS) {
    if (!job.waits) {
      job.log(`${still}: waiting for it to stop`);
      job.waits = true;
    }
    return false;
  }
  const late = `${still} ${Math.round(sinceOver / 60_000)} minutes after the deployment, since ${alarm.since.toISOString()}`;
  if (!job.suppression.reason()) {
    throw new Failure(late);
  }
  if (!job.warned) {
    job.log(`WARNING: ${late}`);
    job.warned = true;
  }
  return true;
}
