// The application version that is released: the files that the build left, under a label that the
// same files of the same commit always get.
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { AwsError, account, aws } from "./aws.mjs";
import { Failure } from "./failure.mjs";
import { zip } from "./zip.mjs";

export async function readBundle({ BUNDLE_DIRECTORY, VERSION }) {
  const entries = await filesIn(BUNDLE_DIRECTORY);
  if (!entries.some(({ name }) => name === "Dockerrun.aws.json")) {
    throw new Failure(`there is no Dockerrun.aws.json in ${BUNDLE_DIRECTORY}`);
  }
  const content = zip(entries);
  const hash = createHash("sha256").update(content).digest("hex");
  // The commit for the reader, the hash because a version cannot be changed once it is registered.
  const commit = VERSION.replace(/[^\w.-]/g, "-").slice(0, 40);
  return { label: `${commit}-${hash.slice(0, 12)}`, content };
}

// In the order of their names, so that the same files make the same archive.
async function filesIn(directory, prefix = "") {
  const found = [];
  const children = await readdir(join(directory, prefix), { withFileTypes: true });
  for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = prefix + child.name;
    if (child.isDirectory()) {
      found.push(...(await filesIn(directory, `${name}/`)));
    } else if (child.isFile()) {
      const path = join(directory, name);
      const executable = ((await stat(path)).mode & 0o100) !== 0;
      found.push({ name, executable, content: await readFile(path) });
    }
  }
  return found;
}

// Registers the version, as often as asked, with one result.
export async function register({ label, content }, job) {
  const { APPLICATION_NAME, VERSION } = job.settings;

  // Answers with the bucket of this account and region, which the instances may read.
  const { S3Bucket } = await aws("elasticbeanstalk", "create-storage-location", {}, job);
  const S3Key = `${APPLICATION_NAME}/${label}.zip`;
  const object = { Bucket: S3Bucket, Key: S3Key, ContentType: "application/zip" };
  // The name of the bucket can be guessed, and so taken by others.
  await store(content, { ...object, ExpectedBucketOwner: account() }, job);
  const input = {
    ApplicationName: APPLICATION_NAME,
    VersionLabel: label,
    Description: `Release of ${VERSION}`.slice(0, 200),
    SourceBundle: { S3Bucket, S3Key },
    AutoCreateApplication: false,
  };
  try {
    await aws("elasticbeanstalk", "create-application-version", input, job);
    job.log(`version ${label} registered`);
  } catch (error) {
    // Elastic Beanstalk has no error of its own for this: the message tells it from a bad parameter.
    if (!(error instanceof AwsError && /already exists/i.test(error.message))) {
      throw error;
    }
    job.log(`version ${label} was registered before`);
  }
}

// The CLI takes the content of an object from a file only.
async function store(content, object, job) {
  const directory = await mkdtemp(join(tmpdir(), "bundle-"));
  try {
    const file = join(directory, "bundle.zip");
    await writeFile(file, content);
    await aws("s3api", "put-object", object, { ...job, flags: ["--body", file] });
  } finally {
    await rm(directory, { recursive: true });
  }
}
