// The rules of Dockerrun.aws.json version 2, and of the ECS task definition that it becomes: what would fail on
// the instances only, and what would give containers more than the rights of the application (Elastic Beanstalk
// Developer Guide, "Configuring the Dockerrun.aws.json v2 file"; Amazon ECS Developer Guide, "Task definition
// parameters").

export const IMAGE = "IMAGE";
export const EXECUTION_ROLE = "EXECUTION_ROLE_ARN";

// Elastic Beanstalk unpacks a bundle to this directory.
export const CURRENT = "/var/app/current/";

// All keys that are known to be harmless, or that a rule below judges. Any other key is refused: a list of the
// dangerous keys would miss those to come, and Go programs such as the ECS agent also accept other cases of letters.
const KEYS = {
  file: words(`AWSEBDockerrunVersion authentication containerDefinitions executionRoleArn ipcMode networkMode pidMode
    taskRoleArn volumes`),
  container: words(`command cpu dependsOn disableNetworking dnsSearchDomains dnsServers dockerLabels
    dockerSecurityOptions entryPoint environment environmentFiles essential extraHosts firelensConfiguration
    healthCheck hostname image interactive links linuxParameters logConfiguration memory memoryReservation
    mountPoints name portMappings privileged pseudoTerminal readonlyRootFilesystem repositoryCredentials
    resourceRequirements restartPolicy secrets startTimeout stopTimeout systemControls ulimits user versionConsistency
    volumesFrom workingDirectory`),
  linuxParameters: words("capabilities devices initProcessEnabled maxSwap sharedMemorySize swappiness tmpfs"),
  capabilities: words("add drop"),
  volume: words("dockerVolumeConfiguration efsVolumeConfiguration host name"),
  host: words("sourcePath"),
};

// The modes of a task that do not share namespaces of the host.
const MODES = { ipcMode: words("none task"), networkMode: words("bridge none"), pidMode: words("task") };

// Used by SSH, Docker and the ECS agent on an instance.
const RESERVED_PORTS = [22, 2375, 2376, 51678, 51679, 51680];

const LISTS = ["portMappings", "environment", "mountPoints", "volumesFrom", "dependsOn"];

// Returns the problems of a definition, one a line. Containers may use the built image and those in images.
export function problemsOf(dockerrun, images) {
  if (!isObject(dockerrun)) {
    return ['it is not an object; write { "AWSEBDockerrunVersion": 2, … }'];
  }
  const containers = objects(dockerrun.containerDefinitions);
  const names = strings(containers.map(({ name }) => name));
  const volumes = [...strings(objects(dockerrun.volumes).map(({ name }) => name)), ...names.map((name) => `awseb-logs-${name}`)];
  return [
    ...version(dockerrun),
    ...unknown(dockerrun, KEYS.file, ""),
    ...roles(dockerrun),
    ...modes(dockerrun),
    ...placeholders(dockerrun, containers),
    ...naming(containers, names),
    ...lists(dockerrun, "", ["containerDefinitions", "volumes"], "object"),
    ...entrance(containers),
    ...containers.flatMap((container, i) => {
      const at = filled(container.name) ? container.name : `containerDefinitions[${i}]`;
      return [...containerProblems(container, at, names, volumes, images)];
    }),
    ...volumeProblems(dockerrun),
  ];
}

// Returns the paths of the repository that volumes mount from the bundle.
export function mountedPaths(dockerrun) {
  return sourcePaths(dockerrun)
    .filter((path) => isPlain(path) && trimmed(path).startsWith(CURRENT))
    .map((path) => trimmed(path).slice(CURRENT.length));
}

// Fills in the image and the role.
export function fillIn(dockerrun, image, role) {
  return {
    ...dockerrun,
    executionRoleArn: role,
    containerDefinitions: dockerrun.containerDefinitions.map((container) =>
      container.image === IMAGE ? { ...container, image } : container,
    ),
  };
}

