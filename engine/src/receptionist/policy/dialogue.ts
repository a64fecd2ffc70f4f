/**
 * Where the conversation stands. Immutable: an interrupted turn is taken back by keeping the state from before it.
 *
 * A task asks for the first thing it misses; the caller may say anything at any time, and everything said is kept.
 *
 * | booking misses     | she does                              | message misses | she does                     |
 * |--------------------|---------------------------------------|----------------|------------------------------|
 * | service            | ask `service` (or take the default)   | body           | ask `body`                   |
 * | day                | ask `day`                             | name           | ask `name` (known: skipped)  |
 * | slot               | check_availability, then              | phone          | ask `phone-offer` or `phone` |
 * |   time free        |   go on                               | nothing        | take_message                 |
 * |   other times free |   ask `choice` (one: `offer`)         |                |                              |
 * |   none free        |   ask `offer` of the next, or message |                |                              |
 * | name               | ask `name` (known caller: skipped)    |                |                              |
 * | phone              | ask `phone-offer`, `phone`, `phone-check` |            |                              |
 * | confirmation       | ask `confirm`: no → `change`          |                |                              |
 * |                    |   yes, unheard: read back once more   |                |                              |
 * | nothing            | book_appointment: taken → `offer`     |                |                              |
 *
 * | moving, cancelling miss | she does                                                                          |
 * |-------------------------|-----------------------------------------------------------------------------------|
 * | appointments            | find_contact by the calling number; none: ask `name`, `phone`, again; none: message |
 * | which one               | ask `which` (one: it)                                                             |
 * | slot (moving)           | as in booking                                                                     |
 * | confirmation            | ask `confirm`: no → `change` (cancelling: it stays)                               |
 * | nothing                 | reschedule_appointment, cancel_appointment                                        |
 *
 * | owner misses | she does                                                                     |
 * |--------------|------------------------------------------------------------------------------|
 * | verification | ask `pin`: keys → verify_owner                                               |
 * | a change     | ask `owner-change`                                                           |
 * | confirmation | ask `owner-confirm`: yes → change_knowledge, then `owner-change` again       |
 *
 * A "please" into the first word of her reply is the rest of the answer before: she begins again, once.
 * A wish for a human, a rule of the owner or the caller's mood: escalate, once a call; nobody there: message.
 * After a task: `anything-else`; no → goodbye and end_call. Three answers in a row not understood: `offer-message`.
 */
import type { AgentSettings, OwnerChange, Service } from "@sk-voice/api/contract/index.ts";
import type { AnswerKind } from "@sk-voice/models/ports.ts";
import type { EndReason } from "../facts.ts";
import type { When } from "../nlu/dates.ts";
import type { Held } from "../tools/appointment-memory.ts";
import type { Opening } from "../tools/slot-memory.ts";

export type Task = "none" | "booking" | "message" | "moving" | "cancelling" | "owner";

/** The question that is open. */
export type Ask =
  | "help"
  | "service"
  | "day"
  | "choice"
  | "offer"
  | "name"
  | "phone-offer"
  | "phone"
  | "phone-check"
  | "which"
  | "pin"
  | "owner-change"
  | "owner-confirm"
  | "confirm"
  | "change"
  | "body"
  | "offer-message"
  | "anything-else";

export const EXPECTS: Readonly<Record<Ask, AnswerKind>> = {
  help: "open",
  service: "choice",
  day: "date-time",
  choice: "choice",
  offer: "yes-no",
  name: "name",
  "phone-offer": "yes-no",
  phone: "digits",
  "phone-check": "yes-no",
  which: "choice",
  pin: "pin",
  "owner-change": "open",
  "owner-confirm": "yes-no",
  confirm: "yes-no",
  change: "open",
  body: "open",
  "offer-message": "yes-no",
  "anything-else": "yes-no",
};

export interface Draft {
  readonly subject: string;
  /** Empty until the caller has said what it is about. */
  readonly body: string;
  readonly urgency: "normal" | "high";
}

