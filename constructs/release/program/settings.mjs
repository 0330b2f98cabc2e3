// What the programs are told, by environment variables, and what holds where nothing is said. The
// Go package beside this directory documents each of them.
import { DIGEST } from "./built.mjs";
import { Failure } from "./failure.mjs";

const REQUIRED = { read: text };
const OPTIONAL = { fallback: "", read: text };

const COMMON = {
  APPLICATION_NAME: REQUIRED,
  VERSION: REQUIRED,
  EXPECTED_VERSION: OPTIONAL,
  PROBE_PATH: { fallback: "/", read: path },
  PROBE_HOST: { fallback: "", read: (value) => (value === "" ? "" : host(value)) },
  PROBE_INTERVAL_MS: { fallback: "1000", read: positive },
  PROBE_TIMEOUT_MS: { fallback: "5000", read: positive },
  PROBE_MAX_FAILURES: { fallback: "0", read: number },
  PROBE_REPORT_MS: { fallback: "60000", read: positive },
  POLL_MS: { fallback: "15000", read: positive },
  PROBE_MAX_LATENCY_MS: { fallback: "0", read: number },
  RELEASE_ALARMS: { fallback: "", read: list },
  EXECUTION: OPTIONAL,
  STAGE: OPTIONAL,
  TOPIC: OPTIONAL,
  CREATION_VERSIONS: OPTIONAL,
  RULE_MINUTES: { fallback: "0", read: number },
};

const SOURCE = process.env.CODEBUILD_SRC_DIR || ".";

const COMMANDS = {
  bundle: {
    IMAGE_REPOSITORY_URI: { read: repository },
    IMAGE_TAG: { read: executionTag },
    EXECUTION_ROLE_ARN: { read: role },
    BUILD_PROJECT: REQUIRED,
    EXPECTED_DIGEST: { fallback: "", read: (value) => (value === "" ? "" : digest(value)) },
    BUNDLE_ALLOW: OPTIONAL,
    SOURCE_DIRECTORY: { fallback: SOURCE, read: text },
    DIGEST_FILE: { fallback: "digest", read: text },
  },
  probe: {
    ...COMMON,
    ENVIRONMENT_NAME: REQUIRED,
    DEPLOY_ACTION: OPTIONAL,
    PROBE_URL: { read: url },
    PROBE_START_MS: { fallback: "180000", read: number },
    PROBE_TAIL_MS: { fallback: "30000", read: number },
    BEFORE_LIMIT_MS: { fallback: "0", read: number },
    PROBE_LIMIT_MINUTES: { fallback: "58", read: positive },
    ALLOW_DOWNTIME: { fallback: "false", read: flag },
    SETTLE_LIMIT_MS: { fallback: "600000", read: number },
  },
  bluegreen: {
    ...COMMON,
    BLUE_ENVIRONMENT: REQUIRED,
    GREEN_ENVIRONMENT: REQUIRED,
    STABLE_CNAME: REQUIRED,
    PROBE_URL: { fallback: "", read: (value) => (value === "" ? "" : url(value)) },
    BUNDLE_DIRECTORY: { fallback: SOURCE, read: text },
    READINESS_PATH: { fallback: "/readyz", read: path },
    HEALTH_LIMIT_MS: { fallback: "600000", read: positive },
    TRIAL_ANSWERS: { fallback: "10", read: positive },
    TRIAL_LIMIT_MS: { fallback: "180000", read: positive },
    SWAP_DNS_MS: { fallback: "90000", read: number },
    SWAP_PROBE_MS: { fallback: "150000", read: number },
    PREPARE_LIMIT_MINUTES: { fallback: "40", read: positive },
    RELEASE_LIMIT_MINUTES: { fallback: "55", read: positive },
    SHRINK_IDLE: { fallback: "false", read: flag },
  },
};

// Returns the settings of a command under the names of their variables, or reports everything that
// is wrong with them at once.
export function readSettings(command, environment) {
  const settings = {};
  const problems = [];
  for (const [name, { fallback, read }] of Object.entries(COMMANDS[command])) {
    const value = environment[name] || fallback;
    if (value === undefined) {
      problems.push(`${name} is not set`);
      continue;
    }
    try {
      settings[name] = read(value);
    } catch (error) {
      problems.push(`${name} must be ${error.message}`);
    }
  }
  if (problems.length > 0) {
    throw new Failure(`the settings of ${command} are not usable: ${problems.join("; ")}`);
  }
  return settings;
}

function text(value) {
  return value;
}

function list(value) {
  return value.split(",").filter(Boolean);
}

function number(value) {
  const result = Number(value);
  if (!(result >= 0 && Number.isFinite(result))) {
    throw new Error(`a number, zero or more, got "${value}"`);
  }
  return result;
}

function positive(value) {
  const result = Number(value);
  if (!(result > 0 && Number.isFinite(result))) {
    throw new Error(`a number above zero, got "${value}"`);
  }
  return result;
}

function flag(value) {
  if (value !== "true" && value !== "false") {
    throw new Error(`true or false, got "${value}"`);
  }
  return value === "true";
}

function path(value) {
  if (!/^\/(?!\/)[!-~]*$/.test(value)) {
    throw new Error(`a path that begins with a slash, got "${value}"`);
  }
  return value;
}

function host(value) {
  if (!/^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value) || !URL.canParse(`http://${value}`)) {
    throw new Error(`the name of a host, got "${value}"`);
  }
  return value;
}

function repository(value) {
  return matching(value, /^\d{12}\.dkr[.-]ecr\.[a-z0-9-]+\.[a-z.]+\/[a-z0-9._/-]+$/, "the URI of an ECR repository, without a tag");
}

function executionTag(value) {
  return matching(value, /^[0-9a-f]{40}([0-9a-f]{24})?-[0-9a-f-]{36}$/, "a commit, a hyphen and the ID of an execution");
}

function role(value) {
  return matching(value, /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/, "the ARN of an IAM role");
}

function digest(value) {
  return matching(value, DIGEST, "the digest of an image");
}

function matching(value, pattern, wanted) {
  if (!pattern.test(value)) {
    throw new Error(`${wanted}, got "${value}"`);
  }
  return value;
}

// What is given instead of an address is not shown: it may be one with a password.
function url(value) {
  const wanted = "an http:// or https:// address without user and password";
  if (!URL.canParse(value)) {
    throw new Error(wanted);
  }
  const { protocol, username, password } = new URL(value);
  if (!["http:", "https:"].includes(protocol) || username || password) {
    throw new Error(wanted);
  }
  return value;
}
