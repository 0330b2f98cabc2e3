// Judges the minutes that are given: of each, how many requests were slow, and of how many.
const { judgeLatency } = await import(`${process.argv[2]}/latency.mjs`);
const { minutes, limit, ignoreLatency } = JSON.parse(process.argv[3]);

const settings = { PROBE_MAX_LATENCY_MS: limit, PROBE_REPORT_MS: 60_000, PROBE_TIMEOUT_MS: 5_000 };
const since = Date.now() - settings.PROBE_TIMEOUT_MS - minutes.length * settings.PROBE_REPORT_MS - 1_000;
const results = [{ at: since - 1, latencyMs: 4_000 }];
minutes.forEach(([slow, all], minute) => {
  for (let i = 0; i < all; i++) {
    const at = since + minute * settings.PROBE_REPORT_MS + i * 1_000;
    results.push({ at, latencyMs: i < slow ? 4_000 : i % 2 ? 20 : undefined });
  }
});
try {
  judgeLatency({ results }, since, { settings, ignoreLatency });
} catch (error) {
  console.log(error.message);
}