function* version({ AWSEBDockerrunVersion: number }) {
  if (number === "2") {
    yield 'AWSEBDockerrunVersion: "2" is text, which Elastic Beanstalk may refuse; write the number 2, without quotation marks';
  } else if (number !== 2) {
    yield `AWSEBDockerrunVersion: ${show(number)} is not the version for ECS on Amazon Linux 2023; write the number 2`;
  }
}

function* unknown(object, known, at) {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) {
      const meant = known.find((name) => name.toLowerCase() === key.toLowerCase());
      yield `${at}${key}: it is not a key that a release may set; ${meant ? `write ${meant}` : "remove it"}`;
    }
  }
}

function* roles({ executionRoleArn, taskRoleArn }) {
  if (executionRoleArn !== EXECUTION_ROLE) {
    yield `executionRoleArn: ${show(executionRoleArn)} is not the placeholder that the pipeline fills in; ` +
      `write "${EXECUTION_ROLE}", for without the role no secret reaches a container`;
  }
  if (isGiven(taskRoleArn)) {
    yield `taskRoleArn: ${show(taskRoleArn)} is a role of another kind than the environment's; remove it`;
  }
}

function* modes(dockerrun) {
  for (const [key, allowed] of Object.entries(MODES)) {
    if (isGiven(dockerrun[key]) && !allowed.includes(dockerrun[key])) {
      yield `${key}: ${show(dockerrun[key])} can share the host with the containers; remove it`;
    }
  }
}

function* placeholders(dockerrun, containers) {
  for (const path of pathsOf({ ...dockerrun, executionRoleArn: undefined }, EXECUTION_ROLE)) {
    yield `${path}: ${EXECUTION_ROLE} is filled in as executionRoleArn only; remove it here`;
  }
  if (containers.length > 0 && containers.every(({ image }) => image !== IMAGE)) {
    yield `containerDefinitions: no container has the image that is built; write "image": "${IMAGE}" in one, which the pipeline fills in`;
  }
}

function* naming(containers, names) {
  if (containers.length === 0) {
    yield "containerDefinitions: there is no container; add one";
  }
  for (const name of repeated(names)) {
    yield `containerDefinitions: two containers are named ${show(name)}; rename one`;
  }
  if (containers.length > 0 && containers.every(({ essential }) => essential === false)) {
    yield 'containerDefinitions: no container is essential; write "essential": true in one';
  }
}

function* lists(object, at, keys, kind) {
  const fits = kind === "object" ? isObject : (value) => typeof value === "string";
  for (const key of keys) {
    const list = object[key] ?? [];
    if (!Array.isArray(list)) {
      yield `${at}${key}: ${show(list)} is not a list; write [ … ]`;
    } else if (!list.every(fits)) {
      const odd = show(list.find((item) => !fits(item)));
      yield `${at}${key}: ${odd} is not ${kind === "object" ? "an object; write { … }" : "text; put it in quotation marks"}`;
    }
  }
}

function* entrance(containers) {
  const ports = containers.map(({ portMappings }) =>
    objects(portMappings)
      .filter(({ hostPort }) => isWhole(hostPort, 1, 65535))
      .map(({ hostPort, protocol }) => `${hostPort}/${protocol ?? "tcp"}`),
  );
  for (const port of repeated(ports.flat())) {
    yield `containerDefinitions: host port ${port} is mapped twice; use another hostPort in one of the mappings`;
  }
  if (containers.length === 0 || ports.flat().includes("80/tcp")) {
    return;
  }
  const mapped = containers.flatMap(({ name, portMappings }) => objects(portMappings).map(({ hostPort }) => ({ name, hostPort })));
  yield "containerDefinitions: no container has hostPort 80, where the load balancer sends requests; " +
    (mapped.length === 1
      ? `write "hostPort": 80 instead of ${show(mapped[0].hostPort)} in ${show(mapped[0].name)}`
      : 'add "portMappings": [ { "hostPort": 80, "containerPort": 8080 } ] to the one that serves requests');
}

