// The AWS CLI as a function. CodeBuild's Amazon Linux images have the CLI, and give it region and
// credentials: nothing has to be installed, and no credentials pass through here.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { Failure } from "./failure.mjs";

const run = promisify(execFile);

// Elastic Beanstalk throttles per account, and a release is when others call it too: eight tries
// back off for up to a minute. The names are the same in both versions of the CLI; a pager, which
// version 2 starts for long answers, would wait for a key (CLI User Guide, "Environment variables").
const PATIENCE = { AWS_RETRY_MODE: "standard", AWS_MAX_ATTEMPTS: "8", AWS_PAGER: "" };

// Longer than those tries take. A call that hangs must not hang the release.
const LONGEST_MS = 180_000;

export class AwsError extends Failure {
  constructor(call, code, message, cause) {
    super(`${call} failed: ${code}: ${message}`, cause);
    this.name = "AwsError";
    this.code = code;
  }
}

// Returns the account that the build runs in. Outside CodeBuild it is not known.
export function account() {
  return process.env.CODEBUILD_BUILD_ARN?.split(":")[4];
}

// Calls `aws SERVICE COMMAND` with input as the API has it, and returns the answer of the API.
export async function aws(service, command, input, options = {}) {
  const { signal, flags = [], limitMs = LONGEST_MS } = options;
  const argv = [service, command, "--cli-input-json", JSON.stringify(input), ...flags];
  try {
    const { stdout } = await run("aws", [...argv, "--output", "json"], {
      signal,
      timeout: limitMs,
      killSignal: "SIGKILL",
      maxBuffer: 16 << 20,
      env: { ...process.env, ...PATIENCE },
    });
    // Some calls, such as SwapEnvironmentCNAMEs, answer nothing.
    return stdout.trim() === "" ? {} : JSON.parse(stdout);
  } catch (error) {
    throw explain(`aws ${service} ${command}`, error);
  }
}

// The command line is not repeated in a message: it says little that the call's name does not.
function explain(call, error) {
  if (error.name === "AbortError") {
    return error;
  }
  if (error.code === "ENOENT") {
    return new AwsError(call, "NoCLI", "there is no AWS CLI on the PATH", error);
  }
  if (error.killed) {
    return new AwsError(call, "NoAnswer", "no answer in time", error);
  }
  const said = (error.stderr ?? "").replace(/\s+/g, " ").trim();
  const known = /\(([\w.]+)\) when calling the \w+ operation(?: \([^)]*\))?: (.*)/.exec(said);
  const [code, message] = known ? [known[1], known[2]] : ["CLI", said || error.message];
  return new AwsError(call, code, message.slice(0, 500), error);
}
