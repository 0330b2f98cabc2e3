// The files of the repository that a bundle ships beside Dockerrun.aws.json: what containers mount, and the
// allowed directories that Elastic Beanstalk acts on.
import { chmod, copyFile, lstat, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";

import { consent } from "./container.mjs";
import { isMissing } from "./failure.mjs";
import { isFileName } from "./values.mjs";
import { CURRENT } from "./volumes.mjs";

// Their settings, resources and hooks, which run as root, come after the template has decided.
export const EXTENSIONS = [".ebextensions", ".platform"];

// The directory in the repository that the bundle is written to.
export const OUTPUT = "bundle";

// What else Elastic Beanstalk acts on in the root of a bundle (Developer Guide, "Extending Elastic Beanstalk
// Linux platforms", "Environment manifest (env.yaml)", "Elastic Beanstalk worker environments", "The Docker
// platform branches").
const CONTROL_FILES = /^(Buildfile|Procfile|cron\.yaml|env\.yaml|Dockerfile|Dockerrun\.aws\.json|docker-compose\.ya?ml|\.dockercfg)$/i;

// Returns the files to ship, and the problems. Names are how problems call the paths that are mounted.
export async function shippedFiles(root, mounted, allowed) {
  const requests = new Map(mounted.map((path) => [path, `Dockerrun.aws.json: volumes: ${CURRENT}${path}`]));
  const problems = [];
  for (const name of EXTENSIONS) {
    const found = await kindOf(join(root, name));
    if (found && allowed.includes(name)) {
      requests.set(name, name);
    } else if (found) {
      problems.push(`${name} would change what the infrastructure's template decided; remove it, or ${consent(name)}`);
    }
  }
  const files = new Set();
  for (const [path, name] of requests) {
    const { wrong = [], found = [] } = await filesAt(root, path, name);
    problems.push(...wrong.map((problem) => `${name}: ${problem}`));
    found.forEach((file) => files.add(file));
  }
  return { files: [...files].sort(), problems };
}

// Copies files with their modes: Elastic Beanstalk runs hooks only where they are executable.
export async function ship(root, files, to) {
  for (const file of files) {
    await mkdir(join(to, dirname(file)), { recursive: true });
    await copyFile(join(root, file), join(to, file));
    await chmod(join(to, file), (await lstat(join(root, file))).mode & 0o777);
  }
}

// Returns the files of a path, or why it is not shipped: an archive holds files; a link would lead nowhere on an
// instance, or out of the bundle.
async function filesAt(root, path, name) {
  const [first, ...rest] = path.split("/");
  if (first === OUTPUT) {
    return refuse(`the pipeline replaces the directory ${OUTPUT}; use another`);
  }
  if (rest.length === 0 && CONTROL_FILES.test(first)) {
    return refuse(`Elastic Beanstalk acts on ${first} in the root of a bundle; move it into a directory`);
  }
  if (EXTENSIONS.includes(first) && name !== path) {
    return refuse(`a container could change what Elastic Beanstalk runs as root from ${first}; mount another directory`);
  }
  const link = await firstLink(root, path);
  if (link) {
    return refuse(`${link} is a symbolic link, which is not shipped; put the files themselves there`);
  }
  if (!(await kindOf(join(root, path)))) {
    return refuse(`there is no ${path} in the repository; add it, or correct the path`);
  }
  const { files, odd, unnamable } = await walk(root, path);
  const wrong = [];
  if (odd.length > 0) {
    wrong.push(`only files and directories are shipped, no symbolic links; replace ${some(odd)}`);
  }
  if (unnamable.length > 0) {
    wrong.push(`names are UTF-8 without control characters and backslashes; rename ${some(unnamable.map((file) => JSON.stringify(file)))}`);
  }
  if (wrong.length === 0 && files.length === 0) {
    wrong.push(`the directory ${path} has no files, so no archive holds it; add one`);
  }
  return { wrong, found: files };
}

function refuse(problem) {
  return { wrong: [problem] };
}

function some(list) {
  return list.slice(0, 3).join(", ") + (list.length > 3 ? ` and ${list.length - 3} more` : "");
}

async function firstLink(root, path) {
  const parts = path.split("/");
  for (let i = 1; i <= parts.length; i++) {
    const at = parts.slice(0, i).join("/");
    if ((await kindOf(join(root, at)))?.isSymbolicLink()) {
      return at;
    }
  }
  return undefined;
}

// Returns files, what is neither a file nor a directory, and what has a name that is not shipped.
async function walk(root, path) {
  const kind = await kindOf(join(root, path));
  if (!kind.isDirectory()) {
    return { files: [], odd: [], unnamable: [], [kind.isFile() ? "files" : "odd"]: [path] };
  }
  const all = { files: [], odd: [], unnamable: [] };
  // As bytes: a name that is not UTF-8 is no text that leads back to the file.
  for (const bytes of (await readdir(join(root, path), { encoding: "buffer" })).sort(Buffer.compare)) {
    const child = `${path}/${bytes}`;
    if (!Buffer.from(String(bytes)).equals(bytes) || !isFileName(String(bytes))) {
      all.unnamable.push(child);
      continue;
    }
    const below = await walk(root, child);
    Object.keys(all).forEach((key) => all[key].push(...below[key]));
  }
  return all;
}

async function kindOf(path) {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw error;
  }
}
