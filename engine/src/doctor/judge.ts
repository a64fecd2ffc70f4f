/** What `sk-voice doctor` makes of what it measured. Each finding says whose fault it is by saying what to change. */

export interface Finding {
  readonly level: "ok" | "warn" | "fail";
  readonly check: string;
  readonly detail: string;
  /** What to do next; absent when all is well. */
  readonly fix?: string;
}

/** Stereo, 8 kHz, 16 bits: what a recorded call writes. */
const RECORDING_BYTES_PER_S = 32_000;
const GB = 1e9;

export function judgeDisk(folder: string, freeBytes: number, syncMs: number, maxCalls: number): Finding {
  const check = "disk";
  const hours = freeBytes / (RECORDING_BYTES_PER_S * 3600 * maxCalls);
  const detail = `${(freeBytes / GB).toFixed(1)} GB free in ${folder}, ${hours.toFixed(1)} h of ${maxCalls} recorded calls; a synced write takes ${syncMs.toFixed(1)} ms`;
  if (freeBytes < 0.2 * GB)
    return {
      level: "fail",
      check,
      detail,
      fix: "free space, or move SK_DATA_DIR and SK_RECORDINGS_DIR to a larger disk",
    };
  if (hours < 1)
    return {
      level: "warn",
      check,
      detail,
      fix: "move SK_RECORDINGS_DIR to a larger disk, or shorten the retention of recordings",
    };
  if (syncMs > 100)
    return { level: "warn", check, detail, fix: "reports are synced one by one: put SK_DATA_DIR on a local SSD" };
  return { level: "ok", check, detail };
}

/** `offsetMs`: how much this machine is ahead of the other. */
export function judgeClock(against: string, offsetMs: number): Finding {
  const check = "clock";
  const detail = `${Math.abs(Math.round(offsetMs))} ms ${offsetMs < 0 ? "behind" : "ahead of"} ${against}`;
  const fix =
    "synchronise this machine's clock (chrony, systemd-timesyncd): appointments, signatures and STIR/SHAKEN depend on it";
  if (Math.abs(offsetMs) > 30_000) return { level: "fail", check, detail, fix };
  return Math.abs(offsetMs) > 2000 ? { level: "warn", check, detail, fix } : { level: "ok", check, detail };
}

export interface RtpRange {
  readonly min: number;
  readonly max: number;
  /** Even ports of a sample that another program holds. */
  readonly busy: number;
  readonly sampled: number;
  /** Ports the system gives to any program (Linux: `ip_local_port_range`). */
  readonly system: readonly [number, number] | undefined;
  readonly maxCalls: number;
}

/** A call takes an even port and the odd one above it; a transfer takes two more. */
export function judgeRtpRange({ min, max, busy, sampled, system, maxCalls }: RtpRange): Finding {
  const check = "rtp ports";
  const calls = Math.floor((max - min) / 2) + 1;
  const detail = `${min}–${max}: room for ${calls} calls, ${maxCalls} allowed; ${busy} of ${sampled} tried are busy`;
  if (calls < maxCalls)
    return { level: "fail", check, detail, fix: "widen SK_RTP_PORT_MIN–SK_RTP_PORT_MAX or lower SK_MAX_CALLS" };
  if (busy > 0)
    return { level: "warn", check, detail, fix: "another program uses ports of the range: stop it or move the range" };
  if (system && min <= system[1] && max >= system[0])
    return {
      level: "warn",
      check,
      detail: `${detail}; the system hands out ${system[0]}–${system[1]} to anyone`,
      fix: "move the range below the system's",
    };
  return { level: "ok", check, detail };
}

/** How callers reach us. `seen`: the address a STUN server saw. */
export function judgeAddress(
  listen: string,
  configured: string,
  seen: string | undefined,
  isPrivate: boolean,
): Finding {
  const check = "address";
  if (seen !== undefined && configured !== "" && seen !== configured)
    return {
      level: "fail",
      check,
      detail: `SK_EXTERNAL_ADDRESS is ${configured}, the STUN server sees ${seen}`,
      fix: "set SK_EXTERNAL_ADDRESS to the address callers reach, or leave it to SK_STUN_SERVER",
    };
  const external = configured || seen;
  if (external !== undefined)
    return { level: "ok", check, detail: `listening on ${listen}, told to callers: ${external}` };
  if (listen.startsWith("127.") || listen === "::1")
    return {
      level: "warn",
      check,
      detail: `listening on ${listen}: only this machine can call`,
      fix: "set SK_SIP_HOST=0.0.0.0 to take calls from outside",
    };
  if (isPrivate)
    return {
      level: "warn",
      check,
      detail: `listening on ${listen}, all addresses of this machine are private`,
      fix: "behind NAT set SK_EXTERNAL_ADDRESS or SK_STUN_SERVER; on the carrier's own network this is right",
    };
  return { level: "ok", check, detail: `listening on ${listen}, told to callers: the address they reached` };
}
