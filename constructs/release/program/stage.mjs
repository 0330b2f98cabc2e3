// The stage of the pipeline that this release runs in (CodePipeline API Reference, "GetPipelineState"). A
// stage runs one execution at a time, so while this program runs its latest execution is this release.
import { setTimeout as sleep } from "node:timers/promises";

import { BEGAN } from "./alarm.mjs";
import { AwsError, aws } from "./aws.mjs";

// A look that hangs must not keep the probe from asking.
export const LOOK_LIMIT_MS = 30_000;

// How long before this build an action of this release may have changed at most: the actions of a stage
// start together, and a build waits for a machine. What changed earlier is of the execution before.
const START_MS = 60_000;

// CodeBuild names who started a build: codepipeline/NAME (CodeBuild User Guide, "Environment variables in
// build environments"). The pipeline is made after the projects, and so is not among their variables.
const [SERVICE, PIPELINE] = (process.env.CODEBUILD_INITIATOR ?? "").split("/");

// Calls CodePipeline about this pipeline, or returns undefined where there is none or it does not answer.
export async function askPipeline(command, input, job) {
  if (SERVICE !== "codepipeline") {
    return undefined;
  }
  try {
    const options = { signal: job.signal, limitMs: LOOK_LIMIT_MS };
    return await aws("codepipeline", command, input(PIPELINE), options);
  } catch (error) {
    if (!(error instanceof AwsError)) {
      throw error;
    }
    if (job.pipelineUnknown !== error.message) {
      job.pipelineUnknown = error.message;
      job.log(`WARNING: the pipeline cannot be asked: ${error.message}`);
    }
    return undefined;
  }
}

// Returns the ID and the type of the stage's execution, and the status of its deploy action with the reason
// if it failed; undefined where they are not known.
export async function stageState(job) {
  const { STAGE, DEPLOY_ACTION } = job.settings;
  if (!STAGE) {
    return undefined;
  }
  const state = await askPipeline("get-pipeline-state", (name) => ({ name }), job);
  const stage = state?.stageStates?.find(({ stageName }) => stageName === STAGE);
  if (!stage?.latestExecution) {
    return undefined;
  }
  const { pipelineExecutionId: execution, type } = stage.latestExecution;
  const action = stage.actionStates?.find(({ actionName }) => actionName === DEPLOY_ACTION);
  const { status, errorDetails, summary, lastStatusChange } = action?.latestExecution ?? {};
  const deploy = new Date(lastStatusChange).getTime() < BEGAN - START_MS ? undefined : status;
  return { execution, type, deploy, reason: errorDetails?.message || summary || "no reason given" };
}

// Asks a few times for what decides about a whole release, where one call may be throttled.
export async function askAgain(ask, job) {
  for (let tries = 1; ; tries++) {
    const found = await ask();
    if (found !== undefined || tries === 3 || SERVICE !== "codepipeline") {
      return found;
    }
    await sleep(job.settings.POLL_MS, undefined, { signal: job.signal });
  }
}
