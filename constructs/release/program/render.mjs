// Writes the source bundle of one environment: Dockerrun.aws.json of the repository, with the image that this
// execution built by its digest (Amazon ECS API Reference, ContainerDefinition) and the environment's execution role,
// and the files that containers mount. It trusts nothing in the repository: whoever may push gets the rights of the
// application, and no others.
import { lstat, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { AwsError, aws } from "./aws.mjs";
import { pushedDigest } from "./built.mjs";
import { fillIn, problemsOf } from "./dockerrun.mjs";
import { Failure, isMissing } from "./failure.mjs";
import { EXTENSIONS, OUTPUT, ship, shippedFiles } from "./shipped.mjs";
import { oneLine } from "./values.mjs";
import { mountedPaths } from "./volumes.mjs";

const DEFINITION = "Dockerrun.aws.json";

export async function bundle(job) {
  const { settings } = job;
  const { SOURCE_DIRECTORY, IMAGE_REPOSITORY_URI, EXECUTION_ROLE_ARN } = settings;
  const to = join(SOURCE_DIRECTORY, OUTPUT);
  // CodeBuild uploads what is there even after a failure (User Guide, "Build phase transitions").
  await rm(to, { recursive: true, force: true });
  const allowed = settings.BUNDLE_ALLOW.split(",").filter(Boolean);
  const problems = [];
  const dockerrun = await readDefinition(SOURCE_DIRECTORY, allowed, problems);
  const { files, problems: unshipped } = await shippedFiles(SOURCE_DIRECTORY, mountedPaths(dockerrun), allowed);
  const digest = await digestOf(job, problems);
  problems.push(...unshipped);
  if (problems.length > 0) {
    throw new Failure(["this commit cannot be released:", ...problems.map(oneLine)].join("\n"));
  }

  await mkdir(to);
  await ship(SOURCE_DIRECTORY, files, to);
  const rendered = fillIn(dockerrun, `${IMAGE_REPOSITORY_URI}@${digest}`, EXECUTION_ROLE_ARN);
  await writeFile(join(to, DEFINITION), `${JSON.stringify(rendered, undefined, 2)}\n`, { mode: 0o644 });
  await writeFile(settings.DIGEST_FILE, digest);
  [DEFINITION, ...files].forEach((file) => job.log(`bundle: ${file}`));
  job.print(JSON.stringify(rendered, undefined, 2));
}

async function readDefinition(root, allowed, problems) {
  const path = join(root, DEFINITION);
  try {
    if (!(await lstat(path)).isFile()) {
      problems.push(`${DEFINITION} is not a file; put the definition itself there, no link and no directory`);
      return undefined;
    }
    const text = await readFile(path, "utf8");
    const dockerrun = JSON.parse(text.replace(/^\uFEFF/, ""));
    const images = allowed.filter((name) => !EXTENSIONS.includes(name));
    problems.push(...problemsOf(dockerrun, images).map((problem) => `${DEFINITION}: ${problem}`));
    return dockerrun;
  } catch (error) {
    if (isMissing(error)) {
      problems.push(`${DEFINITION} is missing: it tells Elastic Beanstalk which containers to run; add it to the repository`);
    } else if (error instanceof SyntaxError) {
      problems.push(`${DEFINITION} is not one JSON object: ${error.message}; correct it`);
    } else {
      throw error;
    }
    return undefined;
  }
}

// Returns the digest of the image under the tag of this execution: the one that the build exported or, once an action
// has validated that, the one that this action exported. The tag alone is not enough: what a build may do, a build of
// another commit may do too, and while an execution waits, its ID can be seen.
async function digestOf(job, problems) {
  const { IMAGE_REPOSITORY_URI, IMAGE_TAG, EXPECTED_DIGEST } = job.settings;
  const expected = EXPECTED_DIGEST || (await pushedDigest(job, problems));
  const found = await taggedDigest(job);
  if (!found) {
    problems.push(
      `the build has not pushed ${IMAGE_REPOSITORY_URI}:${IMAGE_TAG}, the only image that this execution may deploy; ` +
        "push to $IMAGE_REPOSITORY_URI:$IMAGE_TAG, as build.sh and buildspec.yml of the current starter do",
    );
  } else if (expected && found !== expected) {
    const before = EXPECTED_DIGEST ? "was validated before" : "is what the build pushed";
    problems.push(`the image is ${found}, but ${expected} ${before}; release the commit again, and find out in CloudTrail who pushed the other`);
  }
  return found;
}

async function taggedDigest(job) {
  const { IMAGE_REPOSITORY_URI, IMAGE_TAG } = job.settings;
  const [registry, ...path] = IMAGE_REPOSITORY_URI.split("/");
  const input = {
    registryId: registry.split(".")[0],
    repositoryName: path.join("/"),
    imageIds: [{ imageTag: IMAGE_TAG }],
  };
  try {
    const { imageDetails } = await aws("ecr", "describe-images", input, job);
    return imageDetails[0].imageDigest;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "ImageNotFoundException")) {
      throw error;
    }
    return undefined;
  }
}
