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

// The version that the placeholder of a new environment names. It responds with 200 on every path, so
// what it responds with says nothing about the application.
export const PLACEHOLDER = "placeholder";

// The failure of a good answer by another release than the one expected.
export const WRONG_VERSION = "wrong version";

// What goes wrong before a request has left. One of these between requests that went well is the
// fault of the network that the program itself runs in, and no reason to put a release back.
export const OWN = ["DNS", "unreachable"];

const TO_HTTPS = "redirect to https";
const TO_ANOTHER_ADDRESS = "redirect to another address";
const TLS_ERROR = "TLS error";
const NOT_2XX = " instead of 2xx";

const NOT_MEASURED = "the redirect was measured, not the application";

// What to do about a kind of failure whose cause may be a setting.
const HINTS = {
  [TO_HTTPS]: `${NOT_MEASURED}: set certificateArn, or a probePath that responds over HTTP`,
  [TO_ANOTHER_ADDRESS]: `${NOT_MEASURED}: set probeHost to the name that the application redirects to`,
  [TLS_ERROR]: "the certificate must be valid, of a public authority and, where probeHost is set, for that name",
  [NOT_2XX]: "if that is meant, set probePath to a path that responds with 2xx in both versions",
  400: "where the application checks the Host header, set probeHost to a name that it accepts",
  403: "where the application checks the Host header, set probeHost to a name that it accepts",
};

// Returns one line for each kind of failure that a setting may fix.
export function hints(failures) {
  return [...new Set(failures)]
    .map((kind) => [kind, kind.endsWith(NOT_2XX) ? HINTS[NOT_2XX] : HINTS[kind]])
    .filter(([, hint]) => hint)
    .map(([kind, hint]) => `${kind}: ${hint}`);
}

// Asks for url. The result says when the request was due (at), what went wrong if anything did
// (failure), how long it took from when it was due to the last byte (latencyMs), and which release on
// which instance answered if it said so (version, instance), with which status. A failure without an
// answer, such as a refused connection, has no latency: it would look like a fast answer. A timeout has
// one, or the slowest requests would be missing from the percentiles.
//
// A good answer is one of the application: 2xx, or a redirect where the version before redirects too.
// Where that version responded with 2xx (only2xx), a redirect, such as one to a sign-in page, is a failure.
// A redirect to https of the same host, or to the same page at another address, is always one: a server in
// front of the application may have sent it. Redirects are not followed, for they may lead to what is not
// being released.
//
// With host, the request names that host to the server, in TLS too, whichever address url has.
export async function ask(url, options) {
  const { timeoutMs, due = performance.now(), host = "" } = options;
  const at = Date.now() - (performance.now() - due);
  const answer = await send(url, host, timeoutMs);
  const latencyMs = performance.now() - due;
  if (answer.error) {
    const failure = nameOf(answer.error);
    return { at, failure, latencyMs: failure === "timeout" ? latencyMs : undefined };
  }
  const { [VERSION_HEADER]: version, [INSTANCE_HEADER]: instance } = answer.headers;
  const { status } = answer;
  return { at, failure: judge(answer, asked(url, host), options), latencyMs, status, version, instance };
}

// What the request says that it asks for.
function asked(url, host) {
  return host ? new URL(`${url.protocol}//${host}${url.pathname}${url.search}`) : url;
}

// The certificate is for a name of the application's own, not for the name that Beanstalk gives out. Where
// that name is not known, only the name is not checked: an expired certificate, or one of an unknown
// authority, still fails as it fails for users.
function connection(url, host) {
  const named = host ? { servername: host } : { checkServerIdentity: () => undefined };
  const headers = host ? { ...HEADERS, host } : HEADERS;
  return { agent: false, headers, ...(url.protocol === "https:" && named) };
}

function send(url, host, timeoutMs) {
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise((resolve) => {
    let late = false;
    const settle = (answer) => {
      clearTimeout(alarm);
      resolve(answer);
    };
    const fail = (error) => settle({ error: late ? { code: "ETIMEDOUT" } : error });

    const sent = request(url, connection(url, host), (response) => {
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

function judge({ status, headers }, url, { expected = "", only2xx = false }) {
  if (isRedirect(status)) {
    return unmeasured(url, headers.location) ?? (only2xx ? `${status}${NOT_2XX}` : undefined);
  }
  if (status < 200 || status >= 400) {
    return String(status);
  }
  const version = headers[VERSION_HEADER];
  const wrong = expected && version && comparable(version, expected) && !sameVersion(version, expected);
  return wrong ? WRONG_VERSION : undefined;
}

export function isRedirect(status) {
  return status >= 300 && status < 400;
}

// Names the failure of a redirect that says nothing about the application.
function unmeasured(url, location) {
  if (location === undefined || !URL.canParse(location, url)) {
    return undefined;
  }
  const target = new URL(location, url);
  if (url.protocol === "http:" && target.protocol === "https:" && target.hostname === url.hostname) {
    return TO_HTTPS;
  }
  if (target.pathname !== url.pathname || target.search !== url.search) {
    return undefined;
  }
  return target.host === url.host && target.protocol === url.protocol ? "redirect loop" : TO_ANOTHER_ADDRESS;
}

// An application may count its versions in another way than by commits: that cannot be compared. The
// placeholder is no version of an application.
function comparable(version, expected) {
  return version === PLACEHOLDER || COMMIT.test(version) === COMMIT.test(expected);
}

// Digits alone may be a date or the number of a build.
const COMMIT = /^(?=.*[a-f])[0-9a-f]{7,64}$|^[0-9]{40,64}$/;

// Builds tend to shorten commit IDs, to seven digits or more.
export function sameVersion(one, other) {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short === long || (short.length >= 7 && long.startsWith(short));
}

const NAMES = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
  EPROTO: TLS_ERROR,
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
    return TLS_ERROR;
  }
  return NAMES[code] ?? (code.startsWith("HPE_") ? "broken answer" : code || "unknown error");
}
