/** The model card: what the weights are, what they were trained on, how they err by group. */
import { forward, type Mlp } from "../src/robocall/mlp.ts";
import type { RehearsedCall } from "./snapshots.ts";

interface Metadata {
  readonly feature_version: number;
  readonly data_sha256: string;
  readonly seed: number;
  readonly threshold: number;
}

const AT_MS = [6000, 12_000] as const;

export function modelCard(metadata: Metadata, test: readonly RehearsedCall[], verdict: Mlp): string {
  const kinds = [...new Set(test.map(({ planned }) => planned.kind))];
  const groups = [...new Set(test.map(({ planned }) => planned.group))].sort();
  const row = (name: string, calls: readonly RehearsedCall[]) => {
    const shares = AT_MS.map((atMs) => {
      const above = calls.filter(({ snapshots }) => {
        const last = snapshots.findLast((each) => each.atMs <= atMs + 40);
        return last !== undefined && forward(verdict, last.features)[0]! >= metadata.threshold;
      });
      return `${above.length} of ${calls.length}`;
    });
    return `| ${name} | ${calls[0]!.planned.robocall ? "robocall" : "person"} | ${shares.join(" | ")} |`;
  };
  const table = (names: readonly string[], key: "kind" | "group") =>
    names
      .map((name) =>
        row(
          name,
          test.filter(({ planned }) => planned[key] === name),
        ),
      )
      .join("\n");
  return `# Robocall models: card

Written by \`bun models/train/train.ts DATA\`; do not edit. Seed ${metadata.seed}, feature version ${metadata.feature_version}, manifest SHA-256
\`${metadata.data_sha256}\`. All other figures, controls included, are in \`robocall.json\`.

| file | what |
|---|---|
| \`robocall-sound.onnx\` | two seconds of sound → voice, music, tone, noise. No class for synthetic voices |
| \`robocall-verdict.onnx\` | 45 features and 10 mask bits → probability of a robocall |
| \`robocall-text.bin\` | log-odds of the first words, float32 little-endian: bias, then 4096 buckets |
| \`robocall-parity.json\` | inputs and outputs as trained; tests compare onnxruntime with them |

Intended for: one vote among several in \`engine/src/screening\`. Not for: deciding alone. The score below is never enough to hang up: two
independent groups of evidence must agree.

Trained on simulated calls built from recorded voices: people who yield and answer, recordings that do not. Signalling and text scores are
drawn from priors, not from data. **There is no real robocall audio in the data**; figures from simulated interaction are regression tests.

## Data
A folder with \`MANIFEST.tsv\` (columns \`file\`, \`label\`, \`group\`) and 8 kHz WAV files. Labels: human, human-conversation, tts-robocall,
tts-neural, ivr-recorded-voice, music, noise, tone. Groups (speaker, voice, campaign, language) are never split; a third is held out.

## Score at or above ${metadata.threshold.toFixed(3)}, held-out groups, random interjections
| kind of caller | truth | at 6 s | at 12 s |
|---|---|---|---|
${table(kinds, "kind")}

| group | truth | at 6 s | at 12 s |
|---|---|---|---|
${table(groups, "group")}
`;
}
