/**
 * Log-odds that words are a robocall's, from hashed single words and pairs. Weak on purpose: alone it flags half of all real-sounding
 * human openings ("hi this is Kevin, I'm the technician outside"), so it is clamped and never decides.
 */
export const TEXT_BUCKETS = 4096;
/** Words read from the beginning of what was said. */
const MAX_WORDS = 40;
const MAX_SCORE = 3;

export interface TextWeights {
  readonly bias: number;
  /** Per bucket. */
  readonly weights: Float32Array;
}

export function words(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [])
    .slice(0, MAX_WORDS)
    .map((word) => word.replace(/\d/g, "0"));
}

/** Buckets of the words and pairs of neighbours; repeated ones once. FNV-1a. */
export function textBuckets(text: string): number[] {
  const list = words(text);
  const found = new Set<number>();
  for (let i = 0; i < list.length; i++) {
    found.add(bucket(list[i]!));
    if (i > 0) found.add(bucket(`${list[i - 1]} ${list[i]}`));
  }
  return [...found];
}

/** −3..3, mean log-odds scaled up by the square root of the evidence. 0 without words. */
export function textScore(text: string, model: TextWeights): number {
  const buckets = textBuckets(text);
  if (buckets.length === 0) return 0;
  let sum = model.bias;
  for (const k of buckets) sum += model.weights[k]! / Math.sqrt(buckets.length);
  return Math.max(-MAX_SCORE, Math.min(MAX_SCORE, sum));
}

function bucket(term: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) & (TEXT_BUCKETS - 1);
}
