/** Both kinds of RTP socket keep one contract. */
import { describe, expect, test } from "bun:test";
import { leakGuard } from "../../test/leaks.ts";
import { monotonicMs } from "./clock.ts";
import { openRtpSocket, type RtpSocket, WaitingSocket } from "./rtp-socket.ts";
import { PortBusyError } from "./udp.ts";

const HOST = "127.0.0.1";
const OPEN = {
  "read by the kernel's batches": openRtpSocket,
  "Bun's with a queue": (options: Parameters<typeof openRtpSocket>[0]) => WaitingSocket.open(options),
};
const { closeAfter } = leakGuard();

interface Seen {
  readonly bytes: number[];
  readonly arrivalMs: number;
  readonly from: string;
}

async function seen(socket: RtpSocket, count: number): Promise<Seen[]> {
  const all: Seen[] = [];
  for (let turn = 0; turn < 200 && all.length < count; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    socket.receive((bytes, arrivalMs, address, port) =>
      all.push({ bytes: [...bytes], arrivalMs, from: `${address}:${port}` }),
    );
  }
  return all;
}

for (const [name, openSocket] of Object.entries(OPEN)) {
  const open = async (port = 0) => {
    const socket = await openSocket({ host: HOST, port, dscp: 46 });
    closeAfter(() => socket.close());
    return socket;
  };

  describe(name, () => {
    test("hands over what came, in order, with sender and time of arrival", async () => {
      const [receiver, sender] = [await open(), await open()];
      const beforeMs = monotonicMs();
      for (let n = 0; n < 40; n++) expect(sender.send(Uint8Array.of(n, n), receiver.port, HOST)).toBe(true);
      const all = await seen(receiver, 40);
      expect(all.map(({ bytes }) => bytes)).toEqual(Array.from({ length: 40 }, (_, n) => [n, n]));
      expect(new Set(all.map(({ from }) => from))).toEqual(new Set([`${HOST}:${sender.port}`]));
      for (const { arrivalMs } of all) {
        expect(arrivalMs).toBeGreaterThan(beforeMs - 1);
        expect(arrivalMs).toBeLessThanOrEqual(monotonicMs());
      }
    });

    test("datagrams of changing length and sender are told apart", async () => {
      const [receiver, one, two] = [await open(), await open(), await open()];
      one.send(Uint8Array.of(1, 1, 1), receiver.port, HOST);
      two.send(Uint8Array.of(2), receiver.port, HOST);
      one.send(Uint8Array.of(3, 3), receiver.port, HOST);
      const all = await seen(receiver, 3);
      expect(all.map(({ bytes }) => bytes.length)).toEqual([3, 1, 2]);
      expect(all[1]!.from).toBe(`${HOST}:${two.port}`);
    });

    test("a busy port is a PortBusyError that names it", async () => {
      const first = await open();
      await expect(openSocket({ host: HOST, port: first.port, dscp: 46 })).rejects.toBeInstanceOf(PortBusyError);
    });

    test("a send that cannot succeed is false and counted, and a dead peer costs a live one nothing", async () => {
      const [receiver, sender, dead] = [await open(), await open(), await open()];
      dead.close();
      for (let n = 0; n < 20; n++) {
        sender.send(Uint8Array.of(99), dead.port, HOST);
        expect(sender.send(Uint8Array.of(n), receiver.port, HOST)).toBe(true);
      }
      expect((await seen(receiver, 20)).length).toBe(20);
      expect(sender.send(Uint8Array.of(1), 0, HOST)).toBe(false);
      expect(sender.send(Uint8Array.of(1), 9, "not an address")).toBe(false);
      expect(sender.send(new Uint8Array(70_000), receiver.port, HOST)).toBe(false);
      sender.close();
      expect(sender.send(Uint8Array.of(1), receiver.port, HOST)).toBe(false);
      expect(sender.sendFailures).toBe(4);
    });
  });
}
