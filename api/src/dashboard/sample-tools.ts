/** What she would have done in an imagined call, by how it ended. */
import type { ToolCall } from "../contract/engine.ts";
import type { SampleCall } from "./sample-calls.ts";

type Step = Pick<ToolCall, "name" | "arguments" | "result">;

const STEPS: Partial<Record<SampleCall["outcome"], readonly Step[]>> = {
  booked: [
    {
      name: "check_availability",
      arguments: { service: "Teeth cleaning", day: "tomorrow" },
      result: '{"free":["15:00","15:30"]}',
    },
    { name: "book_appointment", arguments: { slot: "15:00" }, result: '{"booked":true,"says":"tomorrow at 3 pm"}' },
  ],
  answered: [
    {
      name: "answer_from_knowledge",
      arguments: { question: "opening hours" },
      result: '{"answer":"We are open every day from nine in the morning to six in the evening."}',
    },
  ],
  cancelled: [{ name: "cancel_appointment", arguments: {}, result: '{"cancelled":true}' }],
  message_taken: [
    { name: "take_message", arguments: { subject: "Call back about a bill" }, result: '{"message_taken":true}' },
  ],
  escalated: [{ name: "escalate", arguments: { reason: "severe pain" }, result: '{"outcome":"bridged"}' }],
};

/** One before each of her answers, as far as there are answers. */
export function sampleTools({ outcome, lines }: Pick<SampleCall, "outcome" | "lines">): ToolCall[] {
  const answers = lines.filter(({ speaker }) => speaker === "agent").slice(1);
  return (STEPS[outcome] ?? []).flatMap((step, i) => {
    const before = answers[i * 2] ?? answers[i];
    if (before === undefined) return [];
    const duration_ms = 18 + 7 * i;
    return [
      { ...step, turn: i * 2 + 1, status: "done" as const, at_ms: Math.max(0, before.start_ms - 100), duration_ms },
    ];
  });
}
