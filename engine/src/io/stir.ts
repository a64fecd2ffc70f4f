import type { SipRequest } from "../sip/message.ts";
import { readCertificates } from "../sip/stir/chain.ts";
import { type StirVerdict, StirVerifier } from "../sip/stir/verify.ts";
import { CertificateStore } from "./certificates.ts";
import { epochMs, monotonicMs } from "./clock.ts";
import { addressesOf } from "./resolve.ts";
import type { SignallingSettings } from "./trunk-file.ts";

/** A caller waits this long for the answer at most; a certificate that is cached costs half a millisecond. */
const MAX_WAIT_MS = 1000;
const TOO_SLOW: StirVerdict = { status: "failed", fault: "timeout", reason: "the check took more than a second" };

/** Checks callers' identities as the settings say. @throws Error when the roots are no certificates. */
export function openStir(
  settings: NonNullable<SignallingSettings["stir"]>,
): (request: SipRequest) => Promise<StirVerdict> {
  const roots = readCertificates(settings.roots);
  if (roots.length === 0) {
    throw new Error("stir.roots names a file without certificates: it must be PEM.");
  }
  const store = new CertificateStore({
    allowedHosts: settings.allowedHosts,
    now: monotonicMs,
    resolve: addressesOf,
  });
  const verifier = new StirVerifier({ roots, fetchCertificate: (url) => store.get(url), nowMs: epochMs });
  return (request) => Promise.race([verifier.verify(request), Bun.sleep(MAX_WAIT_MS).then(() => TOO_SLOW)]);
}
