// Tries an environment that serves nobody yet.
import { setTimeout as sleep } from "node:timers/promises";

import { Failure } from "./failure.mjs";
import { ask, hints } from "./request.mjs";

// Waits for a number of good rounds in a row; each asks for the readiness path and for a page. The page may
// redirect unless the live version is known to respond with 2xx only (only2xx). The readiness path may not,
// for the load balancer takes only 200 from it.
//
// It asks the load balancer itself, not the environment's CNAME: after a swap, resolvers may take
// that name for the other environment for a while, and the trial would try the wrong one.
export async function trial({ EnvironmentName, EndpointURL }, only2xx, job) {
  const { settings } = job;
  const { READINESS_PATH, PROBE_PATH } = settings;
  // Of the same path, the stricter entry holds.
  const paths = new Map([[READINESS_PATH], [PROBE_PATH, only2xx], [READINESS_PATH, true]]);
  const began = performance.now();
  let problem;
  for (let good = 0; good < settings.TRIAL_ANSWERS; ) {
    if (performance.now() - began > settings.TRIAL_LIMIT_MS) {
      const wanted = `${settings.TRIAL_ANSWERS} good answers in a row`;
      throw new Failure(`${EnvironmentName} did not give ${wanted}; the last bad one: ${problem}`);
    }
    const bad = await round(ownAddress(EndpointURL, job), paths, settings);
    problem = bad ?? problem;
    good = bad ? 0 : good + 1;
    await sleep(settings.PROBE_INTERVAL_MS, undefined, { signal: job.signal });
  }
  const asked = [...paths.keys()].join(" and ");
  job.log(`${EnvironmentName} gave ${settings.TRIAL_ANSWERS} good answers to ${asked}`);
}

// The address of an environment's own load balancer, by the protocol that users have.
export function ownAddress(endpoint, { settings }) {
  const { protocol } = new URL(settings.PROBE_URL || "http://users");
  return new URL(settings.PROBE_PATH, `${protocol}//${endpoint}`);
}

async function round(base, paths, { PROBE_TIMEOUT_MS, PROBE_HOST, EXPECTED_VERSION }) {
  for (const [path, only2xx] of paths) {
    const { failure } = await ask(new URL(path, base), {
      timeoutMs: PROBE_TIMEOUT_MS,
      host: PROBE_HOST,
      expected: EXPECTED_VERSION,
      only2xx,
    });
    if (failure) {
      return [`${path}: ${failure}`, ...hints([failure])].join("; ");
    }
  }
  return undefined;
}
