/** A receiver for the caller's own webhooks: registers itself with the api, verifies what arrives with the specification's library, and leaves again. */
import { Webhook } from "standardwebhooks";
import { z } from "zod";

export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
  /** The signature was good. */
  readonly verified: boolean;
}

export interface WebhookReceiver {
  readonly events: readonly ReceivedEvent[];
  close(): Promise<void>;
}

const Endpoint = z.object({ id: z.string(), secret: z.string() });
const Envelope = z.object({ id: z.string(), type: z.string(), data: z.record(z.string(), z.unknown()) });

export const EVENT_TYPES = ["call.started", "call.completed", "call.message_taken", "appointment.booked"] as const;

/** @throws Error with the api's answer when it refuses the endpoint. */
export async function receiveWebhooks(
  api: { readonly url: string; readonly key: string },
  onEvent: (event: ReceivedEvent) => void,
): Promise<WebhookReceiver> {
  const events: ReceivedEvent[] = [];
  let verifier: Webhook | undefined;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const body = await request.text();
      const { id, type, data } = Envelope.parse(JSON.parse(body));
      const event = { id, type, data, verified: verifies(verifier, body, request.headers) };
      if (!events.some((known) => known.id === id)) {
        events.push(event);
        onEvent(event);
      }
      return new Response(null, { status: event.verified ? 204 : 400 });
    },
  });
  const headers = { authorization: `Bearer ${api.key}`, "content-type": "application/json" };
  const created = await fetch(`${api.url}/voice/v1/webhooks`, {
    method: "POST",
    headers,
    body: JSON.stringify({ url: `http://127.0.0.1:${server.port}/hooks`, events: EVENT_TYPES }),
  });
  if (!created.ok) throw new Error(`the api refused the webhook: ${created.status} ${await created.text()}`);
  const endpoint = Endpoint.parse(await created.json());
  verifier = new Webhook(endpoint.secret);
  return {
    events,
    close: async () => {
      await fetch(`${api.url}/voice/v1/webhooks/${endpoint.id}`, { method: "DELETE", headers });
      await server.stop(true);
    },
  };
}

function verifies(verifier: Webhook | undefined, body: string, headers: Headers): boolean {
  try {
    verifier?.verify(body, Object.fromEntries(headers));
    return verifier !== undefined;
  } catch {
    return false;
  }
}
