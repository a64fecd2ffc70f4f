import { describe, expect, test } from "bun:test";
import { leakGuard } from "../../test/leaks.ts";
import { invite, request } from "../../test/sip/harness.ts";
import { parseConfig } from "../config.ts";
import { DigestChallenger } from "../sip/digest.ts";
import { buildResponse } from "../sip/exchange.ts";
import { parseMessage, SipParseError } from "../sip/parse.ts";
import { type Trunk, TrunkConfig } from "../sip/trunk-config.ts";
import type { CallEvent } from "../sip/user-agent.ts";
import { createLog } from "./log.ts";
import { openSignalling, type Signalling } from "./signalling.ts";
import { openUdp, type UdpSocket } from "./udp.ts";

/** Admission, registration and the external address on real sockets of loopback addresses. */

const { closeAfter } = leakGuard();

const encoder = new TextEncoder();

async function start(trunk: Partial<Trunk>, env: Record<string, string> = {}) {
  const events: CallEvent[] = [];
  const signalling: Signalling = await openSignalling({
    config: parseConfig({ SK_SIP_HOST: "0.0.0.0", SK_SIP_PORT: "0", ...env }),
    settings: {
      trunks: [TrunkConfig.parse({ name: "carrier", allow: ["127.0.0.2/32"], ...trunk })],
      tls: undefined,
      stir: undefined,
    },
    product: "test",
    log: createLog({ level: "error", name: "test" }),
    onEvent: (event) => {
      events.push(event);
      if (event.kind === "incoming") signalling.sip.command({ kind: "answer", leg: event.leg, sdp: "v=0\r\n" });
    },
  });
  closeAfter(() => signalling.close());
  return { signalling, events };
}

async function socketAt(host: string, onPacket: (bytes: Uint8Array, reply: (answer: Uint8Array) => void) => void) {
  const socket: UdpSocket = await openUdp({
    host,
    port: 0,
    onPacket: (bytes, address, port) => onPacket(bytes, (answer) => socket.send(answer, port, address)),
  });
  closeAfter(() => socket.close());
  return socket;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await Bun.sleep(5);
  expect(condition()).toBe(true);
}

describe("a trunk by configuration", () => {
  test("may call from its address; a stranger gets no answer and is counted", async () => {
    const { signalling } = await start({});
    const heard: string[] = [];
    const carrier = await socketAt("127.0.0.2", () => heard.push("carrier"));
    const stranger = await socketAt("127.0.0.3", () => heard.push("stranger"));
    stranger.send(encoder.encode(request("OPTIONS", { branch: "z9hG4bKstranger" })), signalling.sip.port, "127.0.0.1");
    await until(() => signalling.figures().admission.unknownSource === 1);
    carrier.send(encoder.encode(request("OPTIONS")), signalling.sip.port, "127.0.0.1");
    await until(() => heard.length === 1);
    expect(heard).toEqual(["carrier"]);
    expect(signalling.trunkOf("127.0.0.2")?.name).toBe("carrier");
  });

  test("above its limit gets 503 with Retry-After", async () => {
    const { signalling, events } = await start({ maxCalls: 1 });
    const answers: string[] = [];
    const carrier = await socketAt("127.0.0.2", (bytes) => answers.push(new TextDecoder().decode(bytes)));
    carrier.send(encoder.encode(invite()), signalling.sip.port, "127.0.0.1");
    await until(() => events.some(({ kind }) => kind === "incoming"));
    carrier.send(
      encoder.encode(invite({ callId: "second", branch: "z9hG4bKsecond" })),
      signalling.sip.port,
      "127.0.0.1",
    );
    await until(() => answers.some((text) => text.startsWith("SIP/2.0 503") && text.includes("Retry-After: 5")));
  });

  test("with an account is registered, and unregistered at the end", async () => {
    const credentials = { username: "suki", password: "pw" };
    const challenger = new DigestChallenger({ realm: "reg", credentials: [credentials], secret: "s" });
    const expires: string[] = [];
    const registrar = await socketAt("127.0.0.2", (bytes, reply) => {
      const message = parseMessage(bytes);
      if (message instanceof SipParseError || message.kind !== "request") return;
      const verdict = challenger.check(0, message);
      if (verdict === "ok") expires.push(message.headers.find(({ name }) => name === "expires")?.value ?? "");
      const [status, headers] = verdict === "ok" ? [200, []] : [401, challenger.challenge(0, false)];
      reply(buildResponse(message, status, "registrar", { localTag: "r", headers }));
    });
    const account = { registrar: `sip:127.0.0.2:${registrar.port}`, ...credentials, expiresS: 60 };
    const { signalling } = await start({ register: account });
    await until(() => signalling.figures().registered["carrier"] === true);
    await signalling.close();
    expect(expires).toEqual(["60", "0"]);
  });
});

describe("a registration over TCP", () => {
  test("is made again when its connection is lost", async () => {
    const calls: Bun.Socket<unknown>[] = [];
    const registrar = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, bytes) {
          const message = parseMessage(bytes);
          if (message instanceof SipParseError || message.kind !== "request") return;
          calls.push(socket);
          socket.write(buildResponse(message, 200, "registrar", { localTag: "r" }));
        },
      },
    });
    closeAfter(() => registrar.stop(true));
    const uri = `sip:127.0.0.1:${registrar.port};transport=tcp`;
    const { signalling } = await start({ register: { registrar: uri, username: "a", password: "b", expiresS: 300 } });
    await until(() => signalling.figures().registered["carrier"] === true);
    calls[0]!.end();
    await until(() => calls.length === 2 && signalling.figures().registered["carrier"] === true);
  });
});

describe("the external address", () => {
  test("found by STUN stands in Contact", async () => {
    const stun = await socketAt("127.0.0.1", (bytes, reply) => {
      const answer = Buffer.alloc(32);
      answer.set([0x01, 0x01, 0, 12]);
      answer.set(bytes.subarray(4, 20), 4);
      answer.set([0, 0x20, 0, 8, 0, 1, 0, 0, 203 ^ 0x21, 0 ^ 0x12, 113 ^ 0xa4, 9 ^ 0x42], 20);
      reply(answer);
    });
    const { signalling } = await start({}, { SK_STUN_SERVER: `127.0.0.1:${stun.port}` });
    const answers: string[] = [];
    const carrier = await socketAt("127.0.0.2", (bytes) => answers.push(new TextDecoder().decode(bytes)));
    carrier.send(encoder.encode(invite()), signalling.sip.port, "127.0.0.1");
    await until(() => answers.some((text) => text.startsWith("SIP/2.0 200") && text.includes("@203.0.113.9:")));
  });
});
