// The versions that new environments start with. Each is for one environment only, under a label of
// its own, and is deleted once that environment runs another: a stack that is rolled back to its first
// template names that label again, and Elastic Beanstalk refuses what does not exist any more.
import { createHash } from "node:crypto";

import { sourceBundle } from "./bundle.mjs";
import { isReady } from "./environments.mjs";
import { attempt } from "./failure.mjs";

// Registers the placeholder of an environment, as often as asked, with one result.
export async function placeholder(request, tools) {
  const { application, account } = request;
  const bundle = await sourceBundle(request.executionRoleArn);

  // Named by its content: a version cannot be changed after it was registered, and the same bundle
  // is the same version however often CloudFormation asks.
  const label = labelOf(request, bundle);

  // Answers with the bucket of this account and region, and creates it if there is none yet. The
  // role of the instances may read it, which it could not with a bucket of ours.
  const storage = await attempt(tools.aws, "CreateStorageLocation", "this account and region", {});
  const source = { S3Bucket: storage.S3Bucket, S3Key: `${application}/${label}.zip` };
  await attempt(tools.aws, "PutObject", `s3://${source.S3Bucket}/${source.S3Key}`, {
    Bucket: source.S3Bucket,
    Key: source.S3Key,
    Body: bundle,
    ContentType: "application/zip",
    ExpectedBucketOwner: account, // The name of the bucket can be guessed, and so taken by others.
  });
  await register(label, "Placeholder that runs until the first release", source, request, tools);
  return label;
}

// Registers the files of a version under a label for this environment. Where that is refused, such as
// for a bundle that the function may not read, the environment starts with the version itself.
export async function copyOf(version, request, tools) {
  const input = { ApplicationName: request.application, VersionLabels: [version] };
  try {
    const { ApplicationVersions = [] } = await attempt(
      tools.aws,
      "DescribeApplicationVersions",
      `version ${version} of application ${request.application}`,
      input,
    );
    const [{ SourceBundle }] = ApplicationVersions;
    const label = labelOf(request, version);
    const { S3Bucket, S3Key } = SourceBundle;
    await register(label, `Copy of ${version}`, { S3Bucket, S3Key }, request, tools);
    return label;
  } catch (error) {
    tools.log("no copy of the version", { version, error: error.message });
    return version;
  }
}

async function register(label, description, source, { application }, { aws, log }) {
  try {
    await attempt(
      aws,
      "CreateApplicationVersion",
      `version ${label} of application ${application}`,
      {
        ApplicationName: application,
        VersionLabel: label,
        Description: description,
        SourceBundle: source,
        AutoCreateApplication: false,
        Process: false, // It would validate .ebextensions in its own time.
      },
    );
    log("version registered", { label, ...source });
  } catch (failure) {
    if (!alreadyExists(failure.cause)) {
      throw failure;
    }
    log("version exists", { label });
  }
}

// Deletes the versions that an environment started with, once it runs another. A failure is no reason
// to fail an update, and less so its rollback.
export async function deleteUnused(environment, request, tools) {
  const { EnvironmentName, VersionLabel, Health } = environment;
  if (!isReady(environment) || Health !== "Green") {
    return; // After a release that failed, instances can run both versions, and start with either.
  }
  const { application } = request;
  const of = `versions of application ${application}`;
  try {
    const input = { ApplicationName: application };
    do {
      const page = await attempt(tools.aws, "DescribeApplicationVersions", of, input);
      input.NextToken = page.NextToken;
      for (const { VersionLabel: label } of page.ApplicationVersions ?? []) {
        if (isStart(label, EnvironmentName) && label !== VersionLabel) {
          await attempt(tools.aws, "DeleteApplicationVersion", `version ${label}`, {
            ApplicationName: application,
            VersionLabel: label,
            DeleteSourceBundle: false, // A copy shares it with the version that it is a copy of.
          });
          tools.log("version deleted", { label });
        }
      }
    } while (input.NextToken);
  } catch (error) {
    tools.log("versions not deleted", { EnvironmentName, error: error.message });
  }
}

const PREFIX = "bootstrap";
const HASH_LENGTH = 12;

function labelOf({ environments: [name] }, content) {
  const hash = createHash("sha256").update(content).digest("hex");
  return `${PREFIX}-${name}-${hash.slice(0, HASH_LENGTH)}`;
}

// The name of one environment can begin with that of another: so the whole label has to fit.
function isStart(label, name) {
  const start = `${PREFIX}-${name}-`;
  const hash = label.slice(start.length);
  return label.startsWith(start) && hash.length === HASH_LENGTH && /^[0-9a-f]+$/.test(hash);
}

// Elastic Beanstalk has no error of its own for this: the message tells it from a bad parameter.
function alreadyExists(error) {
  return error?.name === "InvalidParameterValue" && /already exists/i.test(error.message);
}
