// The rules of a container's log driver. A driver runs in Docker, outside the container: it could write to a socket of
// the host, read a file there as a certificate, or reach services that listen for the host only (Docker
// documentation, "Configure logging drivers"). These two do none of it with these options.
import { isEmpty, isGiven, isObject, show, unknown, words } from "./values.mjs";

const KEYS = words("logDriver options secretOptions");
const COMMON = "max-buffer-size mode tag";
const DRIVERS = {
  awslogs: words(`awslogs-create-group awslogs-datetime-format awslogs-group awslogs-multiline-pattern awslogs-region
    awslogs-stream-prefix ${COMMON}`),
  "json-file": words(`compress env env-regex labels labels-regex max-file max-size ${COMMON}`),
};

export function* loggingProblems({ logConfiguration: logging }, container) {
  const at = `${container}.logConfiguration`;
  if (!isGiven(logging)) {
    return;
  }
  if (!isObject(logging) || (isGiven(logging.options) && !isObject(logging.options))) {
    yield `${at}: ${show(logging)} is not an object with options; correct or remove it`;
    return;
  }
  yield* unknown(logging, KEYS, `${at}.`);
  if (!isEmpty(logging.secretOptions)) {
    yield `${at}.secretOptions: ${show(logging.secretOptions)} can be any option, for the names alone do not tell; remove it`;
  }
  if (!Object.hasOwn(DRIVERS, logging.logDriver)) {
    yield `${at}.logDriver: ${show(logging.logDriver)} can reach sockets, files or services of the host; ` +
      `use ${Object.keys(DRIVERS).join(" or ")}, or remove logConfiguration`;
    return;
  }
  yield* unknown(logging.options ?? {}, DRIVERS[logging.logDriver], `${at}.options.`);
  const { "awslogs-region": region } = logging.options ?? {};
  // Docker makes an address of it.
  if (isGiven(region) && !/^[a-z]{2,4}(-[a-z]+)+-\d+$/.test(String(region))) {
    yield `${at}.options.awslogs-region: ${show(region)} is not a region; write one such as eu-west-1`;
  }
}
