/** One-time tickets for browsers, which cannot send an Authorization header with a WebSocket. In memory: they live a minute and in one api process. */
import { randomBytes } from "node:crypto";
import type { Principal } from "../auth.ts";

export const TICKET_LIFE_MS = 60_000;
const MAX_TICKETS = 10_000;

/** 192 random bits. */
export function randomTicket(): string {
  return randomBytes(24).toString("base64url");
}

export class LiveTickets {
  readonly #tickets = new Map<string, { readonly who: Principal; readonly expiresMs: number }>();

  /** A ticket that opens what `who` may open, once. The oldest is forgotten when there are too many. */
  issue(who: Principal, nowMs: number): { ticket: string; expiresMs: number } {
    this.#expire(nowMs);
    const [oldest] = this.#tickets.keys();
    if (this.#tickets.size >= MAX_TICKETS && oldest !== undefined) this.#tickets.delete(oldest);
    const ticket = randomTicket();
    const expiresMs = nowMs + TICKET_LIFE_MS;
    this.#tickets.set(ticket, { who, expiresMs });
    return { ticket, expiresMs };
  }

  /** Whose ticket it was; `undefined` for one that is unknown, used or expired. */
  redeem(ticket: string, nowMs: number): Principal | undefined {
    const found = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    return found && found.expiresMs > nowMs ? found.who : undefined;
  }

  #expire(nowMs: number): void {
    for (const [ticket, { expiresMs }] of this.#tickets) if (expiresMs <= nowMs) this.#tickets.delete(ticket);
  }
}
