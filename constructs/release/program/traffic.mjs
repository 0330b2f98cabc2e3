// Requests at a steady pace, whatever becomes of the earlier ones (an open loop). A client that
// waits for each answer asks least often when the service is slowest, and so hardly notices.
import { startBaseline } from "./baseline.mjs";
import { OWN, WRONG_VERSION, ask } from "./request.mjs";

// Starts to send. The returned results grow as requests end; a request counts when it has ended. Where
// nobody says whether the version before responds with 2xx only, the first answers show it, unless one has
// the version that is released. Redirects are judged by that once the version before answers no more: it
// may redirect now and then.
export function startTraffic(url, { intervalMs, timeoutMs, host, released, only2xx }) {
  const began = performance.now();
  const results = [];
  const underWay = new Set();
  let sent = 0;
  const baseline = startBaseline(released);
  let over = false;
  let expected = "";
  let forgivenUntil = 0;
  let timer;

  const dueNext = () => began + sent * intervalMs;

  // A timer that is late sends all that was due meanwhile, each timed from when it was due.
  function tick() {
    for (; dueNext() <= performance.now(); sent++) {
      const number = sent;
      const options = { timeoutMs, host, due: dueNext(), expected, only2xx: only2xx ?? (over && baseline.only2xx()) };
      const request = ask(url, options).then((result) => {
        underWay.delete(request);
        baseline.add(result);
        // No version may be expected any more since the request was sent.
        const failure = !expected && result.failure === WRONG_VERSION ? undefined : result.failure;
        results.push({ ...result, failure, number });
      });
      underWay.add(request);
    }
    timer = setTimeout(tick, dueNext() - performance.now());
  }
  tick();

  return {
    results,
    // How many failures count, those of a kind left out.
    failures(leftOut = "") {
      const broken = new Set(results.filter(({ failure }) => failure).map(({ number }) => number));
      const alone = ({ number }) => !broken.has(number - 1) && !broken.has(number + 1);
      return results.filter((result) => {
        const { failure, at } = result;
        return failure && failure !== leftOut && at >= forgivenUntil && !(OWN.includes(failure) && alone(result));
      }).length;
    },
    // Failures of requests that were due before this time, in milliseconds, do not count.
    forgiveUntil(time) {
      forgivenUntil = time;
    },
    // From now on the version before may not answer any more.
    deployed() {
      over = true;
      baseline.close();
    },
    // From now on an answer of another version is a failure. Without a version none is, nor was one.
    expect(version) {
      expected = version;
      for (const result of version ? [] : results) {
        result.failure = result.failure === WRONG_VERSION ? undefined : result.failure;
      }
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
