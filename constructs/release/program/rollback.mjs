// Whether this release is the pipeline's return to a previous version (CodePipeline User Guide, "View
// rollback status and details").
import { AwsError, aws } from "./aws.mjs";

// A look that hangs must not keep the probe from asking.
const LOOK_LIMIT_MS = 30_000;

// CodeBuild names who started a build: codepipeline/NAME.
const [SERVICE, PIPELINE] = (process.env.CODEBUILD_INITIATOR ?? "").split("/");

export async function isRollback({ settings, signal, log }) {
  const { EXECUTION } = settings;
  if (!EXECUTION || SERVICE !== "codepipeline") {
    return false;
  }
  try {
    const input = { pipelineName: PIPELINE, pipelineExecutionId: EXECUTION };
    const options = { signal, limitMs: LOOK_LIMIT_MS };
    const { pipelineExecution } = await aws("codepipeline", "get-pipeline-execution", input, options);
    return pipelineExecution?.executionType === "ROLLBACK";
  } catch (error) {
    if (!(error instanceof AwsError)) {
      throw error;
    }
    log(`WARNING: whether this is a rollback is not known: ${error.message}`);
    return false;
  }
}
