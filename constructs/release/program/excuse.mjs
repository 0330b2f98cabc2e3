// Suppresses the release alarms of environments while they say nothing about the release: the metric Excused
// has a value in each minute in which the alarm of an environment keeps quiet.
import { publish } from "./metrics.mjs";

// CodePipeline's own rule checks the alarm when all actions of the stage have ended, and the alarm looks
// back for a few minutes: the suppression reaches a little further than that rule waits.
const MARGIN_MINUTES = 3;

// CloudWatch takes no times that are two hours ahead or more (API Reference, "PutMetricData").
const FURTHEST_MINUTES = 119;

// Starts with no alarm suppressed, and with everything counting against the release.
export function startSuppression(job) {
  const { PROBE_REPORT_MS, RULE_MINUTES, RELEASE_ALARMS } = job.settings;
  // Until the next report is due, and a little more: a timer that is late could leave a minute out.
  const next = Math.ceil(PROBE_REPORT_MS / 60_000);
  let suppressed = [];
  let reason;

  const keepQuiet = async (environments, minutes) => {
    if (environments.length > 0 && RELEASE_ALARMS.length > 0) {
      await publish(environments.flatMap((environment) => ahead(environment, minutes)), job);
    }
  };
  const timer = setInterval(() => keepQuiet(suppressed, next), PROBE_REPORT_MS);

  return {
    // Why nothing counts against this release; undefined where everything does.
    reason: () => reason,
    // From now on nothing counts against this release: its alarms stay suppressed, whatever of() says.
    because(why, environments) {
      reason = why;
      job.log(`${why}: neither alarms nor failed requests count against this release`);
      this.of(environments);
    },
    // From now on the alarms of these environments are suppressed, and no others.
    of(environments) {
      const added = environments.filter((environment) => !suppressed.includes(environment));
      suppressed = reason ? [...suppressed, ...added] : environments;
      keepQuiet(added, next);
    },
    // What is suppressed at the end stays so while CodePipeline checks the alarms.
    async finish() {
      clearInterval(timer);
      if (reason) {
        job.print(`suppressed: ${reason}`);
      }
      await keepQuiet(suppressed, Math.min(Math.ceil(RULE_MINUTES) + MARGIN_MINUTES, FURTHEST_MINUTES));
    },
  };
}

// One datapoint for this minute, and for each of so many to come.
function ahead(environment, minutes) {
  const now = Date.now();
  return Array.from({ length: minutes + 1 }, (_, minute) => ({
    name: "Excused",
    value: 1,
    at: now + minute * 60_000,
    environment,
  }));
}
