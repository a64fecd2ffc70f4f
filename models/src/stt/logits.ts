/** Arithmetic on one row of a decoder's output (one value per token of the vocabulary, natural-log scale before normalisation). */

/** Log of the sum of exponentials: subtract it from a logit to get the log-probability. */
export function logSumExp(logits: Float32Array, from: number, size: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + size; i++) if (logits[i]! > max) max = logits[i]!;
  if (max === Number.NEGATIVE_INFINITY) return max;
  let sum = 0;
  for (let i = from; i < from + size; i++) sum += Math.exp(logits[i]! - max);
  return max + Math.log(sum);
}

/** Makes every token impossible that `allowed` does not list. */
export function maskTo(logits: Float32Array, from: number, size: number, allowed: ReadonlySet<number>): void {
  for (let i = 0; i < size; i++) if (!allowed.has(i)) logits[from + i] = Number.NEGATIVE_INFINITY;
}

/** The `count` most probable tokens of a row, best first. Linear for small counts. */
export function topTokens(logits: Float32Array, from: number, size: number, count: number): number[] {
  const best: number[] = [];
  for (let token = 0; token < size; token++) {
    const value = logits[from + token]!;
    if (value === Number.NEGATIVE_INFINITY) continue;
    if (best.length === count && value <= logits[from + best[count - 1]!]!) continue;
    let at = best.length;
    while (at > 0 && logits[from + best[at - 1]!]! < value) at--;
    best.splice(at, 0, token);
    if (best.length > count) best.pop();
  }
  return best;
}
