// Tries an environment that serves nobody yet.
import { setTimeout as sleep } from "node:timers/promises";

import { Failure } from "./failure.mjs";
import { ask } from "./request.mjs";

// Waits for a number of good rounds in a row; each asks for the readiness path and for a page.
//
// It asks the load balancer itself, not the environment's CNAME: after a swap, resolvers may take
// that name for the other environment for a while, and the trial would try the wrong one.
export async function trial({ EnvironmentName, EndpointURL }, job) {
  const { settings } = job;
  const paths = [...new Set([settings.READINESS_PATH, settings.PROBE_PATH])];
  const began = performance.now();
  let problem;
  for (let good = 0; good < settings.TRIAL_ANSWERS; ) {
    if (performance.now() - began > settings.TRIAL_LIMIT_MS) {
      const wanted = `${settings.TRIAL_ANSWERS} good answers in a row`;
      throw new Failure(`${EnvironmentName} did not give ${wanted}; the last bad one: ${problem}`);
    }
    const bad = await round(`http://${EndpointURL}`, paths, settings);
    problem = bad ?? problem;
    good = bad ? 0 : good + 1;
    await sleep(settings.PROBE_INTERVAL_MS, undefined, { signal: job.signal });
  }
  job.log(`${EnvironmentName} gave ${settings.TRIAL_ANSWERS} good answers to ${paths.join(" and ")}`);
}

async function round(base, paths, { PROBE_TIMEOUT_MS, EXPECTED_VERSION }) {
  for (const path of paths) {
    const { failure } = await ask(new URL(path, base), {
      timeoutMs: PROBE_TIMEOUT_MS,
      expected: EXPECTED_VERSION,
    });
    if (failure) {
      return `${path}: ${failure}`;
    }
  }
  return undefined;
}
