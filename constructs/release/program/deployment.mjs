// The deployment beside which the probe runs: whether it is over, and whether it failed.
//
// CodePipeline knows both of its deploy action. Where it cannot be asked, the environment shows when a
// deployment is over: it leaves Ready when the deployment begins, and returns to it when it ends, well or
// not. One that does not leave it for a while had nothing to do, or was done before this began: a build
// takes its time to start. One that leaves it again was only between two changes.
import { AwsError } from "./aws.mjs";
import { describe } from "./environments.mjs";
import { Failure } from "./failure.mjs";
import { stopRollback } from "./rollback.mjs";
import { LOOK_LIMIT_MS, stageState } from "./stage.mjs";

const UNKNOWN = "unknown";

export function followDeployment(job) {
  const started = performance.now();
  let begun = false;
  let seen = false;
  let succeeded = false;
  let overSince = Infinity;
  let execution;
  let status;
  let told;

  // Tells whether nothing is left to watch, and fails if that is because the deployment failed.
  async function look() {
    const stage = await ownStage();
    const last = status;
    status = await statusOf(job);
    if (status !== last) {
      job.log(`environment ${job.settings.ENVIRONMENT_NAME}: ${status}`);
    }
    // The deploy action of a later execution in the same stage would be taken for that of this release.
    if (stage && stage.execution !== execution) {
      job.log("a later execution has entered the stage: nothing is left to watch");
      return true;
    }
    if (stage?.deploy === "Failed" || stage?.deploy === "Abandoned") {
      await fail(stage);
    }
    succeeded ||= stage?.deploy === "Succeeded";
    advance(stage?.deploy === "InProgress");
    seen ||= begun || stage?.deploy === "InProgress";
    return false;
  }

  // The stage once it is known to run this release: what CodePipeline shows may be a moment old.
  async function ownStage() {
    const stage = await stageState(job);
    const { EXECUTION } = job.settings;
    if (stage && (!EXECUTION || stage.execution === EXECUTION || stage.type === "ROLLBACK")) {
      execution ??= stage.execution;
    }
    return execution ? stage : undefined;
  }

  // Fails once the environment takes changes: before, it would refuse the rollback.
  async function fail({ deploy, reason }) {
    const failure = `the action ${job.settings.DEPLOY_ACTION} has the status ${deploy}: ${reason}`;
    if (status !== "Ready" && status !== UNKNOWN) {
      if (!told) {
        job.log(`${failure}; waiting until the environment is Ready`);
        told = true;
      }
      return;
    }
    if (job.suppression.reason()) {
      await stopRollback(job);
    }
    throw new Failure(failure);
  }

  function advance(inProgress) {
    const now = performance.now();
    const isOver = overSince <= now;
    if (status !== "Ready" && status !== UNKNOWN) {
      begun = true;
      // What the environment does after the deploy action is another change.
      overSince = succeeded && isOver ? overSince : Infinity;
      return;
    }
    const known = begun || succeeded;
    const late = now - started >= job.settings.PROBE_START_MS;
    if (isOver || inProgress || !(known ? status === "Ready" : late)) {
      return;
    }
    if (!known) {
      job.log("no deployment began: it is over already, or there was nothing to deploy");
    }
    overSince = now;
  }

  return {
    look,
    // Whether the deployment was seen while it went on.
    seen: () => seen,
    // How long ago the deployment ended, in milliseconds; less than zero while it goes on.
    sinceOver: () => performance.now() - overSince,
    // Whether the deploy action is known to have succeeded.
    succeeded: () => succeeded,
  };
}

// A look that fails says nothing about the requests, and there will be another.
async function statusOf({ settings, signal, log }) {
  try {
    const options = { signal, limitMs: LOOK_LIMIT_MS };
    const [environment] = await describe(settings.APPLICATION_NAME, [settings.ENVIRONMENT_NAME], options);
    return environment?.Status ?? UNKNOWN;
  } catch (error) {
    if (!(error instanceof AwsError)) {
      throw error;
    }
    log(`WARNING: ${error.message}`);
    return UNKNOWN;
  }
}
