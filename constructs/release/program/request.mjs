// One request as a new user makes it: a new connection, a new look-up of the name, and no second
// try. A kept connection would go on talking to an instance that takes no new ones, and would hide
// the very failures that this looks for.
//
// Of several addresses of one name Node.js tries the next where one does not connect, as browsers
// do (RFC 8305). That is left as it is: a build container may be told IPv6 addresses it cannot reach.
import http from "node:http";
import https from "node:https";

const HEADERS = { "user-agent": "zero-downtime-beanstalk-probe", "cache-control": "no-cache" };

// The headers by which an application can say which release answers, and on which instance.
const VERSION_HEADER = "x-app-version";
const INSTANCE_HEADER = "x-instance";

// The failure of a good answer by another release than the one expected.
export const WRONG_VERSION = "wrong version";

// Asks for url. The result says when the request was due (at), what went wrong if anything did
// (failure), how long it took from when it was due to the last byte (latencyMs), and which release on
// which instance answered if it said so (version, instance). A failure without an answer, such as a refused connection, has
// no latency: it would look like a fast answer. A timeout has one, or the slowest requests would be
// missing from the percentiles.
//
// Answers of 2xx and 3xx are good. Redirects are not followed: what they lead to, such as a sign-in
// page of somebody else, is not what is being released. One that leads to itself is a failure.
export async function ask(url, { timeoutMs, due = performance.now(), expected = "" }) {
  const at = Date.now() - (performance.now() - due);
  const answer = await send(url, timeoutMs);
  const latencyMs = performance.now() - due;
  if (answer.error) {
    const failure = nameOf(answer.error);
    return { at, failure, latencyMs: failure === "timeout" ? latencyMs : undefined };
  }
  const { [VERSION_HEADER]: version, [INSTANCE_HEADER]: instance } = answer.headers;
  return { at, failure: judge(answer, url, expected), latencyMs, version, instance };
}

function send(url, timeoutMs) {
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise((resolve) => {
    let late = false;
    const settle = (answer) => {
      clearTimeout(alarm);
      resolve(answer);
    };
    const fail = (error) => settle({ error: late ? { code: "ETIMEDOUT" } : error });

    const sent = request(url, { agent: false, headers: HEADERS }, (response) => {
      const { statusCode: status, headers } = response;
      response.on("error", fail);
      response.on("end", () => settle({ status, headers }));
      response.resume();
    });
    // For the whole request: Node's own timeout starts again with every byte.
    const alarm = setTimeout(() => {
      late = true;
      sent.destroy(new Error("no answer in time"));
    }, timeoutMs);
    sent.on("error", fail);
    sent.on("close", () => fail({ code: "ECONNRESET" }));
    sent.end();
  });
}

function judge({ status, headers }, url, expected) {
  if (status >= 300 && status < 400) {
    return leadsTo(url, headers.location) ? "redirect loop" : undefined;
  }
  if (status < 200 || status >= 400) {
    return String(status);
  }
  const version = headers[VERSION_HEADER];
  const wrong = expected && version && comparable(version, expected) && !sameVersion(version, expected);
  return wrong ? WRONG_VERSION : undefined;
}

function leadsTo(url, location) {
  if (location === undefined || !URL.canParse(location, url)) {
    return false;
  }
  const target = new URL(location, url);
  target.hash = "";
  return target.href === url.href;
}

// An application may count its versions in another way than by commits: that cannot be compared.
function comparable(one, other) {
  return COMMIT.test(one) === COMMIT.test(other);
}

const COMMIT = /^[0-9a-f]{7,64}$/;

// Builds tend to shorten commit IDs, to seven digits or more.
function sameVersion(one, other) {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short === long || (short.length >= 7 && long.startsWith(short));
}

const NAMES = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
  EPROTO: "TLS error",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
};

function nameOf(error) {
  // Where several addresses were tried, the last one was the last resort.
  const { code = "", syscall } = error.errors?.at(-1) ?? error;
  if (syscall === "getaddrinfo") {
    return "DNS";
  }
  if (/^ERR_(TLS|SSL)|CERT|SIGNATURE|HOSTNAME/.test(code)) {
    return "TLS error";
  }
  return NAMES[code] ?? (code.startsWith("HPE_") ? "broken answer" : code || "unknown error");
}
