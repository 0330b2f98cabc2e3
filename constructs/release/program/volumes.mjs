// The rules of volumes, and what they mount.
import { filled, isGiven, isName, isObject, isPlainPath, objects, repeated, show, strings, trimmed, unknown, words } from "./values.mjs";

// Elastic Beanstalk unpacks a bundle to this directory.
export const CURRENT = "/var/app/current/";

const KEYS = words("host name");
// The other kinds of volumes, and why none of them is an application's.
const KINDS = {
  dockerVolumeConfiguration: "whose driver can mount any directory of the host",
  efsVolumeConfiguration: "which mounts a file system that the infrastructure's template does not have",
};
const HOST_KEYS = words("sourcePath");

// Returns the paths of the repository that volumes mount from the bundle.
export function mountedPaths(dockerrun) {
  return sourcePaths(dockerrun)
    .filter((path) => isPlainPath(path) && trimmed(path).startsWith(CURRENT))
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
    } else if (!isName(volume.name)) {
      yield `volumes: ${name} is not a name; use letters, digits, hyphens and underscores`;
    }
    yield* unknown(volume, [...KEYS, ...Object.keys(KINDS)], `volumes: ${name}: `);
    for (const [kind, reason] of Object.entries(KINDS)) {
      if (isGiven(volume[kind])) {
        yield `volumes: ${name} has the key ${kind}, ${reason}; remove it`;
      }
    }
    if (isGiven(volume.host) && !isObject(volume.host)) {
      yield `volumes: ${name} has the host ${show(volume.host)}, which is not an object; write { "sourcePath": … }`;
    } else if (isGiven(volume.host)) {
      yield* unknown(volume.host, HOST_KEYS, `volumes: ${name}: host.`);
      yield* sourceProblems(volume.host.sourcePath, name);
    }
  }
  yield* nestedProblems(volumes);
}

// Docker follows symbolic links in the path that it mounts, each time that a container starts. Everything below a mounted
// directory is the containers' own: one that writes there could replace a part of another volume's path by a link to
// the host. What is mounted itself, a container can neither rename nor replace, so two volumes may have the same path.
// That a mount is read-only changes nothing here: another container, or a later commit, can mount the volume otherwise.
function* nestedProblems(volumes) {
  const mounted = volumes.filter(({ host }) => isPlainPath(host?.sourcePath));
  for (const { name, host } of mounted) {
    const below = `${trimmed(host.sourcePath)}/`;
    for (const outer of mounted.filter((other) => below.startsWith(`${trimmed(other.host.sourcePath)}/`))) {
      if (trimmed(outer.host.sourcePath) !== trimmed(host.sourcePath)) {
        yield `volumes: ${show(name)} mounts ${host.sourcePath}, which is below ${outer.host.sourcePath} of ${show(outer.name)}: ` +
          "a container could replace it there by a link to the host; mount one of the two only, or move them into directories beside each other";
      }
    }
  }
}

function* sourceProblems(path, name) {
  if (!isGiven(path)) {
    return;
  }
  if (!isPlainPath(path)) {
    yield `volumes: ${name} has the sourcePath ${show(path)}, which is not an absolute path in plain form, without ., .., colons and backslashes; ` +
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
