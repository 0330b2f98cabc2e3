// Requests at a steady pace, whatever becomes of the earlier ones (an open loop). A client that
// waits for each answer asks least often when the service is slowest, and so hardly notices.
import { ask } from "./request.mjs";

// Starts to send. The returned results grow as requests end; a request counts when it has ended.
export function startTraffic(url, { intervalMs, timeoutMs }) {
  const began = performance.now();
  const results = [];
  const underWay = new Set();
  let sent = 0;
  let expected = "";
  let timer;

  const dueNext = () => began + sent * intervalMs;

  // A timer that is late sends all that was due meanwhile, each timed from when it was due.
  function tick() {
    for (; dueNext() <= performance.now(); sent++) {
      const request = ask(url, { timeoutMs, due: dueNext(), expected }).then((result) => {
        underWay.delete(request);
        results.push(result);
      });
      underWay.add(request);
    }
    timer = setTimeout(tick, dueNext() - performance.now());
  }
  tick();

  return {
    results,
    failures: () => results.filter(({ failure }) => failure).length,
    // From now on an answer of another version is a failure.
    expect(version) {
      expected = version;
    },
    // Sends no more, and waits for what is under way, which takes one timeout at most.
    async stop() {
      clearTimeout(timer);
      await Promise.all(underWay);
    },
    // Sends no more, and forgets what is under way.
    abandon() {
      clearTimeout(timer);
    },
  };
}
