import { describe, expect, test } from "bun:test";
import { parsed, parsedResponse, request, respond } from "../../test/sip/harness.ts";
import { ClientTransaction } from "./client-transaction.ts";

const BYTES = new TextEncoder().encode(request("BYE"));
const SENT = parsed(BYTES);

function start(method: string, isReliable = false): ClientTransaction {
  const transaction = new ClientTransaction({ method, request: BYTES, isReliable, makeAck: () => Uint8Array.of(1) });
  transaction.handle(0, { kind: "start" });
  return transaction;
}

/** Runs the timers until `untilMs`; the times of what was sent, and the other outputs by name. */
function run(transaction: ClientTransaction, untilMs: number, now = 0): (number | string)[] {
  const seen: (number | string)[] = [];
  const drain = () => {
    for (let output = transaction.poll(); output !== undefined; output = transaction.poll()) {
      seen.push(output.kind === "send" ? now : output.kind);
    }
  };
  drain();
  for (let at = transaction.deadline(); at <= untilMs; at = transaction.deadline()) {
    now = at;
    transaction.handle(now, { kind: "tick" });
    drain();
  }
  return seen;
}

function response(status: number) {
  if (SENT.kind !== "request") throw new Error("not a request");
  return { kind: "response", response: parsedResponse(respond(SENT, status)) } as const;
}

describe("a client transaction other than INVITE", () => {
  test("repeats at growing intervals up to T2 and times out after 32 s (timers E and F)", () => {
    const transaction = start("BYE");
    expect(run(transaction, 40_000)).toEqual([
      ...[0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
      "timeout",
    ]);
    expect(transaction.state).toBe("terminated");
  });

  test("repeats every T2 after a 1xx", () => {
    const transaction = start("BYE");
    run(transaction, 400);
    transaction.handle(400, response(100));
    expect(run(transaction, 9000, 400)).toEqual(["response", 500, 4500, 8500]);
  });

  test("absorbs repeats of the final response for T4 (timer K), and none on a stream", () => {
    const transaction = start("BYE");
    transaction.handle(100, response(200));
    transaction.handle(200, response(200));
    expect(run(transaction, 5099, 200)).toEqual([200, "response"]);
    expect(transaction.state).toBe("completed");
    run(transaction, 5100);
    expect(transaction.state).toBe("terminated");
    const reliable = start("BYE", true);
    expect(run(reliable, 31_999)).toEqual([0]);
    reliable.handle(32_000, response(200));
    expect(reliable.deadline()).toBe(32_000);
  });
});

describe("an INVITE client transaction", () => {
  test("doubles its interval without a cap (timer A)", () => {
    expect(run(start("INVITE"), 31_999)).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
  });

  test("acknowledges each repeat of a refusal for 32 s (timer D)", () => {
    const transaction = start("INVITE");
    transaction.handle(100, response(486));
    transaction.handle(200, response(486));
    expect(run(transaction, 32_099, 200)).toEqual([200, "response", 200, 200]);
    expect(transaction.state).toBe("completed");
    run(transaction, 32_100);
    expect(transaction.state).toBe("terminated");
  });

  test("passes every repeat of the 2xx on for 32 s (timer M)", () => {
    const transaction = start("INVITE");
    for (const at of [100, 600, 1600]) transaction.handle(at, response(200));
    expect(run(transaction, 32_099, 1600)).toEqual([1600, "response", "response", "response"]);
    expect(transaction.deadline()).toBe(32_100);
  });
});
