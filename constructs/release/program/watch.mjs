// The users' requests while blue/green swaps.
import { setTimeout as sleep } from "node:timers/promises";

import { heed } from "./alarm.mjs";
import { Failure } from "./failure.mjs";
import { judgeLatency } from "./latency.mjs";
import { startReporter } from "./reporter.mjs";
import { withShare } from "./summary.mjs";
import { startTraffic } from "./traffic.mjs";

// Does something while requests go to the stable address, and tells how they fared. Redirects are judged by
// the first answers there, unless nothing is to be compared (only2xx is false).
export async function watch(address, only2xx, job, action) {
  const released = job.settings.EXPECTED_VERSION;
  const traffic = startTraffic(address, { ...requests(address, job), released, only2xx });
  const reporter = startReporter(traffic, job);
  try {
    await action(traffic);
  } finally {
    await (job.signal.aborted ? traffic.abandon() : traffic.stop());
    await reporter.finish();
  }
}

// Says what is asked for, and returns how.
export function requests(address, { settings, log }) {
  const { PROBE_INTERVAL_MS: intervalMs, PROBE_TIMEOUT_MS: timeoutMs, PROBE_HOST: host } = settings;
  log(`asking for ${address}${host && ` as ${host}`} every ${intervalMs} ms`);
  if (address.protocol === "https:" && !host) {
    log("the name in the certificate is not checked: set probeHost to check it");
  }
  return { intervalMs, timeoutMs, host };
}

// Waits for a while in which no more requests fail than are tolerated, requests are not slow, and no alarm
// begins to fire. Until resolvers have had the time to learn of the swap, the previous version may answer, and
// what failed with it already must not be blamed on this one. From then on, only the alarm of the environment
// that is idle stays suppressed: what strangers do to it is no failure of the release. Where nothing counts
// against the release, swapping back would bring back what it mends.
export async function calm(traffic, job, idle, wasWell) {
  try {
    await keepCalm(traffic, job, idle, wasWell);
  } catch (error) {
    throw withShare(error, traffic.results);
  }
}

async function keepCalm(traffic, job, idle, wasWell) {
  const { settings, signal, suppression } = job;
  const { PROBE_MAX_FAILURES, POLL_MS, SWAP_DNS_MS, SWAP_PROBE_MS } = settings;
  const began = Date.now();
  const known = began + SWAP_DNS_MS;
  let lookAt = 0;
  const tolerated = () => {
    if (traffic.failures() > PROBE_MAX_FAILURES) {
      throw new Failure(`more than ${PROBE_MAX_FAILURES} requests failed`);
    }
  };
  if (suppression.reason() || !wasWell) {
    traffic.forgiveUntil(suppression.reason() ? Infinity : known);
  }
  for (let past = 0; past < SWAP_PROBE_MS; past = Date.now() - began) {
    tolerated();
    if (!suppression.reason() && past >= lookAt) {
      lookAt = past + POLL_MS;
      await heed(job, known);
      judgeLatency(traffic, known, job);
    }
    if (past >= SWAP_DNS_MS) {
      traffic.deployed();
      traffic.expect(settings.EXPECTED_VERSION);
      suppression.of([idle]);
    }
    await sleep(settings.PROBE_INTERVAL_MS, undefined, { signal });
  }
  suppression.of([idle]);
  await traffic.stop();
  tolerated();
}