export interface Dialogue {
  readonly task: Task;
  readonly ask: Ask;
  /** The caller's turns so far; varies her wording. */
  readonly turn: number;
  /** Answers not understood, in a row. */
  readonly misses: number;
  /** What she said last, to say it again. */
  readonly prompt: string;
  /** Said before the next reply: news the caller talked over. */
  readonly unsaid: string;
  readonly service: Service | undefined;
  /** Services the caller's words fit equally well. */
  readonly serviceChoices: readonly Service[];
  readonly when: When;
  readonly offers: readonly Opening[];
  readonly slot: Opening | undefined;
  readonly name: string | undefined;
  /** E.164, or digits as dictated when they could not be checked. */
  readonly phone: string | undefined;
  /** Told in passing: it is read back before it is used. */
  readonly phoneToCheck: boolean;
  /** The service last talked about: "book that". */
  readonly topic: Service | undefined;
  /** Groups of a number dictated in pieces. */
  readonly digits: string;
  readonly draft: Draft | undefined;
  /** Found under the caller's contact, or the one named. */
  readonly appointments: readonly Held[];
  /** The one to move or cancel. */
  readonly held: Held | undefined;
  /** The calling number was looked up; the next search is by name and number told. */
  readonly lookedUp: boolean;
  /** Whether a human was asked for the call already. */
  readonly handedOver: boolean;
  /** What the caller has said, newest last. */
  readonly said: readonly string[];
  /** Not understood, not known or not done, in a row. */
  readonly failures: number;
  /** The PIN was right in this call. */
  readonly ownerVerified: boolean;
  /** Read back, not yet confirmed. */
  readonly ownerChange: OwnerChange | undefined;
  readonly messageTaken: boolean;
  /** Unkind or unwelcome calls get one answer, then the end. */
  readonly warned: boolean;
  /** The tool whose result she waits for. */
  readonly pending: { readonly id: string; readonly name: string } | undefined;
}

export const START: Dialogue = {
  task: "none",
  ask: "help",
  turn: 0,
  misses: 0,
  prompt: "",
  unsaid: "",
  service: undefined,
  serviceChoices: [],
  when: {},
  offers: [],
  slot: undefined,
  name: undefined,
  phone: undefined,
  phoneToCheck: false,
  topic: undefined,
  digits: "",
  draft: undefined,
  appointments: [],
  held: undefined,
  lookedUp: false,
  handedOver: false,
  said: [],
  failures: 0,
  ownerVerified: false,
  ownerChange: undefined,
  messageTaken: false,
  warned: false,
  pending: undefined,
};

/** What a turn may look at. */
export interface World {
  readonly settings: AgentSettings;
  readonly nowEpochMs: number;
  /** E.164, `null` when withheld; `name` from the CRM. */
  readonly caller: { readonly phone: string | null; readonly name: string | null };
  /** Whether she could answer this question. */
  readonly knows: (question: string) => boolean;
  /** How much of `prompt` the caller let her say, 0 to 1. */
  readonly heardShare: number;
}

export interface ToolRequest {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** One step: the new state, what to say, what to run. */
export interface Reply {
  readonly state: Dialogue;
  readonly say: readonly string[];
  readonly calls: readonly ToolRequest[];
}

/** Says `say`; the last of it asks `ask`. */
export function reply(state: Dialogue, ask: Ask, ...say: readonly string[]): Reply {
  return { state: { ...state, ask }, say, calls: [] };
}

/** Asks a tool; the reply goes on with its result. */
export function callTool(state: Dialogue, request: ToolRequest, ...say: readonly string[]): Reply {
  return { state, say, calls: [request] };
}

export function goodbye(state: Dialogue, reason: EndReason, ...say: readonly string[]): Reply {
  return { state: { ...state, task: "none", ask: "help" }, say, calls: [{ name: "end_call", arguments: { reason } }] };
}

/** One of several wordings, another one each turn. */
export function vary(state: Dialogue, ...wordings: readonly [string, ...string[]]): string {
  return wordings[state.turn % wordings.length] ?? wordings[0];
}
