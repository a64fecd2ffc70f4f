/** Who is who in a call, whichever side placed it. */
import { E164 } from "../contract/common.ts";

export interface Line {
  readonly direction?: "inbound" | "outbound" | undefined;
  readonly from: string | null;
  readonly to: string;
}

/** The person's number: whoever called, or whom she called. `null` when withheld. */
export function theirs({ direction, from, to }: Line): string | null {
  return direction === "outbound" ? (E164.safeParse(to).data ?? null) : from;
}

/** The business's own number or address in that call. */
export function ours({ direction, from, to }: Line): string {
  return direction === "outbound" ? (from ?? "") : to;
}
