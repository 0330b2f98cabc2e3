// From a CloudFormation event to exactly one answer: whatever happens, CloudFormation hears of it,
// because a custom resource that stays silent blocks its stack for an hour.
import { setTimeout as pause } from "node:timers/promises";

import { endpoint } from "./endpoint.mjs";
import { Failure, reasonFor } from "./failure.mjs";
import { readEndpointRequest, readStateRequest } from "./request.mjs";
import { respond } from "./respond.mjs";
import { deployedState } from "./state.mjs";

// Enough to send the answer, with retries, before Lambda stops the function.
const TIME_TO_ANSWER_MS = 5_000;

// What can be asked. The physical IDs are constant: one that changes makes CloudFormation replace
// the resource. They need be unique for one resource of one stack only.
const QUESTIONS = new Map([
  [
    "Custom::DeployedState",
    { id: "deployed-state", read: readStateRequest, answer: deployedState },
  ],
  ["Custom::Endpoint", { id: "endpoint", read: readEndpointRequest, answer: endpoint }],
]);

// CloudFormation wants an ID with every answer, even to a question that nobody knows.
const NO_ID = "unknown-resource-type";

export function createHandler(aws, { sleep = pause, log = logLine } = {}) {
  return async function handler(event, context) {
    const { RequestType, ResourceType, LogicalResourceId, RequestId } = event;
    const remaining = () => context.getRemainingTimeInMillis();
    const request = { RequestType, ResourceType, LogicalResourceId, RequestId };
    log("request", { ...request, remainingMs: remaining() });

    const outcome = await decide(event, context, { aws, sleep, log, remaining });
    log("outcome", outcome);

    const body = JSON.stringify({
      ...outcome,
      PhysicalResourceId: event.PhysicalResourceId || QUESTIONS.get(ResourceType)?.id || NO_ID,
      StackId: event.StackId,
      RequestId,
      LogicalResourceId,
    });
    await respond(event.ResponseURL, body, { sleep, log, remaining });
  };
}

async function decide(event, context, tools) {
  if (event.RequestType === "Delete") {
    // What was registered belongs to the application and goes with it; properties are not even
    // read, because a Create that failed over them is followed by a Delete that carries them.
    return { Status: "SUCCESS", Reason: "nothing to undo" };
  }
  const alarm = new AbortController();
  try {
    const { read, answer } = question(event.ResourceType);
    const { Reason, Data } = await Promise.race([
      answer(read(event, context), tools),
      timeIsUp(tools.remaining() - TIME_TO_ANSWER_MS, alarm.signal),
    ]);
    return { Status: "SUCCESS", Reason, Data };
  } catch (error) {
    tools.log("failure", { cause: error.cause?.name, stack: error.stack });
    return { Status: "FAILED", Reason: reasonFor(error, context.logStreamName) };
  } finally {
    alarm.abort();
  }
}

function question(type) {
  const known = QUESTIONS.get(type);
  if (!known) {
    const all = [...QUESTIONS.keys()].join(" and ");
    throw new Failure(
      `the function does not know the resource type ${type}, only ${all}`,
      "correct the type in the template and deploy again",
    );
  }
  return known;
}

async function timeIsUp(ms, signal) {
  await pause(Math.max(ms, 0), undefined, { signal });
  throw new Failure(
    "the function ran out of time while it waited for an answer of AWS",
    "deploy again, and look at the log for the call that did not return",
  );
}

function logLine(step, details) {
  console.log(JSON.stringify({ step, ...details }));
}
