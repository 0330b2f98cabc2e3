// Delivers the answer to the presigned URL that CloudFormation gave. The URL is a secret for as
// long as it is valid, so it is never logged.
import http from "node:http";
import https from "node:https";

const TRIES = 5;
const FIRST_PAUSE_MS = 200;

export async function respond(url, body, { sleep, log, remaining }) {
  for (let tried = 1; ; tried++) {
    try {
      await put(new URL(url), body, Math.min(5_000, Math.max(remaining() / 2, 500)));
      return;
    } catch (error) {
      log("answer not delivered", { tried, error: error.message });
      if (tried === TRIES) {
        // Lambda repeats an asynchronous call that throws, and every call may be repeated.
        throw new Error(`CloudFormation did not take the answer after ${tried} tries`);
      }
    }
    await sleep(FIRST_PAUSE_MS * 2 ** (tried - 1));
  }
}

function put(url, body, timeout) {
  const { request } = url.protocol === "http:" ? http : https;
  // The signature of the URL covers an empty content type: any other one is refused.
  const headers = { "content-type": "", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "PUT", headers, timeout, agent: false }, (response) => {
      response.resume();
      const { statusCode } = response;
      const taken = statusCode >= 200 && statusCode < 300;
      return taken ? resolve() : reject(new Error(`HTTP status ${statusCode}`));
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${timeout} ms`)));
    sent.on("error", reject);
    sent.end(body);
  });
}
