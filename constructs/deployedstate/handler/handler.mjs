// From a CloudFormation event to exactly one answer: whatever happens, CloudFormation hears of it,
// because a custom resource that stays silent blocks its stack for an hour.
import { setTimeout as pause } from "node:timers/promises";

import { Failure, reasonFor } from "./failure.mjs";
import { readRequest } from "./request.mjs";
import { respond } from "./respond.mjs";
import { deployedState } from "./state.mjs";

// Enough to send the answer, with retries, before Lambda stops the function.
const TIME_TO_ANSWER_MS = 5_000;

// Constant: a physical ID that changes makes CloudFormation replace the resource. It need be unique
// for one resource of one stack only.
const PHYSICAL_ID = "deployed-state";

export function createHandler(aws, { sleep = pause, log = logLine } = {}) {
  return async function handler(event, context) {
    const { RequestType, LogicalResourceId, RequestId } = event;
    const remaining = () => context.getRemainingTimeInMillis();
    log("request", { RequestType, LogicalResourceId, RequestId, remainingMs: remaining() });

    const outcome = await decide(event, context, { aws, sleep, log, remaining });
    log("outcome", outcome);

    const body = JSON.stringify({
      ...outcome,
      PhysicalResourceId: event.PhysicalResourceId || PHYSICAL_ID,
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
    const Data = await Promise.race([
      deployedState(readRequest(event, context), tools),
      timeIsUp(tools.remaining() - TIME_TO_ANSWER_MS, alarm.signal),
    ]);
    const Reason = `version ${Data.VersionLabel} on ${Data.PlatformArn}`;
    return { Status: "SUCCESS", Reason, Data };
  } catch (error) {
    tools.log("failure", { cause: error.cause?.name, stack: error.stack });
    return { Status: "FAILED", Reason: reasonFor(error, context.logStreamName) };
  } finally {
    alarm.abort();
  }
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
