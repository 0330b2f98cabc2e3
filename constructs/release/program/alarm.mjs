// The release alarms: the metric alarms that CodePipeline checks after a release, and for which it rolls
// the release back.
import { aws } from "./aws.mjs";
import { Failure } from "./failure.mjs";

// A look that hangs must not keep the probe from asking.
const LOOK_LIMIT_MS = 30_000;

// When the release began, in milliseconds: when CodeBuild began the build, which is a while before
// this program starts. A deployment runs meanwhile.
export const BEGAN = Number(process.env.CODEBUILD_START_TIME) || performance.timeOrigin;

// Returns the alarm that began to fire last, as its name and since when; undefined says that none fires, or
// that nobody knows: a release does not fail because of an alarm that cannot be seen.
export async function firing(job) {
  const { settings, signal, log } = job;
  const names = settings.RELEASE_ALARMS;
  if (names.length === 0) {
    return undefined;
  }
  try {
    const options = { signal, limitMs: LOOK_LIMIT_MS };
    const { MetricAlarms = [] } = await aws("cloudwatch", "describe-alarms", { AlarmNames: names }, options);
    const missing = names.filter((name) => !MetricAlarms.some(({ AlarmName }) => AlarmName === name));
    if (missing.length > 0) {
      throw new Failure(`there is no metric alarm ${missing.join(", ")}`);
    }
    return MetricAlarms.filter(({ StateValue }) => StateValue === "ALARM")
      .map(({ AlarmName, StateTransitionedTimestamp, StateUpdatedTimestamp }) => ({
        name: AlarmName,
        since: new Date(StateTransitionedTimestamp ?? StateUpdatedTimestamp),
      }))
      .sort((a, b) => b.since - a.since)[0];
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    if (job.blind !== error.message) {
      log(`WARNING: the state of the release alarm is not known: ${error.message}`);
      job.blind = error.message;
    }
    return undefined;
  }
}

// Fails if an alarm fires that began to after a time in milliseconds, and returns it otherwise: users meet
// something that the requests of this program may not.
export async function heed(job, after) {
  const alarm = await firing(job);
  if (alarm?.since.getTime() > after) {
    throw new Failure(`the alarm ${alarm.name} fires since ${alarm.since.toISOString()}`);
  }
  return alarm;
}
