/**
 * `bun run webhooks listen`: registers a receiver on this machine, verifies what comes and prints it; unregisters when it ends.
 * With `--forward-to` each verified delivery is passed on and the answer of that address is given back, so failures are retried.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { EVENT_TYPES } from "../contract/events.ts";
import { receive, SignatureError, UnknownEventError } from "../sdk/index.ts";
import { KeysFile } from "../secrets.ts";

const USAGE = `bun run webhooks listen [--url http://localhost:3000] [--key sk_test_…] [--events call.completed,…] [--port 0]
                        [--forward-to http://localhost:4000/hook] [--json]

The key comes from --key, SK_KEY, or SK_DATA_DIR/keys.json of an api on this machine.`;

const Registered = z.object({ id: z.string(), secret: z.string() });

interface Options {
  base: string;
  key: string;
  events: string[];
  port: number;
  forwardTo: string | undefined;
  json: boolean;
}

function keyFromFile(): string | undefined {
  const file = join(process.env["SK_DATA_DIR"] ?? ".data", "keys.json");
  return existsSync(file) ? KeysFile.parse(JSON.parse(readFileSync(file, "utf8"))).test_key : undefined;
}

function readOptions(args: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      url: { type: "string", default: "http://localhost:3000" },
      key: { type: "string" },
      events: { type: "string" },
      port: { type: "string", default: "0" },
      "forward-to": { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const key = values.key ?? process.env["SK_KEY"] ?? keyFromFile();
  if (positionals[0] !== "listen" || key === undefined) return undefined;
  return {
    base: values.url.replace(/\/+$/, ""),
    key,
    events: values.events?.split(",") ?? [...EVENT_TYPES],
    port: Number(values.port),
    forwardTo: values["forward-to"],
    json: values.json,
  };
}

const quiet = () => undefined;
const time = () => new Date().toTimeString().slice(0, 8);

/** The answer of the address that deliveries are passed on to. */
async function forward(to: string, request: Request, body: string): Promise<number> {
  const headers = new Headers(request.headers);
  headers.delete("host");
  return fetch(to, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(10_000) }).then(
    (response) => response.status,
    () => 502,
  );
}

async function answer(options: Options, secret: string, request: Request): Promise<Response> {
  const body = await request.text();
  const name = request.headers.get("webhook-id") ?? "(no webhook-id)";
  try {
    const event = receive(body, request.headers, secret);
    const status = options.forwardTo === undefined ? 200 : await forward(options.forwardTo, request, body);
    if (options.json) console.log(body);
    else
      console.log(
        `${time()}  ${event.type}  ${event.id}  verified  → ${status}\n${JSON.stringify(event.data, null, 2)}`,
      );
    return new Response(null, { status });
  } catch (error) {
    if (error instanceof SignatureError) {
      console.error(`${time()}  ${name}  REFUSED: ${error.message}`);
      return new Response("signature does not verify", { status: 400 });
    }
    if (!(error instanceof UnknownEventError)) throw error;
    console.error(`${time()}  ${name}  verified, but this version does not know it: ${error.message}`);
    return new Response(null, { status: 200 });
  }
}

async function listen(options: Options): Promise<void> {
  const call = (method: string, path: string, body?: object) =>
    fetch(options.base + path, {
      method,
      headers: { authorization: `Bearer ${options.key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
  let secret = "";
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: options.port,
    fetch: (request) =>
      request.method === "POST" ? answer(options, secret, request) : new Response(null, { status: 405 }),
  });
  const url = `http://127.0.0.1:${server.port}/`;
  const created = await call("POST", "/voice/v1/webhooks", {
    url,
    events: options.events,
    description: "webhooks listen",
  });
  const text = await created.text();
  if (created.status !== 201) throw new Error(`The api refused the endpoint (${created.status}): ${text}`);
  const registered = Registered.parse(JSON.parse(text));
  secret = registered.secret;
  if (!options.json) {
    console.log(
      `Listening on ${url} as ${registered.id}; its secret for your own receiver: ${secret}\nCtrl-C ends it and removes the endpoint.`,
    );
  }
  const end = async () => {
    await call("DELETE", `/voice/v1/webhooks/${registered.id}`).catch(quiet);
    await server.stop(true);
    process.exit(0);
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
}

async function main(args: string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) {
    console.error(USAGE);
    process.exit(1);
  }
  await listen(options);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
