/** Handing the call to a human: by wish, by rule, by mood. Nobody there: a message. */
import { NO_FRICTION } from "@sk-voice/models/sentiment.ts";
import { type Escalating, escalationOf } from "../escalation.ts";
import { callTool, type Dialogue, type Reply, vary, type World } from "./dialogue.ts";
import { startMessage } from "./message.ts";

/** Once a call: whoever did not pick up the first time is spared the second. */
export function handOver(d: Dialogue, { trigger, reason }: Escalating): Reply {
  const draft = { subject: "Call back requested", body: d.said.at(-1) ?? "", urgency: "high" } as const;
  const say = vary(d, "One moment, I'll try to put you through.", "I'll see if somebody can take your call.");
  return callTool({ ...d, handedOver: true, draft }, { name: "escalate", arguments: { trigger, reason } }, say);
}

/** The owner's rules and the caller's mood. A wish in words is `newTask`'s. */
export function escalate(d: Dialogue, world: World): Reply | undefined {
  if (d.handedOver) return undefined;
  const friction = { ...NO_FRICTION, misunderstandings: d.misses };
  const { settings, nowEpochMs, caller } = world;
  const input = { settings, from: caller.phone, said: d.said, friction, failures: d.failures, nowEpochMs };
  const due = escalationOf(input);
  return due && handOver(d, due);
}

export function onHandedOver(d: Dialogue, world: World, result: { status?: string }): Reply {
  if (result.status === "connected") return { state: { ...d, task: "none" }, say: [], calls: [] };
  return startMessage(d, world, "human", undefined);
}
