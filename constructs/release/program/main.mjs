// The entry: `node main.mjs` and the name of a command, with settings in the environment. Exit code 0 says
// that the command went well, 1 that it did not.
import { deleteCreationVersions } from "./creation.mjs";
import { Failure } from "./failure.mjs";
import { notifyOf } from "./notify.mjs";
import { probe } from "./probe.mjs";
import { bundle } from "./render.mjs";
import { readSettings } from "./settings.mjs";
import { bluegreen } from "./swap.mjs";

const COMMANDS = { bundle, probe: released(probe), bluegreen: released(bluegreen) };

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => stop.abort());
}

const print = (line) => console.log(line);
const log = (line) => print(`${new Date().toISOString().slice(11, 19)} ${line}`);

async function main(name) {
  const command = Object.hasOwn(COMMANDS, name ?? "") ? COMMANDS[name] : undefined;
  if (!command) {
    throw new Failure(`usage: node main.mjs ${Object.keys(COMMANDS).join(" | ")}`);
  }
  const settings = readSettings(name, process.env);
  await command({ settings, signal: stop.signal, log, print });
}

// Adds to a command that watches or does a release what has to follow its failure or its success.
function released(command) {
  return async (job) => {
    try {
      await command(job);
    } catch (error) {
      await notifyOf(error, job);
      throw error;
    }
    await deleteCreationVersions(job);
  };
}

try {
  // A timer or connection that is left must not keep the build running, hence exit and not exitCode.
  await main(process.argv[2]);
  process.exit(0);
} catch (error) {
  const why = error.name === "AbortError" ? "stopped" : error.stack;
  log(`FAILED: ${error instanceof Failure ? error.message : why}`);
  process.exit(1);
}
