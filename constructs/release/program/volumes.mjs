// The rules of volumes, and what they mount.
import { filled, isGiven, isObject, objects, repeated, show, strings, unknown, words } from "./values.mjs";

// Elastic Beanstalk unpacks a bundle to this directory.
export const CURRENT = "/var/app/current/";

const KEYS = words("dockerVolumeConfiguration efsVolumeConfiguration host name");
const HOST_KEYS = words("sourcePath");

// Returns the paths of the repository that volumes mount from the bundle.
export function mountedPaths(dockerrun) {
  return sourcePaths(dockerrun)
    .filter((path) => isPlain(path) && trimmed(path).startsWith(CURRENT))
    .map((path) => trimmed(path).slice(CURRENT.length));
}

export function* volumeProblems(dockerrun) {
  const volumes = objects(dockerrun.volumes);
  for (const name of repeated(strings(volumes.map((volume) => volume.name)))) {
    yield `volumes: two are named ${show(name)}; rename one`;
  }
  for (const volume of volumes) {
    const name = show(volume.name);
    if (!filled(volume.name)) {
      yield "volumes: one has no name; add it";
    }
    yield* unknown(volume, KEYS, `volumes: ${name}: `);
    if (isGiven(volume.dockerVolumeConfiguration)) {
      yield `volumes: ${name} has a dockerVolumeConfiguration, whose driver can mount any directory of the host; remove it`;
    }
    if (isGiven(volume.host) && !isObject(volume.host)) {
      yield `volumes: ${name} has the host ${show(volume.host)}, which is not an object; write { "sourcePath": … }`;
    } else if (isGiven(volume.host)) {
      yield* unknown(volume.host, HOST_KEYS, `volumes: ${name}: host.`);
      yield* sourceProblems(volume.host.sourcePath, name);
    }
  }
}

function* sourceProblems(path, name) {
  if (!isGiven(path)) {
    return;
  }
  if (!isPlain(path)) {
    yield `volumes: ${name} has the sourcePath ${show(path)}, which is not an absolute path in plain form, without . and ..; ` +
      `a directory of this repository is ${CURRENT}…`;
  } else if (CURRENT.startsWith(`${trimmed(path)}/`)) {
    yield `volumes: ${name} mounts ${path}, which is more than a part of the bundle; ` +
      `name the directory in it that a container needs, such as ${CURRENT}proxy`;
  } else if (!path.startsWith(CURRENT)) {
    yield `volumes: ${name} mounts ${path} of the host; mount a directory of this repository as ${CURRENT}…, ` +
      "or remove host for a volume that only containers use";
  }
}

function sourcePaths(dockerrun) {
  return isObject(dockerrun) ? strings(objects(dockerrun.volumes).map(({ host }) => host?.sourcePath)) : [];
}

// A slash at the end does not change what a path means.
function trimmed(path) {
  return path.replace(/\/$/, "");
}

function isPlain(path) {
  return (
    filled(path) &&
    path.startsWith("/") &&
    !/\p{Cc}/u.test(path) &&
    trimmed(path).slice(1).split("/").every((part) => !["", ".", ".."].includes(part))
  );
}
