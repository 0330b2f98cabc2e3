// The rules of Dockerrun.aws.json version 2, and of the ECS task definition that it becomes: what would fail on
// the instances only, and what would give containers more than the rights of the application (Elastic Beanstalk
// Developer Guide, "Configuring the Dockerrun.aws.json v2 file"; Amazon ECS Developer Guide, "Task definition
// parameters").
import { IMAGE, containerProblems } from "./container.mjs";
import { filled, isGiven, isObject, isWhole, lists, objects, repeated, show, strings, unknown, words } from "./values.mjs";
import { volumeProblems } from "./volumes.mjs";

const EXECUTION_ROLE = "EXECUTION_ROLE_ARN";

const KEYS = words(`AWSEBDockerrunVersion authentication containerDefinitions executionRoleArn ipcMode networkMode
  pidMode taskRoleArn volumes`);

// The modes of a task that do not share namespaces of the host.
const MODES = { ipcMode: words("none task"), networkMode: words("bridge none"), pidMode: words("task") };

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
    ...unknown(dockerrun, KEYS, ""),
    ...roles(dockerrun),
    ...credentials(dockerrun),
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

function* roles({ executionRoleArn, taskRoleArn }) {
  if (executionRoleArn !== EXECUTION_ROLE) {
    yield `executionRoleArn: ${show(executionRoleArn)} is not the placeholder that the pipeline fills in; ` +
      `write "${EXECUTION_ROLE}", for without the role no secret reaches a container`;
  }
  if (isGiven(taskRoleArn)) {
    yield `taskRoleArn: ${show(taskRoleArn)} is a role of another kind than the environment's; remove it`;
  }
}

function* credentials({ authentication }) {
  if (isGiven(authentication)) {
    yield `authentication: ${show(authentication)} can be a file in a bucket of strangers; ` +
      "remove it, and name a secret in repositoryCredentials of the container instead";
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

// The paths of the texts that contain another, such as containerDefinitions.0.image.
function pathsOf(value, text, path = []) {
  if (typeof value === "string") {
    return value.includes(text) ? [path.join(".")] : [];
  }
  return Object.entries(value ?? {}).flatMap(([key, child]) => pathsOf(child, text, [...path, key]));
}
