/**
 * `find_contact`: the caller's upcoming appointments. Under the number they call from, or under a name and number that both fit what is on file: a number
 * alone would tell anybody about anybody.
 */
import type { Appointment, Contact } from "@sk-voice/api/contract/index.ts";
import { z } from "zod";
import { toE164 } from "../nlu/phone.ts";
import { defineTool, type Tool, type ToolOutcome } from "../tool.ts";
import type { ToolDeps } from "../tools.ts";
import type { AppointmentMemory } from "./appointment-memory.ts";

const FindContact = z.object({
  name: z.string().min(1).max(200).optional().describe("only with phone: the name the booking is under"),
  phone: z.string().max(40).optional().describe("only with name: the number the booking is under"),
});

const DEADLINE_MS = 5500;
/** More are not told on the phone. */
const MAX_TOLD = 5;
const LIVE: ReadonlySet<string> = new Set(["booked", "rescheduled"]);

export function findContactTool(deps: ToolDeps, memory: AppointmentMemory): Tool {
  return defineTool({
    name: "find_contact",
    description:
      "The caller's upcoming appointments, to move or cancel one. Without arguments: under the number they call from. Else name and number, both as on file.",
    parameters: FindContact,
    deadlineMs: DEADLINE_MS,
    run: async (args, { nowEpochMs }) => {
      const found = await contactOf(deps, args);
      if (found === "invalid_phone") return { result: { error: "invalid_phone" }, facts: [] };
      if (!found) return { result: { found: false, appointments: [] }, facts: [] };
      return told(await deps.suite.appointments(found.id), found, memory, nowEpochMs);
    },
  });
}

async function contactOf(
  { crm, suite, settings }: ToolDeps,
  { name, phone }: z.infer<typeof FindContact>,
): Promise<Contact | null | "invalid_phone"> {
  if (phone === undefined) {
    await crm.open();
    // Only the number they call from speaks for itself; a number told in the call does not.
    return crm.line.from !== null && crm.contact?.phone === crm.line.from ? crm.contact : null;
  }
  const number = toE164(phone, settings.country);
  if (number === undefined) return "invalid_phone";
  const contact = await suite.contactByPhone(number);
  return contact?.name && name !== undefined && sameName(contact.name, name) ? contact : null;
}

/** One name heard on a phone line, one on file: every word of the shorter is in the longer. */
function sameName(onFile: string, said: string): boolean {
  const [a, b] = [words(onFile), words(said)];
  const [shorter, longer] = a.length <= b.length ? [a, b] : [b, a];
  return shorter.length > 0 && shorter.every((word) => longer.includes(word));
}

function words(name: string): string[] {
  return name.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
}

function told(
  all: readonly Appointment[],
  { name }: Contact,
  memory: AppointmentMemory,
  nowEpochMs: number,
): ToolOutcome {
  const upcoming = all
    .filter(({ status, starts_at }) => LIVE.has(status) && Date.parse(starts_at) > nowEpochMs)
    .sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1))
    .slice(0, MAX_TOLD);
  const appointments = upcoming.map((appointment) => memory.remember(appointment));
  return { result: { found: true, name, appointments }, facts: [] };
}
