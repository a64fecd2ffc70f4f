/** What this machine gives: ports, addresses, disk, clock. Each check measures, `doctor/judge` says what it means. */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { EngineConfig } from "../../config.ts";
import { type Finding, judgeAddress, judgeClock, judgeDisk, judgeRtpRange } from "../../doctor/judge.ts";
import { resolveTarget } from "../resolve.ts";
import { externalAddress } from "../stun.ts";
import { openUdp } from "../udp.ts";

const SAMPLED_PORTS = 50;
const NTP_TIMEOUT_MS = 2000;
/** Seconds from 1900, where NTP begins, to 1970 (RFC 5905 section 6). */
const NTP_EPOCH_S = 2_208_988_800;

/** The ports we listen on; while the engine runs they are its own. */
export async function checkPorts(config: EngineConfig, engineRuns: boolean): Promise<Finding[]> {
  const { SK_SIP_HOST: host, SK_HEALTH_HOST, SK_SIP_PORT, SK_HEALTH_PORT, SK_STREAM_PORT } = config;
  const wanted = [
    ["SK_SIP_PORT", host, SK_SIP_PORT, true],
    ["SK_STREAM_PORT", host, SK_STREAM_PORT, false],
    ["SK_HEALTH_PORT", SK_HEALTH_HOST, SK_HEALTH_PORT, false],
  ] as const;
  const found = wanted.map(async ([variable, address, port, udp]): Promise<Finding> => {
    const check = `port ${port}`;
    if (engineRuns) return { level: "ok", check, detail: `${variable}, held by the running engine` };
    const free = (await isTcpFree(port, address)) && (!udp || (await isUdpFree(port, address)));
    if (free) return { level: "ok", check, detail: `${variable}, free` };
    return {
      level: "fail",
      check,
      detail: `${variable} on ${address} is busy or not ours`,
      fix: `stop what uses it or set ${variable}`,
    };
  });
  return [...(await Promise.all(found)), await checkRtp(config, engineRuns)];
}

async function checkRtp(config: EngineConfig, engineRuns: boolean): Promise<Finding> {
  const { SK_RTP_PORT_MIN: min, SK_RTP_PORT_MAX: max, SK_MAX_CALLS: maxCalls, SK_SIP_HOST: host } = config;
  const step = Math.max(2, Math.floor((max - min) / SAMPLED_PORTS / 2) * 2);
  const ports = Array.from({ length: SAMPLED_PORTS }, (_, n) => min + n * step).filter((port) => port <= max);
  const free = engineRuns ? ports.map(() => true) : await Promise.all(ports.map((port) => isUdpFree(port, host)));
  const busy = free.filter((isFree) => !isFree).length;
  return judgeRtpRange({ min, max, busy, sampled: ports.length, system: systemPorts(), maxCalls });
}

function systemPorts(): [number, number] | undefined {
  try {
    const [low, high] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").trim().split(/\s+/).map(Number);
    return low !== undefined && high !== undefined ? [low, high] : undefined;
  } catch {
    return undefined;
  }
}

const isTcpFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

async function isUdpFree(port: number, host: string): Promise<boolean> {
  try {
    (await openUdp({ host, port, onPacket: () => {} })).close();
    return true;
  } catch {
    return false;
  }
}

export async function checkAddress(config: EngineConfig): Promise<Finding> {
  const { SK_SIP_HOST: listen, SK_EXTERNAL_ADDRESS: configured, SK_STUN_SERVER: server } = config;
  try {
    const seen = server === "" ? undefined : await externalAddress(server, listen);
    return judgeAddress(listen, configured, seen, areAllPrivate());
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { level: "fail", check: "address", detail, fix: "check SK_STUN_SERVER, or set SK_EXTERNAL_ADDRESS" };
  }
}

function areAllPrivate(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter(({ internal, family }) => !internal && family === "IPv4");
  return outside.every(({ address }) =>
    /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.)/.test(address),
  );
}

export function checkDisk(folder: string, maxCalls: number): Finding {
  const file = join(folder, `.doctor-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    const startMs = performance.now();
    const fd = openSync(file, "w", 0o600);
    writeSync(fd, new Uint8Array(4096));
    fsyncSync(fd);
    closeSync(fd);
    const syncMs = performance.now() - startMs;
    const { bavail, bsize } = statfsSync(folder);
    return judgeDisk(folder, bavail * bsize, syncMs, maxCalls);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "error";
    return {
      level: "fail",
      check: "disk",
      detail: `${folder} cannot be written (${code})`,
      fix: "make it writable for this user",
    };
  } finally {
    rmSync(file, { force: true });
  }
}

/** One question to a time server (SNTP, RFC 5905 section 14). Where none answers the clock counts as not checked. */
export async function checkClock(server: string): Promise<Finding> {
  const answer = Promise.withResolvers<number>();
  const nonce = randomBytes(8);
  const socket = await openUdp({
    host: "0.0.0.0",
    port: 0,
    onPacket: (bytes) => {
      // Our transmit time comes back as the origin time: an answer to another question has another.
      if (bytes.length < 48 || !nonce.every((byte, n) => bytes[24 + n] === byte)) return;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      answer.resolve((view.getUint32(40) - NTP_EPOCH_S) * 1000 + (view.getUint32(44) / 2 ** 32) * 1000);
    },
  });
  try {
    const { address, port } = await resolveTarget(`sip:${server}`, 123);
    const request = new Uint8Array(48);
    request[0] = 0x23;
    request.set(nonce, 40);
    const sentMs = Date.now();
    socket.send(request, port, address);
    const theirsMs = await Promise.race([answer.promise, Bun.sleep(NTP_TIMEOUT_MS)]);
    if (theirsMs === undefined) throw new Error(`${server} does not answer`);
    return judgeClock(server, (sentMs + Date.now()) / 2 - theirsMs);
  } catch (error) {
    const detail = `not checked: ${error instanceof Error ? error.message : error}`;
    return { level: "warn", check: "clock", detail, fix: "set SK_NTP_SERVER to a time server this machine reaches" };
  } finally {
    socket.close();
  }
}
