// How the version before responds, by which a redirect of the new one is judged: some applications
// redirect by design, such as to their sign-in page, and others only when something is wrong.
import { setTimeout as sleep } from "node:timers/promises";

import { OWN, PLACEHOLDER, ask, isRedirect, sameVersion } from "./request.mjs";

// How many answers show how the version before responds.
export const BASELINE = 5;

// Collects the first answers of the version before. Those of the released version and of the placeholder
// are left out where they name their version, and failures say nothing.
export function startBaseline(released = "") {
  const redirects = [];
  let closed = false;
  return {
    add({ failure, status, version = "" }) {
      const others = version === PLACEHOLDER || (released && version && sameVersion(version, released));
      if (!closed && !failure && !others && redirects.length < BASELINE) {
        redirects.push(isRedirect(status));
      }
    },
    // What comes later is the new version's.
    close() {
      closed = true;
    },
    // Whether it is known that the version before responded with 2xx only.
    only2xx() {
      return redirects.length >= BASELINE && !redirects.includes(true);
    },
  };
}

// How many requests show whether the version before fails or is slow already, and how many of them have to:
// one alone may be chance.
export const FIRST = 10;
const BAD = 2;

// Returns what the first requests say about the version before: in words if it fails, and whether it takes
// longer than maxLatencyMs. Only what this program itself meets is taken for that, for an alarm can fire
// because of what strangers do.
export function stateBefore(results, maxLatencyMs) {
  const bad = results.filter(({ failure }) => failure && !OWN.includes(failure)).length;
  const slow = results.filter(({ latencyMs }) => latencyMs > maxLatencyMs).length;
  return {
    failing: bad >= BAD ? `${bad} of ${results.length} requests failed before this release` : undefined,
    slow: maxLatencyMs > 0 && slow >= BAD,
  };
}

// Sends requests to an environment before anything is done to it.
export async function baselineOf(url, job) {
  const { PROBE_TIMEOUT_MS, PROBE_INTERVAL_MS, PROBE_HOST, PROBE_MAX_LATENCY_MS } = job.settings;
  const baseline = startBaseline();
  const results = [];
  for (let i = 0; i < FIRST; i++) {
    results.push(await ask(url, { timeoutMs: PROBE_TIMEOUT_MS, host: PROBE_HOST }));
    baseline.add(results.at(-1));
    await sleep(PROBE_INTERVAL_MS, undefined, { signal: job.signal });
  }
  return { only2xx: baseline.only2xx(), ...stateBefore(results, PROBE_MAX_LATENCY_MS) };
}
