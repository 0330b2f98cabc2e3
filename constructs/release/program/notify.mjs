// Notifies people of why a release failed. What CodePipeline's events tell is only that one did.
import { aws } from "./aws.mjs";
import { Failure } from "./failure.mjs";

// A rollback waits for this program.
const NOTIFY_LIMIT_MS = 30_000;

// SNS takes subjects of less than a hundred characters (API Reference, "Publish").
const SUBJECT = 99;

export async function notifyOf(error, { settings, signal, log }) {
  const { TOPIC, APPLICATION_NAME, VERSION } = settings;
  if (!TOPIC || signal.aborted) {
    return;
  }
  const Subject = `The release of ${VERSION} to ${APPLICATION_NAME} failed`.slice(0, SUBJECT);
  const Message = `${Subject}: ${error instanceof Failure ? error.message : error.stack}`;
  try {
    await aws("sns", "publish", { TopicArn: TOPIC, Subject, Message }, { limitMs: NOTIFY_LIMIT_MS });
  } catch (problem) {
    log(`WARNING: nobody was notified: ${problem.message}`);
  }
}