function* containerProblems(container, at, names, volumes, images) {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(typeof container.name === "string" ? container.name : "")) {
    yield `${at}.name: ${show(container.name)} is not a name; use letters, digits, hyphens and underscores`;
  }
  yield* unknown(container, KEYS.container, `${at}.`);
  yield* imageProblems(container, at, images);
  for (const { name, value } of objects(container.environment)) {
    if (typeof value !== "string") {
      yield `${at}.environment: the value of ${show(name)} is not text; put it in quotation marks`;
    }
  }
  yield* lists(container, `${at}.`, LISTS, "object");
  yield* lists(container, `${at}.`, ["links"], "string");
  yield* memory(container, at);
  yield* mappings(container, at);
  yield* references(container, at, names, volumes);
  yield* confinement(container, at);
}

// A container of another image runs code that the pipeline neither tested nor built.
function* imageProblems({ image }, at, images) {
  if (!filled(image)) {
    yield `${at}.image: ${show(image)} is not an image; name one`;
  } else if (image.includes(IMAGE) && image !== IMAGE) {
    yield `${at}.image: ${IMAGE} is filled in as the whole image of a container only; write "${IMAGE}" instead of ${show(image)}`;
  } else if (image !== IMAGE && !images.includes(image)) {
    yield `${at}.image: ${show(image)} is not the image that is built; write "${IMAGE}", or ${consent(image)}`;
  }
}

// Returns how to allow something in the configuration.
export function consent(name) {
  return `allow it in cdk.json of the infrastructure: "bundle": { "allow": { ${JSON.stringify(name)}: "the reason" } }`;
}

function* memory(container, at) {
  const { memory: limit, memoryReservation } = container;
  if (!isGiven(limit) && !isGiven(memoryReservation)) {
    yield `${at}: neither memory nor memoryReservation, without which ECS refuses a container; add "memoryReservation": 256`;
  }
  for (const key of ["memory", "memoryReservation"]) {
    if (isGiven(container[key]) && !isWhole(container[key], 6, 100000000)) {
      yield `${at}.${key}: ${show(container[key])} is not a number of MiB from 6 on; write a number such as 256`;
    }
  }
  if (typeof limit === "number" && typeof memoryReservation === "number" && limit < memoryReservation) {
    yield `${at}: memory ${limit} is less than memoryReservation ${memoryReservation}; write "memory": ${memoryReservation}`;
  }
}

function* mappings({ portMappings, environment }, at) {
  const port = objects(environment)
    .filter(({ name, value }) => name === "PORT" && typeof value === "string")
    .at(-1)?.value;
  for (const { containerPort, hostPort } of objects(portMappings)) {
    if (!isWhole(containerPort, 1, 65535)) {
      yield `${at}.portMappings: containerPort ${show(containerPort)} is not a port; write a number from 1 to 65535`;
    }
    if (isGiven(hostPort) && !isWhole(hostPort, 0, 65535)) {
      yield `${at}.portMappings: hostPort ${show(hostPort)} is not a port; write a number from 1 to 65535`;
    }
    if (RESERVED_PORTS.includes(hostPort)) {
      yield `${at}.portMappings: hostPort ${hostPort} is reserved by SSH, Docker or the ECS agent; use another`;
    }
    if (hostPort === 80 && port !== undefined && String(containerPort) !== port) {
      yield `${at}: PORT is ${show(port)}, but hostPort 80 leads to containerPort ${show(containerPort)}; use one port for both`;
    }
  }
}

