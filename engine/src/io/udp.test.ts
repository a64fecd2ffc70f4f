import { describe, expect, test } from "bun:test";
import { leakGuard } from "../../test/leaks.ts";
import { openUdp, PortBusyError, type UdpOptions, type UdpSocket } from "./udp.ts";

const { closeAfter } = leakGuard();

async function socket(options: Partial<UdpOptions> = {}): Promise<UdpSocket> {
  const opened = await openUdp({ host: "127.0.0.1", port: 0, onPacket: () => {}, ...options });
  closeAfter(() => opened.close());
  return opened;
}

/** A port of this machine on which nobody listens any more. */
async function deadPort(host = "127.0.0.1"): Promise<number> {
  const gone = await openUdp({ host, port: 0, onPacket: () => {} });
  gone.close();
  return gone.port;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await Bun.sleep(5);
}

describe("a dead peer never costs a live one a packet", () => {
  for (const host of ["127.0.0.1", "::1"]) {
    test(`on ${host}`, async () => {
      const received: number[] = [];
      const live = await socket({ host, onPacket: (bytes) => received.push(bytes[0]!) });
      const dead = await deadPort(host);
      const errors: Error[] = [];
      const sender = await socket({ host, onError: (error) => errors.push(error) });
      for (let i = 0; i < 50; i++) {
        expect(sender.send(Uint8Array.of(255), dead, host)).toBe(true);
        if (i % 2 === 0) await Bun.sleep(1); // The ICMP answer is met by the receive path once, by the next send once.
        expect(sender.send(Uint8Array.of(i), live.port, host)).toBe(true);
      }
      await until(() => received.length === 50);
      expect(received).toEqual(Array.from({ length: 50 }, (_, i) => i));
      expect(sender.sendFailures).toBe(0);
      expect(errors).toEqual([]);
    });
  }
});

describe("openUdp", () => {
  test("a busy port is a PortBusyError that names it", async () => {
    const first = await socket();
    const second = openUdp({ host: "127.0.0.1", port: first.port, onPacket: () => {} });
    await expect(second).rejects.toBeInstanceOf(PortBusyError);
    await expect(second).rejects.toThrow(`UDP port ${first.port} on 127.0.0.1 is in use`);
  });

  test("hands over the bytes with the sender's address, each in a buffer of its own", async () => {
    const seen: { bytes: Uint8Array; address: string; port: number }[] = [];
    const receiver = await socket({
      recvBufferBytes: 1 << 22,
      dscp: 46,
      onPacket: (bytes, address, port) => seen.push({ bytes, address, port }),
    });
    const sender = await socket({ dscp: 46 });
    sender.send(Uint8Array.of(1, 2), receiver.port, "127.0.0.1");
    sender.send(Uint8Array.of(3, 4), receiver.port, "127.0.0.1");
    await until(() => seen.length === 2);
    expect(seen.map((packet) => [...packet.bytes])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(seen[0]).toMatchObject({ address: "127.0.0.1", port: sender.port });
    expect(seen[0]!.bytes.buffer).not.toBe(seen[1]!.bytes.buffer);
  });

  test("a send that cannot succeed is false and counted, never an exception", async () => {
    const sender = await socket();
    expect(sender.send(new Uint8Array(70_000), 9, "127.0.0.1")).toBe(false);
    expect(sender.send(Uint8Array.of(1), 0, "127.0.0.1")).toBe(false);
    expect(sender.send(Uint8Array.of(1), 9, "not an address")).toBe(false);
    sender.close();
    expect(sender.send(Uint8Array.of(1), 9, "127.0.0.1")).toBe(false);
    expect(sender.sendFailures).toBe(4);
  });
});
