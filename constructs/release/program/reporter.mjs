// Tells how the requests fare: a line and a set of metrics every minute, and the verdict at the end.
import { publish } from "./metrics.mjs";
import { hints } from "./request.mjs";
import { failed, failureLine, latencies, latencyLine, verdict } from "./summary.mjs";

// CloudWatch bills each version as a metric of its own, and whatever answers could make up names.
const MOST_VERSIONS = 5;
const VERSION = /^[\w.-]{1,64}$/;

export function startReporter(traffic, { settings, log, print }) {
  const versions = new Set();
  let told = 0;
  let publishing = Promise.resolve();

  // The metrics of each minute are those of the requests that ended in it.
  function report() {
    const latest = traffic.results.slice(told);
    told = traffic.results.length;
    if (latest.length === 0) {
      return;
    }
    const data = [...metrics(latest), ...answers(latest, versions)];
    // One after the other: a call that is slow must not put the minutes in disorder.
    publishing = publishing.then(() => publish(data, { settings, log }));
  }

  const timer = setInterval(() => {
    const { results } = traffic;
    log(`${results.length} requests, ${failed(results).length} failed, ${latencyLine(results)}`);
    report();
  }, settings.PROBE_REPORT_MS);

  return {
    // The verdict comes before the metrics: whoever stops a build does not wait for long.
    async finish() {
      clearInterval(timer);
      print(verdict(traffic.results, settings.VERSION));
      print(latencyLine(traffic.results));
      if (failed(traffic.results).length > 0) {
        print(failureLine(traffic.results));
        hints(failed(traffic.results).map(({ failure }) => failure)).forEach(print);
      }
      report();
      await publishing;
    },
  };
}

function metrics(results) {
  const at = Date.now();
  const data = [
    { name: "Requests", value: results.length, at },
    // Zeros too: an alarm has to tell "no failure" from "no release".
    { name: "FailedRequests", value: failed(results).length, at },
  ];
  const found = latencies(results);
  if (found) {
    data.push({ name: "LatencyP50", unit: "Milliseconds", value: found.p50, at });
    data.push({ name: "LatencyP99", unit: "Milliseconds", value: found.p99, at });
  }
  return data;
}

// The answers of each version, and the instances that gave them, if they say so. Versions that are seen
// for the first time are added to the known.
function answers(results, known) {
  const seen = new Map();
  for (const { version, instance } of results) {
    if (!VERSION.test(version ?? "") || (!known.has(version) && known.size >= MOST_VERSIONS)) {
      continue;
    }
    known.add(version);
    const those = seen.get(version) ?? { count: 0, instances: new Set() };
    seen.set(version, those);
    those.count++;
    if (instance) {
      those.instances.add(instance);
    }
  }
  return [...seen].flatMap(([version, { count, instances }]) => [
    { name: "Answers", value: count, version },
    ...(instances.size > 0 ? [{ name: "Instances", value: instances.size, version }] : []),
  ]);
}
