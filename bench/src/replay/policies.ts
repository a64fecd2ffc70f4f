/** Ways of taking turns that a folder of calls can be played with: by name, or a JSON file with any of the same figures. */
import { readFileSync } from "node:fs";
import { DEFAULT_TURN_OPTIONS, type TurnOptions } from "@sk-voice/engine/talk/turn-events.ts";
import { z } from "zod";

const Ms = z.number().min(0).max(60_000);

/** What a policy may change; the rest stays as it is. */
const Policy = z.strictObject({
  silenceMs: Ms.exactOptional(),
  maxUtteranceMs: Ms.exactOptional(),
  transcriptTimeoutMs: Ms.exactOptional(),
  endpoint: z
    .strictObject({
      finishedMs: Ms.exactOptional(),
      danglingMs: Ms.exactOptional(),
      share: z.number().min(0.1).max(5).exactOptional(),
      fixedMs: Ms.exactOptional(),
    })
    .exactOptional(),
  interruption: z
    .strictObject({ blipMs: Ms.exactOptional(), holdMs: Ms.exactOptional(), longMs: Ms.exactOptional() })
    .exactOptional(),
});
type Policy = z.infer<typeof Policy>;

export const POLICIES: Readonly<Record<string, Policy>> = {
  default: {},
  quick: { endpoint: { share: 0.6, finishedMs: 300 } },
  patient: { endpoint: { share: 1.5, finishedMs: 800 } },
  "silence-300": { endpoint: { fixedMs: 300 } },
  "silence-600": { endpoint: { fixedMs: 600 } },
  "silence-900": { endpoint: { fixedMs: 900 } },
};

/** @throws Error that names the policies there are, or what is wrong with the file. */
export function policyOf(nameOrFile: string): TurnOptions {
  const policy = POLICIES[nameOrFile] ?? fromFile(nameOrFile);
  return {
    ...DEFAULT_TURN_OPTIONS,
    ...policy,
    endpoint: { ...DEFAULT_TURN_OPTIONS.endpoint, ...policy.endpoint },
    interruption: { ...DEFAULT_TURN_OPTIONS.interruption, ...policy.interruption },
  };
}

function fromFile(path: string): Policy {
  if (!path.endsWith(".json")) {
    throw new Error(`no policy "${path}": there are ${Object.keys(POLICIES).join(", ")}, and JSON files`);
  }
  const policy = Policy.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!policy.success) throw new Error(`${path} is not a policy:\n${z.prettifyError(policy.error)}`);
  return policy.data;
}
