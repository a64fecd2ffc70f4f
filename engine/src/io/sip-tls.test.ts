import { describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leakGuard } from "../../test/leaks.ts";
import { OFFER } from "../../test/sip/harness.ts";
import type { CallEvent } from "../sip/user-agent.ts";
import { openSipTransport, type SipTransport, type SipTransportOptions } from "./sip-transport.ts";
import { TcpConnections } from "./tcp-connections.ts";

/** TLS, IPv6 and keep-alives on real loopback sockets, with a certificate made for this run. */

const hasOpenssl = Bun.which("openssl") !== null;
if (!hasOpenssl) console.log("Skipped: TLS tests, which need openssl for a certificate (apt-get install openssl).");
const { certificate, key } = hasOpenssl ? selfSigned("sip.test") : { certificate: "", key: "" };
const { closeAfter } = leakGuard();

function selfSigned(name: string): { certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), "sk-tls-"));
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name},IP:127.0.0.1`];
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
  execFileSync("openssl", [...request, "-keyout", keyFile, "-out", certFile, ...subject], { stdio: "ignore" });
  const pair = { certificate: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
  rmSync(folder, { recursive: true });
  return pair;
}

async function endpoint(
  options: Partial<SipTransportOptions>,
): Promise<{ transport: SipTransport; events: CallEvent[] }> {
  const events: CallEvent[] = [];
  const transport: SipTransport = await openSipTransport({
    host: "127.0.0.1",
    port: 0,
    product: "test",
    onEvent: (event) => {
      events.push(event);
      if (event.kind === "incoming") transport.command({ kind: "answer", leg: event.leg, sdp: OFFER });
    },
    ...options,
  });
  closeAfter(() => transport.close(0));
  return { transport, events };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await Bun.sleep(5);
  expect(condition()).toBe(true);
}

describe.skipIf(!hasOpenssl)("TLS", () => {
  test("carries two calls over one verified connection, with SNI", async () => {
    const server = await endpoint({ tls: { port: 0, certificate, key } });
    const verified = { port: -1, authorities: certificate, verifyPeer: true, serverName: () => "sip.test" };
    const client = await endpoint({ tls: verified });
    const uri = `sip:suki@127.0.0.1:${server.transport.tlsPort};transport=tls`;
    const first = client.transport.invite({ uri, sdp: () => OFFER });
    client.transport.invite({ uri, sdp: () => OFFER });
    await until(() => server.events.filter((event) => event.kind === "acked").length === 2);
    expect(server.transport.connectionCount).toBe(1);
    expect(server.events[0]).toMatchObject({ flow: { transport: "tls", localPort: server.transport.tlsPort } });
    client.transport.command({ kind: "hangup", leg: first });
    await until(() => server.events.some((event) => event.kind === "ended"));
  });

  for (const [fault, settings] of [
    ["an unknown authority", {}],
    ["another name", { authorities: certificate, serverName: () => "other.test" }],
  ] as const) {
    test(`a server with ${fault} is refused when peers are verified`, async () => {
      const server = await endpoint({ tls: { port: 0, certificate, key } });
      const client = await endpoint({ tls: { port: -1, verifyPeer: true, ...settings } });
      const uri = `sip:suki@127.0.0.1:${server.transport.tlsPort};transport=tls`;
      const leg = client.transport.invite({ uri, sdp: () => OFFER });
      await until(() => client.events.length === 1);
      expect(client.events).toEqual([{ kind: "ended", leg, cause: "refused", status: 503 }]);
      expect(server.events).toEqual([]);
    });
  }

  test("a listener without a key says what is missing", async () => {
    await expect(endpoint({ tls: { port: 0, certificate } })).rejects.toThrow("certificate and its key");
  });
});

test("IPv6 carries a call over UDP and TCP", async () => {
  const server = await endpoint({ host: "::1" });
  const client = await endpoint({ host: "::1" });
  for (const suffix of ["", ";transport=tcp"]) {
    client.transport.invite({ uri: `sip:suki@[::1]:${server.transport.port}${suffix}`, sdp: () => OFFER });
  }
  await until(() => server.events.filter((event) => event.kind === "acked").length === 2);
});

test("an idle connection we opened is pinged, and closed when a peer that used to answer falls silent", async () => {
  let pings = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket, chunk) => {
        if (chunk.toString() !== "\r\n\r\n") return;
        pings += 1;
        if (pings === 1) socket.write("\r\n");
      },
    },
  });
  let lost = 0;
  const connections = new TcpConnections({
    host: "127.0.0.1",
    port: 0,
    now: () => performance.now(),
    keepAliveMs: 10,
    sweepMs: 50,
    onMessage: () => {},
    onUnreachable: () => {
      lost += 1;
    },
  });
  closeAfter(() => connections.close());
  connections.send(0, "127.0.0.1", listener.port, new TextEncoder().encode("\r\n"));
  await until(() => lost === 1);
  expect(pings).toBe(2);
  expect(connections.size).toBe(0);
  listener.stop(true);
});
