// The rules of one container definition.
import { loggingProblems } from "./logging.mjs";
import { isEmpty, isGiven, isName, isObject, isPlainPath, isWhole, filled, lists, objects, show, strings, unknown, words } from "./values.mjs";

// The placeholder for the image that is built.
export const IMAGE = "IMAGE";

const KEYS = words(`command cpu dependsOn disableNetworking dnsSearchDomains dnsServers dockerLabels
  dockerSecurityOptions entryPoint environment environmentFiles essential extraHosts firelensConfiguration
  healthCheck hostname image interactive links linuxParameters logConfiguration memory memoryReservation
  mountPoints name portMappings privileged pseudoTerminal readonlyRootFilesystem repositoryCredentials
  resourceRequirements restartPolicy secrets startTimeout stopTimeout systemControls ulimits user versionConsistency
  volumesFrom workingDirectory`);
const LINUX_KEYS = words("capabilities devices initProcessEnabled maxSwap sharedMemorySize swappiness tmpfs");
const CAPABILITY_KEYS = words("add drop");
const TMPFS_KEYS = words("containerPath mountOptions size");

// Among the other options that ECS takes are those that make a mount of another kind (Amazon ECS API Reference, "Tmpfs").
const TMPFS_OPTIONS = /^(defaults|ro|rw|nosuid|nodev|exec|noexec|sync|async|dirsync|noatime|nodiratime|relatime|(mode|uid|gid|nr_inodes|nr_blocks)=\w+)$/;

// Used by SSH, Docker and the ECS agent on an instance.
const RESERVED_PORTS = [22, 2375, 2376, 51678, 51679, 51680];

// The keys of the lists of objects that a rule judges.
const LISTS = {
  portMappings: words("appProtocol containerPort containerPortRange hostPort name protocol"),
  environment: words("name value"),
  mountPoints: words("containerPath readOnly sourceVolume"),
  volumesFrom: words("readOnly sourceContainer"),
  dependsOn: words("condition containerName"),
};

export function* containerProblems(container, at, names, volumes, images) {
  if (!isName(container.name)) {
    yield `${at}.name: ${show(container.name)} is not a name; use letters, digits, hyphens and underscores`;
  }
  yield* unknown(container, KEYS, `${at}.`);
  yield* imageProblems(container, at, images);
  for (const { name, value } of objects(container.environment)) {
    if (typeof value !== "string") {
      yield `${at}.environment: the value of ${show(name)} is not text; put it in quotation marks`;
    }
  }
  yield* lists(container, `${at}.`, Object.keys(LISTS), "object");
  for (const [key, keys] of Object.entries(LISTS)) {
    for (const item of objects(container[key])) {
      yield* unknown(item, keys, `${at}.${key}.`);
    }
  }
  yield* lists(container, `${at}.`, ["links"], "string");
  yield* memory(container, at);
  yield* mappings(container, at);
  yield* references(container, at, names, volumes);
  yield* confinement(container, at);
  yield* loggingProblems(container, at);
  yield* elsewhere(container, at);
}

// What decides about a container and is neither in the commit nor in the infrastructure's template.
function* elsewhere({ environmentFiles, firelensConfiguration }, at) {
  if (!isEmpty(environmentFiles)) {
    yield `${at}.environmentFiles: ${show(environmentFiles)} can be in a bucket of strangers; write the variables into environment instead`;
  }
  if (isGiven(firelensConfiguration)) {
    yield `${at}.firelensConfiguration: ${show(firelensConfiguration)} can name a file in a bucket of strangers; remove it`;
  }
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
    } else if (!isPlainPath(containerPath)) {
      yield `${at}.mountPoints: ${show(sourceVolume)} has the containerPath ${show(containerPath)}, which is not an absolute path in plain form, ` +
        "without ., .., colons and backslashes; correct it";
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
  const { capabilities, devices, tmpfs } = linuxParameters;
  yield* unknown(linuxParameters, LINUX_KEYS, `${at}.linuxParameters.`);
  yield* unknown(capabilities ?? {}, CAPABILITY_KEYS, `${at}.linuxParameters.capabilities.`);
  if (!isEmpty(capabilities?.add)) {
    yield `${at}.linuxParameters.capabilities.add: ${show(capabilities.add)} adds rights on the host; remove it`;
  }
  if (!isEmpty(devices)) {
    yield `${at}.linuxParameters.devices: ${show(devices)} opens devices of the host; remove it`;
  }
  yield* lists(linuxParameters, `${at}.linuxParameters.`, ["tmpfs"], "object");
  for (const mount of objects(tmpfs)) {
    yield* unknown(mount, TMPFS_KEYS, `${at}.linuxParameters.tmpfs.`);
    yield* lists(mount, `${at}.linuxParameters.tmpfs.`, ["mountOptions"], "string");
    for (const option of strings(mount.mountOptions).filter((text) => !TMPFS_OPTIONS.test(text))) {
      yield `${at}.linuxParameters.tmpfs.mountOptions: ${show(option)} is not known to be harmless; remove it`;
    }
  }
}
