import { expect, test } from "bun:test";
import { ServerTransaction } from "./server-transaction.ts";

const BYTES = Uint8Array.of(1);

/** The times of what is sent until `untilMs`, and "timeout". */
function run(transaction: ServerTransaction, untilMs: number, now = 0): (number | string)[] {
  const seen: (number | string)[] = [];
  for (;;) {
    for (let output = transaction.poll(); output !== undefined; output = transaction.poll()) {
      seen.push(output.kind === "send" ? now : output.kind);
    }
    now = transaction.deadline();
    if (now > untilMs) return seen;
    transaction.handle(now, { kind: "tick" });
  }
}

function responded(isInvite: boolean, isReliable: boolean, status: number): ServerTransaction {
  const transaction = new ServerTransaction(isInvite, isReliable);
  transaction.handle(0, { kind: "respond", status, bytes: BYTES });
  return transaction;
}

test("a refused INVITE is repeated up to every T2 and given up after 32 s (timers G and H)", () => {
  expect(run(responded(true, false, 486), 40_000)).toEqual([
    ...[0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
    "timeout",
  ]);
  expect(run(responded(true, true, 486), 40_000)).toEqual([0, "timeout"]);
});

test("its ACK stops that and is absorbed for T4 (timer I)", () => {
  const transaction = responded(true, false, 486);
  transaction.handle(100, { kind: "ack" });
  transaction.handle(200, { kind: "ack" });
  transaction.handle(300, { kind: "request" });
  expect(run(transaction, 5099)).toEqual([0]);
  expect(transaction.state).toBe("confirmed");
  run(transaction, 5100);
  expect(transaction.state).toBe("terminated");
});

test("an answered INVITE absorbs its repeats for 32 s (timer L)", () => {
  const transaction = responded(true, false, 200);
  transaction.handle(100, { kind: "request" });
  expect(run(transaction, 31_999)).toEqual([0]);
  expect(transaction.deadline()).toBe(32_000);
});

test("other requests get their final response again for 32 s (timer J), and only the first final counts", () => {
  const transaction = responded(false, false, 200);
  transaction.handle(100, { kind: "request" });
  transaction.handle(200, { kind: "respond", status: 500, bytes: BYTES });
  expect(run(transaction, 31_999).length).toBe(2);
  expect(transaction.deadline()).toBe(32_000);
});
