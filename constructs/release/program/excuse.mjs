// Excuses a release for what it cannot be blamed for. An alarm that fired before it says nothing
// about it, and would roll each release back, the one that mends what is wrong, too. And a rollback to
// a previous version finds the failures of the bad one, with nothing left to return to.
import { firedBefore } from "./alarm.mjs";
import { publish } from "./metrics.mjs";
import { isRollback } from "./rollback.mjs";

// CodePipeline's own rule checks the alarm when all actions of the stage have ended, and the alarm looks
// back for a few minutes: the excuse reaches a little further than that rule waits.
const MARGIN_MINUTES = 3;

// CloudWatch takes no times that are two hours ahead or more (API Reference, "PutMetricData").
const FURTHEST_MINUTES = 119;

// Runs action, which is told whether the release is excused. In each minute for which the metric
// Excused has a value, the release alarm keeps quiet: while action runs, and while CodePipeline checks it.
export async function excusing(job, action) {
  const { PROBE_REPORT_MS, RULE_MINUTES } = job.settings;
  const excuse = await excuseFor(job);
  job.signal.throwIfAborted();
  if (!excuse) {
    return action(false);
  }
  job.log(`${excuse}: neither alarms nor failed requests count against this release`);
  const keepQuiet = (minutes) => publish(ahead(minutes), job);
  // Until the next report is due, and a little more: a timer that is late could leave a minute out.
  const next = Math.ceil(PROBE_REPORT_MS / 60_000);
  keepQuiet(next);
  const timer = setInterval(keepQuiet, PROBE_REPORT_MS, next);
  try {
    return await action(true);
  } finally {
    clearInterval(timer);
    job.print(`excused: ${excuse}`);
    await keepQuiet(Math.min(Math.ceil(RULE_MINUTES) + MARGIN_MINUTES, FURTHEST_MINUTES));
  }
}

// The reason why nothing counts against this release, or undefined.
async function excuseFor(job) {
  if (await isRollback(job)) {
    return "this is a rollback to a previous version";
  }
  const since = await firedBefore(job);
  return since && `the alarm ${job.settings.RELEASE_ALARM} fired before this release, since ${since.toISOString()}`;
}

// One datapoint for this minute, and for each of so many to come.
function ahead(minutes) {
  const now = Date.now();
  return Array.from({ length: minutes + 1 }, (_, minute) => ({
    name: "Excused",
    value: 1,
    at: now + minute * 60_000,
  }));
}
