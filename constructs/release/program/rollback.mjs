// Whether this release is the pipeline's rollback to a previous version. It is documented that the variable
// with the execution's ID has the ID of the current execution, and that a rollback takes its variables from
// the execution that it goes back to (CodePipeline User Guide, "Variables" and "Configuring stage
// rollback"). So the type of that execution (the same, "View rollback status and details") is not believed
// alone: the stage has a type too, without an ID.
import { askAgain, askPipeline, stageState } from "./stage.mjs";

const ROLLBACK = "ROLLBACK";

// Why nothing counts against a rollback: it finds the failures of the bad version, with nothing left to
// return to.
export const A_ROLLBACK = "this is a rollback to a previous version";

export async function isRollback(job) {
  if ((await executionType(job)) === ROLLBACK) {
    return true;
  }
  return Boolean(job.settings.STAGE) && (await askAgain(() => stageState(job), job))?.type === ROLLBACK;
}

// Stops the execution of a rollback that has failed, so that its failure does not start another rollback, and
// so on: an execution that is stopped has not failed (CodePipeline User Guide, "Stop a pipeline execution").
// What the stage does at this moment is waited for.
export async function stopRollback(job) {
  const stage = await askAgain(() => stageState(job), job);
  if (stage?.type !== ROLLBACK) {
    return;
  }
  const input = (pipelineName) => ({
    pipelineName,
    pipelineExecutionId: stage.execution,
    reason: "The rollback failed and would start another one",
  });
  if (await askAgain(() => askPipeline("stop-pipeline-execution", input, job), job)) {
    job.log("the rollback failed: stopped, or it would start another one");
  }
}

async function executionType(job) {
  const { EXECUTION } = job.settings;
  if (!EXECUTION) {
    return undefined;
  }
  const input = (pipelineName) => ({ pipelineName, pipelineExecutionId: EXECUTION });
  return (await askPipeline("get-pipeline-execution", input, job))?.pipelineExecution?.executionType;
}
