// Publishes metrics. The Go package beside this directory documents each of them.
import { aws } from "./aws.mjs";

const NAMESPACE = "ZeroDowntimeBeanstalk";

// A rollback waits for this program, and PROBE_LIMIT_MINUTES has no time for more: the last metrics have to
// be quick.
const PUBLISH_LIMIT_MS = 30_000;

// A release does not fail because nobody could write down how well it went.
export async function publish(data, { settings, log }) {
  const MetricData = data.map(({ name, value, unit = "Count", at = Date.now(), version, environment }) => ({
    MetricName: name,
    Dimensions: [
      { Name: "Application", Value: settings.APPLICATION_NAME },
      ...(environment ? [{ Name: "Environment", Value: environment }] : []),
      ...(version ? [{ Name: "Version", Value: version }] : []),
    ],
    Timestamp: new Date(at).toISOString(),
    Unit: unit,
    Value: value,
  }));
  try {
    const input = { Namespace: NAMESPACE, MetricData };
    await aws("cloudwatch", "put-metric-data", input, { limitMs: PUBLISH_LIMIT_MS });
  } catch (error) {
    log(`WARNING: metrics not published: ${error.message}`);
  }
}
