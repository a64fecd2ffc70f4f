import { z } from "zod";

/** Prefix of each kind of id. Ids are prefixed ULIDs: sortable by creation, the same across the suite. `cal_` is a call. */
export const ID_PREFIX = {
  workspace: "wsp",
  key: "key",
  call: "cal",
  callSession: "ses",
  contact: "ctc",
  lead: "ld",
  catalogItem: "itm",
  appointment: "apt",
  slot: "slt",
  ticket: "tkt",
  user: "usr",
  event: "evt",
  webhook: "whk",
  delivery: "dlv",
  knowledge: "kno",
  recording: "rec",
  transcript: "trn",
  audit: "aud",
  number: "num",
  resource: "rsr",
  calendarFeed: "fed",
  timelineEntry: "tml",
  ticketMessage: "msg",
  testCall: "tcl",
} as const;

export type IdKind = keyof typeof ID_PREFIX;

const ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}";

/** Schema of one kind of id, e.g. `id("call")` accepts `cal_01J…`. */
export function id(kind: IdKind) {
  return z
    .string()
    .regex(new RegExp(`^${ID_PREFIX[kind]}_${ULID}$`), `expected a ${kind} id (${ID_PREFIX[kind]}_…)`)
    .describe(`${kind} id`);
}
