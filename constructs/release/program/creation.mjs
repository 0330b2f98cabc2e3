// The versions that the environments were created with. A stack that is rolled back to its first template
// names them once more, over whatever was released since: so they are deleted after the first release that
// succeeds, and Elastic Beanstalk refuses them. Environments do not need a version that they do not run.
import { aws } from "./aws.mjs";
import { describe } from "./environments.mjs";
import { Failure } from "./failure.mjs";

const HASH = /^[0-9a-f]{12}$/;

// A failure says nothing about the release, and the next one tries again.
export async function deleteCreationVersions(job) {
  const { APPLICATION_NAME, CREATION_VERSIONS } = job.settings;
  const { ENVIRONMENT_NAME, BLUE_ENVIRONMENT, GREEN_ENVIRONMENT } = job.settings;
  if (!CREATION_VERSIONS) {
    return;
  }
  const names = [ENVIRONMENT_NAME, BLUE_ENVIRONMENT, GREEN_ENVIRONMENT].filter(Boolean);
  try {
    const environments = await describe(APPLICATION_NAME, names, job);
    const running = environments.map((environment) => environment?.VersionLabel);
    const input = { ApplicationName: APPLICATION_NAME };
    const { ApplicationVersions = [] } = await aws("elasticbeanstalk", "describe-application-versions", input, job);
    for (const { VersionLabel } of ApplicationVersions) {
      if (isOfCreation(VersionLabel, CREATION_VERSIONS, names) && !running.includes(VersionLabel)) {
        await aws("elasticbeanstalk", "delete-application-version", { ...input, VersionLabel }, job);
        job.log(`version ${VersionLabel} deleted: an environment was created with it`);
      }
    }
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    job.log(`WARNING: versions not deleted: ${error.message}`);
  }
}

// The name of one environment can begin with that of another, so the rest of the label counts.
function isOfCreation(label, prefix, names) {
  return names.some((name) => {
    const begin = `${prefix}${name}-`;
    return label.startsWith(begin) && HASH.test(label.slice(begin.length));
  });
}
