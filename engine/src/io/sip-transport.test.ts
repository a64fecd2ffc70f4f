import { describe, expect, test } from "bun:test";
import { leakGuard } from "../../test/leaks.ts";
import { invite, OFFER, request } from "../../test/sip/harness.ts";
import type { CallEvent } from "../sip/user-agent.ts";
import { openSipTransport, type SipTransport, type SipTransportOptions } from "./sip-transport.ts";
import { openUdp, PortBusyError } from "./udp.ts";

/** Real sockets on loopback. */

const { closeAfter } = leakGuard();

interface Endpoint {
  readonly transport: SipTransport;
  readonly events: CallEvent[];
}

async function endpoint(
  react: (transport: SipTransport, event: CallEvent) => void = () => {},
  options: Partial<SipTransportOptions> = {},
): Promise<Endpoint> {
  const events: CallEvent[] = [];
  const transport: SipTransport = await openSipTransport({
    host: "127.0.0.1",
    port: 0,
    product: "test",
    onEvent: (event) => {
      events.push(event);
      react(transport, event);
    },
    ...options,
  });
  closeAfter(() => transport.close(0));
  return { transport, events };
}

function answering(transport: SipTransport, event: CallEvent): void {
  if (event.kind !== "incoming") return;
  transport.command({ kind: "ring", leg: event.leg });
  transport.command({ kind: "answer", leg: event.leg, sdp: OFFER });
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await Bun.sleep(5);
  expect(condition()).toBe(true);
}

function kinds({ events }: Endpoint): string[] {
  return events.map((event) => event.kind);
}

describe("two transports", () => {
  for (const suffix of ["", ";transport=tcp"]) {
    test(`complete calls over ${suffix === "" ? "UDP" : "TCP"}, ended by either side`, async () => {
      const server = await endpoint(answering);
      const client = await endpoint();
      const uri = `sip:suki@127.0.0.1:${server.transport.port}${suffix}`;
      const first = client.transport.invite({ uri, sdp: () => OFFER });
      const second = client.transport.invite({
        uri,
        fromName: "Ann",
        sdp: (host) => OFFER.replaceAll("192.0.2.1", host),
      });
      await until(() => kinds(server).filter((kind) => kind === "acked").length === 2);
      expect(server.events.find((event) => event.kind === "incoming")).toMatchObject({
        flow: { address: "127.0.0.1", localHost: "127.0.0.1", localPort: server.transport.port },
      });
      client.transport.command({ kind: "hangup", leg: first });
      const byServer = server.events.find(
        (event) => event.kind === "incoming" && event.request.from.displayName === "Ann",
      );
      server.transport.command({ kind: "hangup", leg: byServer!.leg });
      await until(() => kinds(client).filter((kind) => kind === "ended").length === 2);
      await until(() => kinds(server).filter((kind) => kind === "ended").length === 2);
      expect(client.events.filter((event) => event.kind === "ended")).toEqual(
        expect.arrayContaining([
          { kind: "ended", leg: first, cause: "hangup", status: 0 },
          { kind: "ended", leg: second, cause: "bye", status: 0 },
        ]),
      );
      expect(server.transport.connectionCount).toBe(suffix === "" ? 0 : 1);
    });
  }

  test("a call to nobody over TCP is refused at once", async () => {
    const gone = await endpoint();
    await gone.transport.close(0);
    const client = await endpoint();
    const leg = client.transport.invite({
      uri: `sip:x@127.0.0.1:${gone.transport.port};transport=tcp`,
      sdp: () => OFFER,
    });
    await until(() => client.events.length === 1);
    expect(client.events).toEqual([{ kind: "ended", leg, cause: "refused", status: 503 }]);
  });

  test("closing says goodbye", async () => {
    const server = await endpoint(answering);
    const client = await endpoint();
    client.transport.invite({ uri: `sip:suki@127.0.0.1:${server.transport.port}`, sdp: () => OFFER });
    await until(() => kinds(client).includes("answered"));
    await client.transport.close();
    expect(server.events.at(-1)).toMatchObject({ kind: "ended", cause: "bye" });
  });
});

describe("openSipTransport", () => {
  test("says which port is busy, for either protocol", async () => {
    const first = await endpoint();
    const second = openSipTransport({ host: "127.0.0.1", port: first.transport.port, product: "t", onEvent: () => {} });
    await expect(second).rejects.toBeInstanceOf(PortBusyError);
    const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
    const third = openSipTransport({ host: "127.0.0.1", port: holder.port, product: "t", onEvent: () => {} });
    await expect(third).rejects.toThrow(`TCP port ${holder.port}`);
    holder.stop();
    const freed = await openUdp({ host: "127.0.0.1", port: holder.port, onPacket: () => {} });
    freed.close();
  });

  test("an URI without an IP address is the caller's error", async () => {
    const { transport } = await endpoint();
    expect(() => transport.invite({ uri: "sip:x@example.com", sdp: () => OFFER })).toThrow(RangeError);
  });

  test("the external address stands in Contact", async () => {
    const server = await endpoint(answering, { externalHost: "203.0.113.5" });
    const answers: string[] = [];
    const raw = await openUdp({
      host: "127.0.0.1",
      port: 0,
      onPacket: (bytes) => answers.push(Buffer.from(bytes).toString()),
    });
    raw.send(Buffer.from(invite()), server.transport.port, "127.0.0.1");
    await until(() => answers.some((text) => text.startsWith("SIP/2.0 200")));
    raw.close();
    expect(answers.at(-1)).toContain(`Contact: <sip:suki@203.0.113.5:${server.transport.port}>`);
  });
});

describe("a TCP stream", () => {
  async function connect(port: number): Promise<{ write(text: string): void; text(): string; isClosed(): boolean }> {
    let received = "";
    let closed = false;
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_socket, chunk) => {
          received += chunk.toString();
        },
        close: () => {
          closed = true;
        },
      },
    });
    return { write: (text) => socket.write(text), text: () => received, isClosed: () => closed };
  }

  test("may come in pieces, or two messages at once, and is pinged back", async () => {
    const { transport } = await endpoint();
    const peer = await connect(transport.port);
    const options = (n: number) =>
      request("OPTIONS", { vias: [`Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK${n}`], callId: `c${n}` });
    peer.write(options(1) + options(2));
    await until(() => peer.text().split("SIP/2.0 200").length === 3);
    for (const piece of options(3).match(/[\s\S]{1,37}/g) ?? []) {
      peer.write(piece);
      await Bun.sleep(1);
    }
    await until(() => peer.text().split("SIP/2.0 200").length === 4);
    peer.write("\r\n\r\n");
    await until(() => peer.text().endsWith("\r\n\r\n\r\n"));
  });

  test("that makes no sense is closed, and the next one is served", async () => {
    const { transport } = await endpoint();
    const broken = await connect(transport.port);
    broken.write("rubbish\r\n\r\n");
    await until(() => broken.isClosed());
    expect(transport.connectionCount).toBe(0);
    const next = await connect(transport.port);
    next.write(request("OPTIONS"));
    await until(() => next.text().startsWith("SIP/2.0 200"));
  });
});
