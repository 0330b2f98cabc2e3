// Watches a release as its users see it: sends requests for as long as Elastic Beanstalk deploys, and
// through the bake. It runs beside the deploy action of the pipeline and steers nothing; it finds out by
// itself when the deployment is over.
import { setTimeout as sleep } from "node:timers/promises";

import { firesSince, heed } from "./alarm.mjs";
import { AwsError } from "./aws.mjs";
import { describe } from "./environments.mjs";
import { excusing } from "./excuse.mjs";
import { Failure } from "./failure.mjs";
import { startReporter } from "./reporter.mjs";
import { WRONG_VERSION } from "./request.mjs";
import { stageState } from "./stage.mjs";
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
  // Without a single result nothing is proved. A rollback that failed for it would start another one.
  return job.excused || (traffic.results.length > 0 && traffic.failures() <= PROBE_MAX_FAILURES);
}

// Returns when the deployment has been over for a while, or when there is no more to find out: CodePipeline
// begins a rollback once all actions of the stage have ended (User Guide, "Retry a failed stage or failed
// actions in a stage"), so a rollback waits for this one.
//
// CodePipeline knows when its deploy action is over, and whether it failed. Where it cannot be asked, the
// environment shows it: it leaves Ready when the deployment begins, and returns to it when it ends, well or
// not. One that does not leave it for a while had nothing to do, or was done before this began: a build
// takes its time to start. One that leaves it again was only between two changes.
async function follow(traffic, job) {
  const { ENVIRONMENT_NAME, PROBE_START_MS, PROBE_TAIL_MS, PROBE_MAX_FAILURES, POLL_MS } = job.settings;
  const started = performance.now();
  let begun = false;
  let done = false;
  let execution;
  let overSince = Infinity;
  judge(traffic, job, false);
  for (let last; ; await sleep(POLL_MS, undefined, { signal: job.signal })) {
    const stage = await stageState(job);
    execution ??= stage?.execution;
    if (stage && ended(stage, execution, job)) {
      return;
    }
    done ||= stage?.deploy === "Succeeded";
    const status = await statusOf(ENVIRONMENT_NAME, job);
    if (status !== last) {
      job.log(`environment ${ENVIRONMENT_NAME}: ${status}`);
      last = status;
    }
    const now = performance.now();
    if (status !== "Ready" && status !== UNKNOWN) {
      begun = true;
      // After the deploy action, it is another change.
      if (!(done && overSince <= now)) {
        overSince = Infinity;
        judge(traffic, job, false);
      }
    } else if (overSince > now && over(stage, status, begun || done, now - started >= PROBE_START_MS)) {
      if (!begun && !done) {
        job.log("no deployment began: it is over already, or there was nothing to deploy");
      }
      overSince = now;
      judge(traffic, job, true);
    }
    // Not before: should CodePipeline begin the rollback at once, the environment would refuse it.
    const tail = now - overSince;
    if (tail < 0) {
      continue;
    }
    // Between two changes, the version before may answer.
    if (traffic.failures(done || tail >= PROBE_START_MS ? "" : WRONG_VERSION) > PROBE_MAX_FAILURES) {
      job.log(`more than ${PROBE_MAX_FAILURES} requests failed: nothing is left to find out`);
      return;
    }
    const quiet = await alarmKeepsQuiet(tail, job);
    if (tail >= PROBE_TAIL_MS && quiet) {
      return;
    }
  }
}

// Tells whether nothing is left to watch, and fails if that is because the deployment failed. The action of
// a later execution in the same stage would be taken for this one's.
function ended({ execution, deploy, reason }, first, job) {
  if (execution !== first) {
    job.log("a later execution has entered the stage: nothing is left to watch");
    return true;
  }
  if (deploy !== "Failed" && deploy !== "Abandoned") {
    return false;
  }
  const failure = `the action ${job.settings.DEPLOY_ACTION} has the status ${deploy}: ${reason}`;
  if (!job.excused) {
    throw new Failure(failure);
  }
  job.log(failure);
  return true;
}

function over(stage, status, begun, late) {
  if (stage?.deploy === "InProgress") {
    return false;
  }
  return begun ? status === "Ready" : late;
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
