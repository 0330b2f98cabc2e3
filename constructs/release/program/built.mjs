// What the build of this execution exports. Its commands are the repository's, so the value can be anything. As a
// pipeline variable it would be filled into the JSON of an action's environment variables without being escaped, and
// could add variables to the build that makes the bundle. Here it is a value, and nothing else.
import { aws } from "./aws.mjs";
import { show } from "./values.mjs";

// The name of the exported variable.
const EXPORTED = "IMAGE_DIGEST";

export const DIGEST = /^sha256:[0-9a-f]{64}$/;

// Returns the digest of the image that the build says it pushed, or undefined and a problem.
export async function pushedDigest(job, problems) {
  const build = await latestBuild(job);
  if (!build) {
    problems.push("CodeBuild knows no build of this execution; release the commit again, and start no build by hand");
    return undefined;
  }
  const value = build.exportedEnvironmentVariables?.find(({ name }) => name === EXPORTED)?.value;
  if (!DIGEST.test(value ?? "")) {
    problems.push(
      `the build exported ${value ? show(value) : "nothing"} as ${EXPORTED}, not the digest of the image that it pushed, such as sha256:0123…; ` +
        "export it, as build.sh and buildspec.yml of the current starter do",
    );
    return undefined;
  }
  return value;
}

// A stage runs one execution at a time, and this action is in the stage of the build, so the latest build that the
// pipeline started is that of this execution (CodePipeline User Guide, "How pipeline executions work"; CodeBuild API
// Reference, "Build"). Builds by hand have another initiator.
async function latestBuild(job) {
  const { BUILD_PROJECT, IMAGE_TAG } = job.settings;
  const initiator = process.env.CODEBUILD_INITIATOR ?? "";
  if (!initiator.startsWith("codepipeline/")) {
    return undefined;
  }
  // The latest come first. To ask for an order fails from 100 builds on, and the CLI would fetch all pages.
  const { ids = [] } = await aws("codebuild", "list-builds-for-project", { projectName: BUILD_PROJECT }, { ...job, flags: ["--no-paginate"] });
  if (ids.length === 0) {
    return undefined;
  }
  const { builds = [] } = await aws("codebuild", "batch-get-builds", { ids: ids.slice(0, 100) }, job);
  const latest = builds
    .filter((build) => build.initiator === initiator)
    .sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))[0];
  const tag = latest?.environment?.environmentVariables?.find(({ name }) => name === "IMAGE_TAG")?.value;
  return tag === undefined || tag === IMAGE_TAG ? latest : undefined;
}
