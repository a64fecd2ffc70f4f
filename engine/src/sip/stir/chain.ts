import { X509Certificate } from "node:crypto";

/** The chain of a certificate for telephone numbers (RFC 8226): leaf first, up to a root that the operator trusts. */

/** TNAuthList, 1.3.6.1.5.5.7.1.26, as DER. */
const TN_AUTH_LIST = Buffer.from([0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1a]);
/** A chain has three or four, the STI-PA's list of roots some twenty. */
const MAX_CERTIFICATES = 100;

export function readCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.slice(0, MAX_CERTIFICATES).map((block) => new X509Certificate(block));
}

/** Why the chain is not to be believed at `nowMs` (wall clock); `undefined` when it is. */
export function findChainFault(
  chain: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  nowMs: number,
): string | undefined {
  const [leaf, ...rest] = chain;
  if (leaf === undefined) return "there is no certificate at x5u";
  if (!leaf.raw.includes(TN_AUTH_LIST)) return "the certificate is not one for telephone numbers (no TNAuthList)";
  if (leaf.ca) return "the certificate of the signer is an authority's";
  let current = leaf;
  for (const candidate of [...rest, undefined]) {
    if (!isValidAt(current, nowMs)) return "a certificate of the chain has expired or is not yet valid";
    const root = roots.find((each) => isIssuedBy(current, each));
    if (root !== undefined) return isValidAt(root, nowMs) ? undefined : "the trusted root has expired";
    if (candidate === undefined || !isIssuedBy(current, candidate)) break;
    current = candidate;
  }
  return "the chain does not lead to a trusted root";
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isValidAt(certificate: X509Certificate, nowMs: number): boolean {
  return Date.parse(certificate.validFrom) <= nowMs && nowMs <= Date.parse(certificate.validTo);
}
