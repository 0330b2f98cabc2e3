// What a list of results says, in numbers and in words.
import { Failure } from "./failure.mjs";

// Failures are listed one by one up to this many.
const LISTED = 20;

export function latencies(results) {
  const sorted = results
    .map(({ latencyMs }) => latencyMs)
    .filter((latency) => latency !== undefined)
    .sort((a, b) => a - b);
  if (sorted.length === 0) {
    return undefined;
  }
  // The smallest latency that this share of the requests did not exceed.
  const rank = (share) => sorted[Math.ceil(share * sorted.length) - 1];
  return { p50: rank(0.5), p90: rank(0.9), p99: rank(0.99), max: sorted.at(-1) };
}

export function failed(results) {
  return results.filter(({ failure }) => failure);
}

// "0 of 312 requests failed during the release of 1a2b3c4", with the kinds of failure if there are
// any, the most frequent first.
export function verdict(results, version) {
  const kinds = new Map();
  for (const { failure } of failed(results)) {
    kinds.set(failure, (kinds.get(failure) ?? 0) + 1);
  }
  const list = [...kinds]
    .sort(([a, many], [b, more]) => more - many || a.localeCompare(b))
    .map(([kind, count]) => `${count} × ${kind}`)
    .join(", ");
  const line =
    `${failed(results).length} of ${results.length} requests failed ` +
    `during the release of ${version}`;
  return list ? `${line}: ${list}` : line;
}

// How many of its own requests this program saw fail: whoever reads that an alarm rolled a release back learns
// whether only users met what it counts.
export function withShare(error, results) {
  if (!(error instanceof Failure) || results.length === 0) {
    return error;
  }
  const bad = failed(results).length;
  const percent = Number(((100 * bad) / results.length).toFixed(1));
  return new Failure(`${error.message}; the probe itself saw ${bad} of ${results.length} requests fail (${percent} %)`, error);
}

export function latencyLine(results) {
  const found = latencies(results);
  if (!found) {
    return "latency: no request was answered";
  }
  const { p50, p90, p99, max } = found;
  const ms = (value) => `${Math.round(value)} ms`;
  return `latency: p50 ${ms(p50)}, p90 ${ms(p90)}, p99 ${ms(p99)}, max ${ms(max)}`;
}

// When the failures were, for the reader to compare with the events of the environment.
export function failureLine(results) {
  const bad = failed(results).sort((a, b) => a.at - b.at);
  const times = bad
    .slice(0, LISTED)
    .map(({ at, failure }) => `${new Date(at).toISOString().slice(11, 19)} ${failure}`);
  const more = bad.length > LISTED ? `, and ${bad.length - LISTED} more` : "";
  return `failures (UTC): ${times.join(", ")}${more}`;
}
