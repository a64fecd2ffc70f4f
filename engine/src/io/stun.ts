import { randomBytes } from "node:crypto";
import { readBindingResponse, writeBindingRequest } from "../sip/stun.ts";
import { resolveTarget } from "./resolve.ts";
import { openUdp } from "./udp.ts";

/** RFC 8489 section 6.2.1: repeated at 0.5, 1.5, 3.5 s. */
const RETRY_MS = [500, 1000, 2000, 2000] as const;

/**
 * Our address as the STUN server `host:port` sees it. Only the address is used: ports are written as they are bound, so the NAT
 * must keep them (a static mapping, or a cloud's 1:1 address).
 * @throws Error when no answer comes in 5.5 s.
 */
export async function externalAddress(server: string, bindHost: string): Promise<string> {
  const target = await resolveTarget(`sip:${server}`, 3478);
  const transactionId = randomBytes(12);
  const request = writeBindingRequest(transactionId);
  let found: ((address: string) => void) | undefined;
  const answer = new Promise<string>((resolve) => {
    found = resolve;
  });
  const socket = await openUdp({
    host: bindHost,
    port: 0,
    onPacket: (bytes) => {
      const mapped = readBindingResponse(bytes, transactionId);
      if (mapped !== undefined) found?.(mapped.address);
    },
  });
  try {
    for (const waitMs of RETRY_MS) {
      socket.send(request, target.port, target.address);
      const address = await Promise.race([answer, Bun.sleep(waitMs)]);
      if (address !== undefined) return address;
    }
  } finally {
    socket.close();
  }
  throw new Error(`The STUN server ${server} does not answer: check SK_STUN_SERVER, or set SK_EXTERNAL_ADDRESS.`);
}
