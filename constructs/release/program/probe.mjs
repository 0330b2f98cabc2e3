// Watches a release as its users see it: sends requests for as long as Elastic Beanstalk deploys,
// and a little longer. It runs beside the deploy action of the pipeline and steers nothing; it finds
// out by itself when the deployment is over.
import { setTimeout as sleep } from "node:timers/promises";

import { AwsError } from "./aws.mjs";
import { describe } from "./environments.mjs";
import { startReporter } from "./reporter.mjs";
import { startTraffic } from "./traffic.mjs";

// Returns whether no more requests failed than are tolerated.
export async function probe({ settings, signal, log, print }) {
  const { PROBE_URL, PROBE_PATH, PROBE_LIMIT_MINUTES, PROBE_MAX_FAILURES } = settings;
  const url = new URL(PROBE_PATH, PROBE_URL);
  log(`asking for ${url} every ${settings.PROBE_INTERVAL_MS} ms`);

  const limit = new AbortController();
  setTimeout(() => limit.abort(), PROBE_LIMIT_MINUTES * 60_000);
  signal.addEventListener("abort", () => limit.abort());
  const end = limit.signal;
  const traffic = startTraffic(url, {
    intervalMs: settings.PROBE_INTERVAL_MS,
    timeoutMs: settings.PROBE_TIMEOUT_MS,
  });
  const reporter = startReporter(traffic, { settings, log, print });
  try {
    await deploymentOver({ settings, signal: end, log });
    traffic.expect(settings.EXPECTED_VERSION);
    await sleep(settings.PROBE_TAIL_MS, undefined, { signal: end });
  } catch (error) {
    if (!end.aborted) {
      throw error;
    }
    const why = signal.aborted ? "stopped" : `${PROBE_LIMIT_MINUTES} minutes are over`;
    log(`${why}: the deployment was not watched to its end`);
  }
  if (signal.aborted) {
    traffic.abandon();
  } else {
    await traffic.stop();
  }
  await reporter.finish();
  // Without a single result nothing is proved.
  return traffic.results.length > 0 && traffic.failures() <= PROBE_MAX_FAILURES;
}

// The environment leaves Ready when the deployment begins, and returns to it when it ends, well or
// not. One that does not leave it for a while had nothing to do, or was done before this began: a
// build takes its time to start.
async function deploymentOver({ settings, signal, log }) {
  const { APPLICATION_NAME, ENVIRONMENT_NAME, PROBE_START_MS, POLL_MS } = settings;
  const started = performance.now();
  let begun = false;
  for (let last; ; await sleep(POLL_MS, undefined, { signal })) {
    const status = await statusOf(APPLICATION_NAME, ENVIRONMENT_NAME, { signal, log });
    if (status !== last) {
      log(`environment ${ENVIRONMENT_NAME}: ${status}`);
      last = status;
    }
    begun ||= status !== "Ready" && status !== UNKNOWN;
    if (begun && status === "Ready") {
      return;
    }
    if (!begun && performance.now() - started >= PROBE_START_MS) {
      log("no deployment began: it is over already, or there was nothing to deploy");
      return;
    }
  }
}

const UNKNOWN = "unknown";

// A look that fails says nothing about the requests, and there will be another.
async function statusOf(application, name, { signal, log }) {
  try {
    const [environment] = await describe(application, [name], { signal });
    return environment?.Status ?? UNKNOWN;
  } catch (error) {
    if (!(error instanceof AwsError)) {
      throw error;
    }
    log(`WARNING: ${error.message}`);
    return UNKNOWN;
  }
}
