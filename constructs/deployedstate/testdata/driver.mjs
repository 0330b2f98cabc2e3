// Plays CloudFormation and AWS for the handler in the directory given as argument: reads scenarios
// from standard input, runs every one of them, and writes what happened to standard output.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const directory = pathToFileURL(`${process.argv[2]}/`);
const { createHandler } = await import(new URL("handler.mjs", directory));
const { aws } = await import(new URL("clients.mjs", directory));
const { handler: entry } = await import(new URL("index.mjs", directory));

const results = {};
for (const [name, scenario] of Object.entries(JSON.parse(await text(process.stdin)))) {
  results[name] = await run(scenario);
}
process.stdout.write(JSON.stringify(results));

async function run({ events, aws: script = {}, remainingMs, putStatuses = [], entryPoint }) {
  const result = { calls: [], answers: [], puts: [], pauses: [], log: [] };
  let clock = 0;
  globalThis.stub = player(script, result);
  const sleep = async (ms) => {
    result.pauses.push(ms);
    clock += ms;
  };
  const log = (step, details) => result.log.push(JSON.stringify({ step, ...details }));
  const handler = entryPoint ? entry : createHandler(aws, { sleep, log });
  const printed = console.log;
  console.log = (line) => result.log.push(line);

  const started = performance.now();
  const server = await cloudFormation(putStatuses, result);
  let physicalId;
  for (const event of events) {
    const PhysicalResourceId = event.PhysicalResourceId ?? physicalId;
    const ResponseURL = `http://127.0.0.1:${server.address().port}/answer?Signature=SECRET`;
    const context = {
      getRemainingTimeInMillis: () => remainingMs - clock,
      invokedFunctionArn: "arn:aws:lambda:eu-west-1:111122223333:function:deployed-state",
      logStreamName: "2026/01/02/[$LATEST]abc",
    };
    try {
      await handler({ ...event, PhysicalResourceId, ResponseURL }, context);
    } catch (error) {
      result.thrown = error.message;
    }
    physicalId = result.answers.at(-1)?.PhysicalResourceId;
  }
  server.close();
  console.log = printed;
  result.tookMs = Math.round(performance.now() - started);
  return result;
}

// Gives the scripted replies of a call one after the other, and the last one again and again.
function player(script, result) {
  const next = {};
  return async (service, command, config) => {
    const call = command.constructor.name.replace(/Command$/, "");
    const { Body, ...input } = command.input;
    result.calls.push({ service, call, input, config, body: Body?.toString("base64") });
    const replies = script[call] ?? [];
    const reply = replies[Math.min((next[call] = (next[call] ?? -1) + 1), replies.length - 1)];
    if (!reply) {
      throw new Error(`the scenario has no reply for ${call}`);
    }
    if (reply.hang) {
      return new Promise(() => {});
    }
    if (reply.error) {
      throw Object.assign(new Error(reply.message), { name: reply.error });
    }
    return reply.output ?? {};
  };
}

// The place where answers are put: refuses with the given statuses first, then takes them.
async function cloudFormation(statuses, result) {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const status = statuses.shift() ?? 200;
    result.puts.push({ method: request.method, headers: request.headers, bytes: body.length });
    if (status === 200) {
      result.answers.push(JSON.parse(body));
    }
    response.writeHead(status).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
