// Reads what the template asks for, and reports everything that is wrong with it at once.
import { Failure } from "./failure.mjs";

export function readStateRequest(event, context) {
  const properties = event.ResourceProperties ?? {};
  check(event, [
    ...missing(properties, [
      "ApplicationName",
      "EnvironmentName",
      "PlatformBranch",
      "ExecutionRoleArn",
    ]),
    ...badWait(properties),
  ]);
  const [, , , region, account] = context.invokedFunctionArn.split(":");
  return {
    application: properties.ApplicationName,
    environments: environmentNames(properties, event.OldResourceProperties),
    exists: sameNames(properties, event.OldResourceProperties),
    stackId: event.StackId,
    startFrom: startFrom(properties),
    takenAway: takenAway(properties, event.OldResourceProperties),
    platformBranch: properties.PlatformBranch,
    executionRoleArn: properties.ExecutionRoleArn,
    waitMs: waitMs(properties),
    region,
    account,
  };
}

export function readEndpointRequest(event) {
  const properties = event.ResourceProperties ?? {};
  const { EnvironmentNames: names, EndpointURLs: endpoints } = properties;
  const problems = missing(properties, ["ApplicationName"]);
  if (!isList(names) || names.length < 1 || names.length > 2) {
    problems.push(`EnvironmentNames must list one or two names, got ${JSON.stringify(names)}`);
  } else if (!isList(endpoints) || endpoints.length !== names.length) {
    const got = JSON.stringify(endpoints);
    problems.push(
      `EndpointURLs must list as many as EnvironmentNames (${names.length}), got ${got}`,
    );
  }
  check(event, [...problems, ...badWait(properties)]);
  return {
    application: properties.ApplicationName,
    names,
    endpoints,
    takenAway: shortened(names, event.OldResourceProperties),
    waitMs: waitMs(properties),
  };
}

function check(event, problems) {
  if (problems.length > 0) {
    throw new Failure(
      `the properties of ${event.LogicalResourceId} are not usable: ${problems.join("; ")}`,
      "correct them in the template and deploy again",
    );
  }
}

function missing(properties, required) {
  return required.filter((name) => !properties[name]).map((name) => `${name} is missing`);
}

function isList(value) {
  return Array.isArray(value) && value.every((one) => typeof one === "string" && one !== "");
}

// The environment to look for; after a change of its name the one that it replaces; and the one
// that a new one starts from.
//
// After a change of the name CloudFormation creates the new one first and switches over, so it has
// to start with what the users of the old one see. Another application has other versions, there is
// nothing to carry over.
function environmentNames(properties, old) {
  const names = [properties.EnvironmentName];
  if (old?.EnvironmentName && old.ApplicationName === properties.ApplicationName) {
    names.push(old.EnvironmentName);
  }
  names.push(startFrom(properties));
  return [...new Set(names)].filter(Boolean);
}

// Whether the template named the environment before, so that CloudFormation has created it.
function sameNames(properties, old) {
  return ["ApplicationName", "EnvironmentName"].every((name) => old?.[name] === properties[name]);
}

function startFrom({ StartFrom, EnvironmentName }) {
  return StartFrom === EnvironmentName ? undefined : StartFrom;
}

// What the update is about to take away: the standby, beside the first environment that it had. The
// names are the old ones, for the environments that exist have these.
function takenAway(properties, old) {
  if (!old?.Standby || properties.Standby) {
    return undefined;
  }
  return { application: old.ApplicationName, names: [old.EnvironmentName, old.Standby] };
}

// The same, where a list of environments loses its second.
function shortened(names, old) {
  if (names.length > 1 || old?.EnvironmentNames?.length !== 2) {
    return undefined;
  }
  return { application: old.ApplicationName, names: old.EnvironmentNames };
}

function badWait(properties) {
  return Number.isNaN(waitMs(properties))
    ? [`WaitSeconds must be a number of seconds, got "${properties.WaitSeconds}"`]
    : [];
}

// CloudFormation sends numbers as strings. Without one, the time of the function is the limit.
function waitMs({ WaitSeconds }) {
  if (WaitSeconds === undefined || WaitSeconds === "") {
    return Infinity;
  }
  const seconds = Number(WaitSeconds);
  return seconds >= 0 ? seconds * 1_000 : NaN;
}
