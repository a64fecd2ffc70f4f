/**
 * What a listener would say of a call, from its figures: the E-model (ITU-T G.107) with everything at its default but delay and loss. An estimate: it hears
 * nothing, and knows nothing of noise, echo or level.
 */

/** R of a perfect narrowband call, G.107 section 7.7. */
const R_DEFAULT = 93.2;
/** Packet-loss robustness of G.711 with concealment, G.113 appendix I table I.4. */
const LOSS_ROBUSTNESS = 25.1;
/** From this mouth-to-ear delay on, talkers get in each other's way: G.107 as simplified by Cole and Rosenbluth. */
const NOTICED_DELAY_MS = 177.3;

/** @param lossShare lost or too late, 0..1. @param delayMs one way, mouth to ear. @returns 0..93.2. */
export function rFactor(lossShare: number, delayMs: number): number {
  const lossPercent = 100 * Math.min(1, Math.max(0, lossShare));
  const byLoss = (95 * lossPercent) / (lossPercent + LOSS_ROBUSTNESS);
  const byDelay = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - NOTICED_DELAY_MS);
  return Math.max(0, R_DEFAULT - byLoss - byDelay);
}

/** Mean opinion score, 1 (bad) to 4.41: G.107 annex B. */
export function mosOf(r: number): number {
  if (r <= 0) return 1;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}
