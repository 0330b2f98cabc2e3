// Registers the version that a new environment starts with, as often as asked, with one result.
import { createHash } from "node:crypto";

import { sourceBundle } from "./bundle.mjs";
import { attempt } from "./failure.mjs";

export async function bootstrapVersion(request, { aws, log }) {
  const { application, account } = request;
  const bundle = await sourceBundle(request.executionRoleArn);

  // Named by its content: a version cannot be changed after it was registered, and the same bundle
  // is the same version however often CloudFormation asks.
  const hash = createHash("sha256").update(bundle).digest("hex");
  const label = `bootstrap-${hash.slice(0, 12)}`;

  // Answers with the bucket of this account and region, and creates it if there is none yet. The
  // role of the instances may read it, which it could not with a bucket of ours.
  const storage = await attempt(aws, "CreateStorageLocation", "this account and region", {});
  const bucket = storage.S3Bucket;
  const key = `${application}/${label}.zip`;
  await attempt(aws, "PutObject", `s3://${bucket}/${key}`, {
    Bucket: bucket,
    Key: key,
    Body: bundle,
    ContentType: "application/zip",
    ExpectedBucketOwner: account, // The name of the bucket can be guessed, and so taken by others.
  });

  const target = `version ${label} of application ${application}`;
  try {
    await attempt(aws, "CreateApplicationVersion", target, {
      ApplicationName: application,
      VersionLabel: label,
      Description: "Placeholder that runs until the first release",
      SourceBundle: { S3Bucket: bucket, S3Key: key },
      AutoCreateApplication: false,
      Process: false, // It would validate .ebextensions, of which there are none, in its own time.
    });
    log("bootstrap version registered", { label, bucket, key });
  } catch (failure) {
    if (!alreadyExists(failure.cause)) {
      throw failure;
    }
    log("bootstrap version exists", { label });
  }
  return label;
}

// Elastic Beanstalk has no error of its own for this: the message tells it from a bad parameter.
function alreadyExists(error) {
  return error?.name === "InvalidParameterValue" && /already exists/i.test(error.message);
}
