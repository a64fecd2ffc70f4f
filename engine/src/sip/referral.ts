import type { ServerExchange } from "./exchange.ts";
import type { InDialog } from "./leg-parts.ts";
import { bodyText, type HeaderField, header, headerList, type SipRequest } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import { parseUri } from "./uri.ts";
import { reasonPhrase } from "./write.ts";

/**
 * REFER within one dialog, both ways (RFC 3515, RFC 4488).
 *
 *  theirs     |  accept-refer              |  reject-refer  |  notify-refer 1xx  |  notify-refer final
 *  none       |  -                         |  -             |  -                 |  -
 *  asked      |  reporting: 202, NOTIFY 100|  none: status  |  -                 |  -
 *  reporting  |  -                         |  -             |  NOTIFY            |  none: NOTIFY, terminated
 *
 *  ours       |  refer      |  2xx          |  3xx-6xx, timeout |  NOTIFY            |  NOTIFY final or terminated
 *  none       |  sent       |  -            |  -                |  481               |  481
 *  sent       |  refused    |  sent         |  none             |  sent: 200, event  |  none: 200, event
 */
export class Referrals {
  #asked: ServerExchange | undefined;
  /** The CSeq number of the REFER whose progress is told; `undefined` for none. */
  #reporting: number | undefined;
  #isSent = false;

  constructor(private readonly leg: InDialog) {}

  /** The peer asks us to call somebody. */
  onRefer(now: number, exchange: ServerExchange): void {
    const { request } = exchange;
    const target = parseNameAddr(headerList(request, "refer-to")[0] ?? "");
    if (!this.leg.isEstablished() || this.#asked !== undefined || this.#reporting !== undefined) {
      exchange.respond(now, 500, { headers: [{ name: "retry-after", value: "5" }] });
    } else if (
      target === undefined ||
      parseUri(target.uri) === undefined ||
      headerList(request, "refer-to").length > 1
    ) {
      exchange.respond(now, 400);
    } else {
      this.#asked = exchange;
      const [uri = "", query] = target.uri.split("?", 2);
      this.leg.host.emit({
        kind: "refer",
        leg: this.leg.id,
        target: uri,
        replaces: readQuery(query, "replaces"),
        request,
      });
    }
  }

  accept(now: number): void {
    const exchange = this.#asked;
    if (exchange === undefined) return;
    this.#asked = undefined;
    const { request } = exchange;
    const isSilent = header(request, "refer-sub")?.trim().toLowerCase() === "false";
    const headers = [this.leg.contact(), ...(isSilent ? [{ name: "refer-sub", value: "false" }] : [])];
    exchange.respond(now, 202, { headers });
    if (isSilent) return;
    this.#reporting = request.cseq.number;
    this.notify(now, 100);
  }

  reject(now: number, status: number): void {
    this.#asked?.respond(now, status);
    this.#asked = undefined;
  }

  /** Tells the peer how the call it asked for goes; a final status ends the subscription. */
  notify(now: number, status: number): void {
    const id = this.#reporting;
    if (id === undefined) return;
    if (status >= 200) this.#reporting = undefined;
    const state = status >= 200 ? "terminated;reason=noresource" : `active;expires=${SUBSCRIPTION_S}`;
    const headers: HeaderField[] = [
      this.leg.contact(),
      { name: "event", value: `refer;id=${id}` },
      { name: "subscription-state", value: state },
    ];
    const body = `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`;
    this.leg.request(now, "NOTIFY", { headers, body, contentType: "message/sipfrag;version=2.0" }, (_at, response) => {
      if (response.status === 481) this.#reporting = undefined;
    });
  }

  /** Asks the peer to call `target`. */
  refer(now: number, target: string, extra: readonly HeaderField[]): void {
    const { id, host } = this.leg;
    if (!this.leg.isEstablished() || this.#isSent) {
      host.emit({ kind: "refer-result", leg: id, status: 491 });
      return;
    }
    this.#isSent = true;
    const headers = [
      this.leg.contact(),
      { name: "refer-to", value: `<${target}>` },
      { name: "referred-by", value: `<${this.leg.localUri()}>` },
      ...extra,
    ];
    this.leg.request(now, "REFER", { headers }, (_at, response) => {
      if (response.status >= 300) this.#isSent = false;
      host.emit({ kind: "refer-result", leg: id, status: response.status });
    });
  }

  /** What the peer says of the call that we asked for. */
  onNotify(now: number, exchange: ServerExchange): void {
    const { request } = exchange;
    const [event = ""] = (header(request, "event") ?? "").split(";", 1);
    if (!this.#isSent || event.trim().toLowerCase() !== "refer") {
      exchange.respond(now, this.#isSent ? 489 : 481);
      return;
    }
    exchange.respond(now, 200);
    const status = readFragment(request);
    const isOver = status >= 200 || /^\s*terminated/i.test(header(request, "subscription-state") ?? "");
    if (isOver) this.#isSent = false;
    this.leg.host.emit({ kind: "refer-progress", leg: this.leg.id, status, isOver });
  }

  /** The dialog ends. */
  drop(now: number): void {
    this.reject(now, 487);
    this.#reporting = undefined;
    this.#isSent = false;
  }
}

const SUBSCRIPTION_S = 60;

/** The status of a message/sipfrag body (RFC 3420); 0 when there is none. */
function readFragment(request: SipRequest): number {
  return Number(/^\s*SIP\/2\.0\s+([1-6]\d\d)\b/i.exec(bodyText(request))?.[1] ?? 0);
}

/** A header in the URI of Refer-To: `?Replaces=abc%3Bto-tag...`. */
function readQuery(query: string | undefined, name: string): string | undefined {
  for (const field of (query ?? "").split("&")) {
    const [key = "", value = ""] = field.split("=", 2);
    if (key.toLowerCase() !== name) continue;
    try {
      return decodeURIComponent(value);
    } catch {
      return undefined;
    }
  }
  return undefined;
}
