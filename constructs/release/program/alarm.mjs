// The release alarm: the one metric alarm that CodePipeline watches after a release, and for which
// it rolls the release back.
import { aws } from "./aws.mjs";
import { Failure } from "./failure.mjs";

// A look that hangs must not keep the probe from asking.
const LOOK_LIMIT_MS = 30_000;

// When the release began, in milliseconds: when CodeBuild began the build, which is a while before
// this program starts. A deployment that runs meanwhile can make the alarm fire.
export const BEGAN = Number(process.env.CODEBUILD_START_TIME) || performance.timeOrigin;

// Returns since when the alarm fires; undefined says that it does not, or that nobody knows: a
// release neither fails nor is excused because of an alarm that cannot be seen.
export async function firesSince(job) {
  const { settings, signal, log } = job;
  const { RELEASE_ALARM } = settings;
  if (!RELEASE_ALARM) {
    return undefined;
  }
  try {
    const input = { AlarmNames: [RELEASE_ALARM] };
    const options = { signal, limitMs: LOOK_LIMIT_MS };
    const { MetricAlarms = [] } = await aws("cloudwatch", "describe-alarms", input, options);
    if (MetricAlarms.length === 0) {
      throw new Failure("there is no metric alarm of this name");
    }
    const [{ StateValue, StateTransitionedTimestamp, StateUpdatedTimestamp }] = MetricAlarms;
    return StateValue === "ALARM"
      ? new Date(StateTransitionedTimestamp ?? StateUpdatedTimestamp)
      : undefined;
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    if (job.blind !== error.message) {
      log(`WARNING: the state of the alarm ${RELEASE_ALARM} is not known: ${error.message}`);
      job.blind = error.message;
    }
    return undefined;
  }
}

// Fails if the alarm fires, and began to after a time in milliseconds, which is when the release began:
// users meet something that the requests of this program do not.
export async function heed(job, after = BEGAN) {
  const since = await firesSince(job);
  if (since?.getTime() > after) {
    throw new Failure(`the alarm ${job.settings.RELEASE_ALARM} fires since ${since.toISOString()}`);
  }
}

// Returns since when the alarm fires, if it did before the release began.
export async function firedBefore(job) {
  const since = await firesSince(job);
  return since?.getTime() < BEGAN ? since : undefined;
}
