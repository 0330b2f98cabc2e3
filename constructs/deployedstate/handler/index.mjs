// The entry that Lambda runs: the real clients and the real clock, and nothing to decide.
import { aws } from "./clients.mjs";
import { createHandler } from "./handler.mjs";

export const handler = createHandler(aws);
