// Makes some look-ups of names fail, by their number: FLAKY_DNS=3,7.
import dns from "node:dns";

const bad = (process.env.FLAKY_DNS ?? "").split(",").map(Number);
const { lookup } = dns;
let count = 0;

dns.lookup = (hostname, options, callback) => {
  if (!bad.includes(++count)) {
    return lookup(hostname, options, callback);
  }
  const error = new Error(`getaddrinfo EAI_AGAIN ${hostname}`);
  process.nextTick(callback, Object.assign(error, { code: "EAI_AGAIN", syscall: "getaddrinfo" }));
};
