import type { SipRequest } from "./message.ts";
import { isIpAddress, parseUri } from "./uri.ts";
import type { Flow, TransportName } from "./user-agent-types.ts";
import { sameHost, type Via } from "./via.ts";

/** Where messages go (RFC 3261 section 18, RFC 3581). Names need DNS (RFC 3263): they fall back to the flow at hand. */

const DEFAULT_PORT: Readonly<Record<TransportName, number>> = { udp: 5060, tcp: 5060, tls: 5061 };

/**
 * Section 18.2.2 for responses: the same connection, or over UDP the source address, at the source port when the client
 * asked with `rport`, else at the sent-by port. `maddr` is ignored: it would let anyone aim our responses at a third party.
 */
export function responseFlow(flow: Flow, topVia: Via): Flow {
  if (flow.transport !== "udp" || topVia.params.has("rport")) return flow;
  return { ...flow, port: topVia.port ?? DEFAULT_PORT.udp };
}

/** True when the sender's own Via does not name the address it sent from: its Contact is then no use to us. */
export function isBehindNat(request: SipRequest, flow: Flow): boolean {
  const via = request.vias[0];
  return via !== undefined && isIpAddress(via.host) && !sameHost(via.host, flow.address);
}

/** The way to the host of `uri`, given the flow the dialog has used so far; an open connection to that host is kept. */
export function flowToward(uri: string, flow: Flow): Flow {
  const target = parseUri(uri);
  if (target === undefined || !isIpAddress(target.host)) return flow;
  const written = toTransport(target.params.get("transport"), target.scheme === "sips");
  const transport = written ?? (flow.transport === "udp" ? "udp" : flow.transport);
  if (transport !== "udp" && transport === flow.transport && sameHost(target.host, flow.address)) return flow;
  const port = target.port ?? DEFAULT_PORT[transport];
  return { ...flow, transport, address: target.host, port, connectionId: 0 };
}

function toTransport(name: string | undefined, isSecure: boolean): TransportName | undefined {
  const lower = name?.toLowerCase();
  if (isSecure || lower === "tls") return "tls";
  return lower === "udp" || lower === "tcp" ? lower : undefined;
}
