// The versions that new environments start with. Each is for one environment only, under a label of
// its own, and is deleted once that environment runs another: a stack that is rolled back to its first
// template names that label again, and Elastic Beanstalk refuses what does not exist any more.
import { createHash } from "node:crypto";

import { sourceBundle } from "./bundle.mjs";
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

// Registers the files of the version that an environment runs under a label for a new one. Where that
// is refused, the new one starts with the version itself.
export async function copyOf(model, request, tools) {
  const { VersionLabel: version } = model;
  const label = labelOf(request, version);
  for (const source of [sourceBundleOf, runtimeCopyOf]) {
    try {
      const { S3Bucket, S3Key } = await source(model, request, tools);
      await register(label, `Copy of ${version}`, { S3Bucket, S3Key }, request, tools);
      return label;
    } catch (error) {
      tools.log("no copy of the version", { version, error: error.message });
    }
  }
  // A label that is deleted once its own environment runs another must not be shared.
  return isStart(version, model.EnvironmentName) ? placeholder(request, tools) : version;
}

async function sourceBundleOf({ VersionLabel }, { application }, { aws }) {
  const target = `version ${VersionLabel} of application ${application}`;
  const input = { ApplicationName: application, VersionLabels: [VersionLabel] };
  const page = await attempt(aws, "DescribeApplicationVersions", target, input);
  return page.ApplicationVersions?.[0]?.SourceBundle ?? {};
}

// CodePipeline's action registers versions whose bundles lie in the pipeline's own bucket. From here
// the instances of an environment take theirs; the place is known from their logs only.
async function runtimeCopyOf({ EnvironmentId, VersionLabel }, { application }, { aws }) {
  const storage = await attempt(aws, "CreateStorageLocation", "this account and region", {});
  const S3Key = `resources/environments/${EnvironmentId}/_runtime/_versions/${application}/${VersionLabel}`;
  return { S3Bucket: storage.S3Bucket, S3Key };
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

// Deletes the versions that an environment started with, once it runs another: this does not affect
// environments (Developer Guide, "Managing application versions"), whose instances have copies. A failure
// is no reason to fail an update, and less so its rollback.
export async function deleteUnused({ EnvironmentName, VersionLabel }, { application }, { aws, log }) {
  const of = `versions of application ${application}`;
  try {
    const input = { ApplicationName: application };
    do {
      const page = await attempt(aws, "DescribeApplicationVersions", of, input);
      input.NextToken = page.NextToken;
      for (const { VersionLabel: label } of page.ApplicationVersions ?? []) {
        if (!isStart(label, EnvironmentName)) {
          continue;
        }
        if (label === VersionLabel) {
          log("version still runs", { label });
          continue;
        }
        await attempt(aws, "DeleteApplicationVersion", `version ${label}`, {
          ApplicationName: application,
          VersionLabel: label,
          DeleteSourceBundle: false, // A copy shares it with the version that it is a copy of.
        });
        log("version deleted", { label });
      }
    } while (input.NextToken);
  } catch (error) {
    log("versions not deleted", { EnvironmentName, error: error.message });
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
