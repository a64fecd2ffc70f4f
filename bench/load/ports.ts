/** Ports for a run that others may be beside of: another bench, a test, the product itself. */
import { openUdp } from "@sk-voice/engine/io/udp.ts";

const HOST = "127.0.0.1";
/** Below Linux's own range (32768–60999), above what is well known. */
const FIRST = 12_000;
const LAST = 30_000;

/** The first of `width` ports of which the first two, SIP and health, are free. Other processes look elsewhere first. @throws Error when there are none. */
export async function freeBase(width: number): Promise<number> {
  const count = Math.floor((LAST - FIRST) / width);
  for (let tried = 0; tried < count; tried++) {
    const base = FIRST + ((process.pid + tried) % count) * width;
    if ((await isFree(base)) && (await isFree(base + 1))) return base;
  }
  throw new Error(`no ${width} free ports between ${FIRST} and ${LAST}: set SK_BENCH_PORT to the first of yours`);
}

/** A port that is free now, UDP and TCP. */
export async function freePort(): Promise<number> {
  const socket = await openUdp({ host: HOST, port: 0, onPacket: () => {} });
  socket.close();
  return (await isFree(socket.port)) ? socket.port : freePort();
}

async function isFree(port: number): Promise<boolean> {
  try {
    const udp = await openUdp({ host: HOST, port, onPacket: () => {} });
    udp.close();
    Bun.listen({ hostname: HOST, port, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}
