// How the version before responds, by which a redirect of the new one is judged: some applications
// redirect by design, such as to their sign-in page, and others only when something is wrong.
import { setTimeout as sleep } from "node:timers/promises";

import { PLACEHOLDER, ask, isRedirect, sameVersion } from "./request.mjs";

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

// Asks an environment before anything is done to it.
export async function baselineOf(url, job) {
  const { PROBE_TIMEOUT_MS, PROBE_INTERVAL_MS, PROBE_HOST } = job.settings;
  const baseline = startBaseline();
  for (let i = 0; i < BASELINE; i++) {
    baseline.add(await ask(url, { timeoutMs: PROBE_TIMEOUT_MS, host: PROBE_HOST }));
    await sleep(PROBE_INTERVAL_MS, undefined, { signal: job.signal });
  }
  return baseline.only2xx();
}
