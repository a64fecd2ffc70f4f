/** What LiveKit's webhooks and the API's callers send, and which rooms they send her to. */
import { z } from "zod";
import { AGENT_IDENTITY } from "./participant.ts";

/** A room to join, and the caller in it where one is named. */
export interface Dispatch {
  readonly room: string;
  readonly participant: string | undefined;
}

const name = z.string().min(1).max(256);

/** LiveKit's WebhookEvent as protobuf's JSON: default values are left out, so a STANDARD participant has no kind. */
const Webhook = z.object({
  event: z.string().max(64),
  room: z.object({ name }).optional(),
  participant: z
    .object({ identity: name, kind: z.union([z.string().max(32), z.number().int()]).optional() })
    .optional(),
});

const Join = z.strictObject({ room: name, participant: name.optional() });

const PEOPLE: readonly unknown[] = [undefined, "STANDARD", "SIP", 0, 3];

/**
 * | event              | she                                                     |
 * |--------------------|---------------------------------------------------------|
 * | room_started       | joins and waits for a caller                            |
 * | participant_joined | joins for this one, when it is a person                 |
 * | anything else      | does nothing                                            |
 *
 * `undefined` for a body that is none of LiveKit's.
 */
export function dispatchOf(body: string, roomPrefix: string): Dispatch | "nothing" | undefined {
  const parsed = Webhook.safeParse(parseJson(body));
  if (!parsed.success) return undefined;
  const { event, room, participant } = parsed.data;
  if (!room?.name.startsWith(roomPrefix)) return "nothing";
  if (event === "room_started") return { room: room.name, participant: undefined };
  if (event !== "participant_joined" || !participant || !PEOPLE.includes(participant.kind)) return "nothing";
  if (participant.identity.startsWith(AGENT_IDENTITY)) return "nothing";
  return { room: room.name, participant: participant.identity };
}

/** `{"room": "…", "participant": "…"}`, the participant optional. */
export function joinOf(body: string): Dispatch | undefined {
  const parsed = Join.safeParse(parseJson(body));
  return parsed.success ? { room: parsed.data.room, participant: parsed.data.participant } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
