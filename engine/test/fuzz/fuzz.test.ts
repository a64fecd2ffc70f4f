import { expect, test } from "bun:test";
import { fuzzRtcp, fuzzRtp, fuzzSdp, fuzzSip } from "./run.ts";

/** 20,000 inputs for each parser; `SK_FUZZ=1000000 bun test engine/test/fuzz` for the long run. A failure prints its seed. */

const COUNT = Number(process.env["SK_FUZZ"] ?? 20_000);
const SEED = Number(process.env["SK_SEED"] ?? 20_261_125);
const TIMEOUT_MS = 30_000 + COUNT;
/** Inputs whose heap growth is measured, after a first part has warmed everything up. */
const HEAP_LIMIT_MB = 64;

for (const [name, fuzz] of Object.entries({ SIP: fuzzSip, SDP: fuzzSdp, RTP: fuzzRtp, RTCP: fuzzRtcp })) {
  test(
    `${COUNT} damaged ${name} inputs, seed ${SEED}: a value or the one error, nothing left, no growth`,
    () => {
      fuzz(SEED + 1, Math.ceil(COUNT / 10));
      Bun.gc(true);
      const before = process.memoryUsage().heapUsed;
      const { accepted } = fuzz(SEED, COUNT);
      Bun.gc(true);
      const grownMb = (process.memoryUsage().heapUsed - before) / 1e6;
      console.log(`  ${name}: ${COUNT} inputs, ${accepted} understood, heap ${grownMb.toFixed(1)} MB larger`);
      expect(accepted).toBeGreaterThan(COUNT / 100);
      expect(accepted).toBeLessThan(COUNT);
      expect(grownMb).toBeLessThan(HEAP_LIMIT_MB);
    },
    TIMEOUT_MS,
  );
}
