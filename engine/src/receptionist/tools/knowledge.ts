/** `answer_from_knowledge`: the owner's words, opening hours and prices; "not found" instead of a guess. */
import { z } from "zod";
import { answerQuestion } from "../knowledge/answer.ts";
import type { KnowledgeIndex } from "../knowledge/retrieve.ts";
import { defineTool, type Tool } from "../tool.ts";
import type { ToolDeps } from "../tools.ts";

const Question = z.object({ question: z.string().min(1).max(500).describe("the caller's question, in their words") });

export function knowledgeTool({ settings }: ToolDeps, index: KnowledgeIndex): Tool {
  return defineTool({
    name: "answer_from_knowledge",
    description:
      "What the business says about a question, opening hours and prices included. `found: false`: say that you do not know and offer to take a message.",
    parameters: Question,
    deadlineMs: 1000,
    run: async ({ question }, { nowEpochMs }) => {
      const answer = answerQuestion(question, settings, index, nowEpochMs);
      if (!answer) return { result: { found: false }, facts: [{ type: "unanswered", question }] };
      const { text, knowledgeId, serviceIds } = answer;
      return {
        result: { found: true, answer: text },
        facts: [
          { type: "answered", question, knowledgeId },
          ...serviceIds.map((catalogItemId) => ({ type: "interest", catalogItemId }) as const),
        ],
      };
    },
  });
}