function* references(container, at, names, volumes) {
  for (const link of strings(container.links)) {
    const [name] = link.split(":");
    if (!names.includes(name) || name === container.name) {
      yield `${at}.links: ${show(name)} is not another container of this file; add or correct it`;
    }
  }
  for (const [key, reference] of [["volumesFrom", "sourceContainer"], ["dependsOn", "containerName"]]) {
    for (const item of objects(container[key])) {
      if (!names.includes(item[reference])) {
        yield `${at}.${key}: ${show(item[reference])} is not a container of this file; add or correct it`;
      }
    }
  }
  for (const { sourceVolume, containerPath } of objects(container.mountPoints)) {
    if (!volumes.includes(sourceVolume)) {
      yield `${at}.mountPoints: ${show(sourceVolume)} is not a volume of this file; add it to volumes, or correct it`;
    }
    if (!filled(containerPath)) {
      yield `${at}.mountPoints: ${show(sourceVolume)} has no containerPath; add where the container sees it`;
    }
  }
}

// What would open the host to a container, and with it the role of the instances and the other containers.
function* confinement({ privileged, dockerSecurityOptions, linuxParameters }, at) {
  if (isGiven(privileged) && privileged !== false) {
    yield `${at}.privileged: ${show(privileged)} gives the container the whole host; remove it`;
  }
  if (!isEmpty(dockerSecurityOptions)) {
    yield `${at}.dockerSecurityOptions: ${show(dockerSecurityOptions)} can take away what confines the container; remove it`;
  }
  if (!isGiven(linuxParameters)) {
    return;
  }
  if (!isObject(linuxParameters) || (isGiven(linuxParameters.capabilities) && !isObject(linuxParameters.capabilities))) {
    yield `${at}.linuxParameters: ${show(linuxParameters)} is not an object of objects; correct or remove it`;
    return;
  }
  const { capabilities, devices } = linuxParameters;
  yield* unknown(linuxParameters, KEYS.linuxParameters, `${at}.linuxParameters.`);
  yield* unknown(capabilities ?? {}, KEYS.capabilities, `${at}.linuxParameters.capabilities.`);
  if (!isEmpty(capabilities?.add)) {
    yield `${at}.linuxParameters.capabilities.add: ${show(capabilities.add)} adds rights on the host; remove it`;
  }
  if (!isEmpty(devices)) {
    yield `${at}.linuxParameters.devices: ${show(devices)} opens devices of the host; remove it`;
  }
}

function* volumeProblems(dockerrun) {
  const volumes = objects(dockerrun.volumes);
  for (const name of repeated(strings(volumes.map((volume) => volume.name)))) {
    yield `volumes: two are named ${show(name)}; rename one`;
  }
  for (const volume of volumes) {
    const name = show(volume.name);
    if (!filled(volume.name)) {
      yield "volumes: one has no name; add it";
    }
    yield* unknown(volume, KEYS.volume, `volumes: ${name}: `);
    if (isGiven(volume.dockerVolumeConfiguration)) {
      yield `volumes: ${name} has a dockerVolumeConfiguration, whose driver can mount any directory of the host; remove it`;
    }
    if (isGiven(volume.host) && !isObject(volume.host)) {
      yield `volumes: ${name} has the host ${show(volume.host)}, which is not an object; write { "sourcePath": … }`;
    } else if (isGiven(volume.host)) {
      yield* unknown(volume.host, KEYS.host, `volumes: ${name}: host.`);
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

function words(list) {
  return list.split(/\s+/);
}

// The paths of the texts that contain another, such as containerDefinitions.0.image.
function pathsOf(value, text, path = []) {
  if (typeof value === "string") {
    return value.includes(text) ? [path.join(".")] : [];
  }
  return Object.entries(value ?? {}).flatMap(([key, child]) => pathsOf(child, text, [...path, key]));
}

function show(value) {
  const text = JSON.stringify(value ?? null);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function objects(list) {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function strings(list) {
  return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
}

function repeated(list) {
  return [...new Set(list.filter((item, i) => list.indexOf(item) !== i))];
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isGiven(value) {
  return value !== undefined && value !== null;
}

function isEmpty(value) {
  return !isGiven(value) || (Array.isArray(value) && value.length === 0);
}

function isWhole(value, low, high) {
  return Number.isInteger(value) && value >= low && value <= high;
}

function filled(value) {
  return typeof value === "string" && value !== "";
}
