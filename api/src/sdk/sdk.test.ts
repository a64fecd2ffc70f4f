import { describe, expect, test } from "bun:test";
import { signatureHeaders } from "../webhooks/sign.ts";
import { receive, SignatureError, UnknownEventError, verify } from "./index.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const other = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
const event = {
  id: "evt_01M85DTWJDMR3S5HEYS9Y8NZ7M",
  type: "ping",
  created_at: "2026-11-23T04:00:00.000Z",
  livemode: false,
  data: { webhook_id: "whk_01M85DTWJDMR3S5HEYS9Y8NZ7M" },
};
const body = JSON.stringify(event);
const signed = (text = body, atMs = Date.now()) => signatureHeaders(secret, event.id, atMs, text);

describe("the consumer's helper", () => {
  test("takes Headers and plain objects, one secret or two in rotation", () => {
    expect(receive(body, new Headers(signed()), secret)).toEqual(event as never);
    expect(receive(body, signed(), [other, secret])).toEqual(event as never);
  });

  test("refuses changed bytes, another id, another secret, an old or future time, missing headers", () => {
    const headers = signed();
    const cases: (() => void)[] = [
      () => verify(body.replace("false", "true"), headers, secret),
      () => verify(body, { ...headers, "webhook-id": "evt_x" }, secret),
      () => verify(body, headers, other),
      () => verify(body, headers, []),
      () => verify(body, signed(body, Date.now() - 360_000), secret),
      () => verify(body, signed(body, Date.now() + 360_000), secret),
      () => verify(body, { ...headers, "webhook-timestamp": "NaN" }, secret),
      () => verify(body, {}, secret),
    ];
    for (const attempt of cases) expect(attempt).toThrow(SignatureError);
  });

  test("tells ours but unknown from forged", () => {
    for (const text of [JSON.stringify({ ...event, type: "call.teleported" }), "not json"]) {
      expect(() => receive(text, signed(text), secret)).toThrow(UnknownEventError);
    }
  });
});
