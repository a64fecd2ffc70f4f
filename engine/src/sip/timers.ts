/** Timer values of RFC 3261 section 17.1.1.1 and table 4, in milliseconds; L and M of RFC 6026. */

/** Round-trip estimate. */
export const T1_MS = 500;
/** Longest retransmission interval of non-INVITE requests and INVITE responses. */
export const T2_MS = 4000;
/** How long a message can stay in the network. */
export const T4_MS = 5000;

/** B, F, H, J, L, M: the life of a transaction without an answer, or of one that absorbs repeats. */
export const TRANSACTION_LIFE_MS = 64 * T1_MS;

/** D: how long an INVITE client transaction re-acknowledges a refusal (at least 32 s over UDP). */
export function timerD(isReliable: boolean): number {
  return isReliable ? 0 : TRANSACTION_LIFE_MS;
}

/** I and K: how long repeats of the ACK, or of the final response, are absorbed. */
export function timerIK(isReliable: boolean): number {
  return isReliable ? 0 : T4_MS;
}

/** J: how long a non-INVITE server transaction answers repeats. */
export function timerJ(isReliable: boolean): number {
  return isReliable ? 0 : TRANSACTION_LIFE_MS;
}
