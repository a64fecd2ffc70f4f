/** `end_call`: hangs up once her last words have been heard. */
import { z } from "zod";
import { END_REASONS } from "../facts.ts";
import { defineTool, type Tool } from "../tool.ts";

const EndCall = z.object({ reason: z.enum(END_REASONS) });

export function endCallTool(): Tool {
  return defineTool({
    name: "end_call",
    description:
      "Ends the call after you have said goodbye. Only when the caller is done, or it is a wrong number or spam.",
    parameters: EndCall,
    deadlineMs: 1000,
    sideEffect: true,
    terminal: true,
    run: async ({ reason }) => ({ result: { ok: true }, facts: [{ type: "ended", reason }] }),
  });
}
