// Reads what the template asks for, and reports everything that is wrong with it at once.
import { Failure } from "./failure.mjs";

const REQUIRED = ["ApplicationName", "EnvironmentName", "PlatformBranch", "ExecutionRoleArn"];

export function readRequest(event, context) {
  const properties = event.ResourceProperties ?? {};
  const problems = REQUIRED.filter((name) => !properties[name]).map((name) => `${name} is missing`);
  const wait = seconds(properties.WaitSeconds);
  if (Number.isNaN(wait)) {
    problems.push(`WaitSeconds must be a number of seconds, got "${properties.WaitSeconds}"`);
  }
  if (problems.length > 0) {
    throw new Failure(
      `the properties of ${event.LogicalResourceId} are not usable: ${problems.join("; ")}`,
      "correct them in the template and deploy again",
    );
  }
  const [, , , region, account] = context.invokedFunctionArn.split(":");
  return {
    application: properties.ApplicationName,
    environments: environmentNames(properties, event.OldResourceProperties),
    platformBranch: properties.PlatformBranch,
    executionRoleArn: properties.ExecutionRoleArn,
    waitMs: wait * 1_000,
    region,
    account,
  };
}

// The environment to look for, and after a change of its name the one that it replaces:
// CloudFormation creates the new one first and switches over, so it has to start with what the
// users of the old one see. Another application has other versions, there is nothing to carry over.
function environmentNames(properties, old) {
  const names = [properties.EnvironmentName];
  const renamed = old?.EnvironmentName && old.EnvironmentName !== properties.EnvironmentName;
  if (renamed && old.ApplicationName === properties.ApplicationName) {
    names.push(old.EnvironmentName);
  }
  return names;
}

// CloudFormation sends numbers as strings. Without one, the time of the function is the limit.
function seconds(text) {
  if (text === undefined || text === "") {
    return Infinity;
  }
  const number = Number(text);
  return number >= 0 ? number : NaN;
}
