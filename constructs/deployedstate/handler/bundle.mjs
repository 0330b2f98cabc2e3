// The source bundle of the bootstrap version: the files under bundle/, as a ZIP in memory.
import { readFile } from "node:fs/promises";

import { zip } from "./zip.mjs";

// Listed by name, so that a stray file in the directory never becomes part of the version.
const FILES = ["nginx/default.conf", "html/index.html"];

export async function sourceBundle(executionRoleArn) {
  const read = (name) => readFile(new URL(`./bundle/${name}`, import.meta.url));
  const { AWSEBDockerrunVersion, ...rest } = JSON.parse(await read("Dockerrun.aws.json"));

  // Without this role the agent on the instance cannot hand secrets to a container, and the
  // environment has secrets from its first start.
  const dockerrun = { AWSEBDockerrunVersion, executionRoleArn, ...rest };
  return zip([
    { name: "Dockerrun.aws.json", content: Buffer.from(JSON.stringify(dockerrun, null, 2) + "\n") },
    // Directories are entries of their own, so that their mode does not depend on the umask of
    // whoever unpacks them: nginx reads the page as an unprivileged user.
    ...FILES.map((name) => ({ name: name.replace(/[^/]*$/, ""), content: Buffer.alloc(0) })),
    ...(await Promise.all(FILES.map(async (name) => ({ name, content: await read(name) })))),
  ]);
}
