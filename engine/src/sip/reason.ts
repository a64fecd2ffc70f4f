import { type Headed, headerList } from "./message.ts";
import { parseParams, quote } from "./params.ts";

/** Why a call ended, as the peer says (RFC 3326): `SIP;cause=200;text="Call completed elsewhere"`, `Q.850;cause=16`. */
export interface Reason {
  /** "SIP", "Q.850". */
  readonly protocol: string;
  readonly cause: number | undefined;
  /** At most 200 characters. */
  readonly text: string;
}

/** The first one that is well-formed. */
export function readReason(message: Headed): Reason | undefined {
  for (const value of headerList(message, "reason")) {
    const semicolon = value.indexOf(";");
    const protocol = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
    const params = parseParams(semicolon < 0 ? "" : value.slice(semicolon));
    if (params === undefined || !/^[\w.-]{1,32}$/.test(protocol)) continue;
    const cause = params.get("cause");
    return {
      protocol,
      cause: cause !== undefined && /^\d{1,4}$/.test(cause) ? Number(cause) : undefined,
      text: (params.get("text") ?? "").slice(0, 200),
    };
  }
  return undefined;
}

export function writeReason(cause: number, text: string): { readonly name: "reason"; readonly value: string } {
  return { name: "reason", value: `SIP;cause=${cause};text=${quote(text)}` };
}
