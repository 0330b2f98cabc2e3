// Judges how long the requests of this program take. What users' requests take is for people only: a client
// that sends its body slowly makes the load balancer measure a slow application.
import { Failure } from "./failure.mjs";

// As of the alarms: so many of the last minutes have to be bad.
const BAD_MINUTES = 2;
const OF_MINUTES = 5;

// A minute is slow where a tenth of its requests is, and never for a single one. The alarm for people goes by
// one in a hundred, but of the 60 requests in a minute that would be any.
const SHARE = 0.1;
const LEAST = 2;

// Fails if the requests since a time in milliseconds, when the deployment was over, take too long. A minute
// counts once all of its requests have ended.
export function judgeLatency(traffic, since, job) {
  const { PROBE_MAX_LATENCY_MS, PROBE_REPORT_MS, PROBE_TIMEOUT_MS } = job.settings;
  if (!PROBE_MAX_LATENCY_MS || job.ignoreLatency) {
    return;
  }
  const complete = Math.floor((Date.now() - PROBE_TIMEOUT_MS - since) / PROBE_REPORT_MS);
  const minutes = Array.from({ length: OF_MINUTES }, () => ({ all: 0, slow: 0 }));
  for (const { at, latencyMs } of traffic.results) {
    const minute = minutes[complete - 1 - Math.floor((at - since) / PROBE_REPORT_MS)];
    if (minute && at >= since) {
      minute.all++;
      minute.slow += latencyMs > PROBE_MAX_LATENCY_MS ? 1 : 0;
    }
  }
  const bad = minutes.filter(({ all, slow }) => slow >= Math.max(LEAST, SHARE * all));
  if (bad.length >= BAD_MINUTES) {
    const slow = bad.map((minute) => `${minute.slow} of ${minute.all}`).join(" and ");
    throw new Failure(`${slow} requests in a minute took longer than ${PROBE_MAX_LATENCY_MS} ms`);
  }
}
