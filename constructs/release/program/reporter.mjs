// Tells how the requests fare: a line and a set of metrics every minute, and the verdict at the end.
import { aws } from "./aws.mjs";
import { failed, failureLine, latencies, latencyLine, verdict } from "./summary.mjs";

const NAMESPACE = "ZeroDowntimeBeanstalk";

// CodePipeline ends an action after an hour whatever it is doing: the last metrics have to be quick.
const PUBLISH_LIMIT_MS = 30_000;

export function startReporter(traffic, { settings, log, print }) {
  let told = 0;
  let publishing = Promise.resolve();

  // The metrics of each minute are those of the requests that ended in it.
  function report() {
    const latest = traffic.results.slice(told);
    told = traffic.results.length;
    // One after the other: a call that is slow must not put the minutes in disorder.
    publishing = publishing.then(() => publish(latest, settings, log));
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
      }
      report();
      await publishing;
    },
  };
}

// A release does not fail because nobody could write down how well it went.
async function publish(results, settings, log) {
  if (results.length === 0) {
    return;
  }
  try {
    const MetricData = metricData(results, settings);
    const input = { Namespace: NAMESPACE, MetricData };
    await aws("cloudwatch", "put-metric-data", input, { limitMs: PUBLISH_LIMIT_MS });
  } catch (error) {
    log(`WARNING: metrics not published: ${error.message}`);
  }
}

function metricData(results, { SERVICE, ENVIRONMENT }) {
  const Dimensions = [
    { Name: "Service", Value: SERVICE },
    { Name: "Environment", Value: ENVIRONMENT },
  ];
  const Timestamp = new Date().toISOString();
  const metric = (MetricName, Unit, Value) => ({ MetricName, Dimensions, Timestamp, Unit, Value });
  const data = [
    metric("Requests", "Count", results.length),
    // Zeros too: an alarm has to tell "no failure" from "no release".
    metric("FailedRequests", "Count", failed(results).length),
  ];
  const found = latencies(results);
  if (found) {
    data.push(metric("LatencyP50", "Milliseconds", found.p50));
    data.push(metric("LatencyP99", "Milliseconds", found.p99));
  }
  return data;
}
