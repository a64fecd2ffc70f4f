import { expect, test } from "bun:test";
import fc from "fast-check";
import { readBindingResponse, writeBindingRequest } from "./stun.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
/** Transaction of the sample messages of RFC 5769. */
const TRANSACTION = hex("b7e7a701 bc34d686 fa87dfae");

/** RFC 5769 section 2.2, without its MESSAGE-INTEGRITY and FINGERPRINT. */
const IPV4 = hex(
  `0101 0024 2112a442 b7e7a701bc34d686fa87dfae 8022 000b 7465737420766563746f7220
   0020 0008 0001 a147 e112a643 0000 0000 0000 0000`,
);
/** RFC 5769 section 2.3. */
const IPV6 = hex(
  `0101 0030 2112a442 b7e7a701bc34d686fa87dfae 8022 000b 7465737420766563746f7220
   0020 0014 0002 a147 0113a9faa5d3f179bc25f4b5bed2b9d9 0000 0000 0000 0000`,
);

test("reads the sample answers of RFC 5769", () => {
  expect(readBindingResponse(IPV4, TRANSACTION)).toEqual({ address: "192.0.2.1", port: 32853 });
  expect(readBindingResponse(IPV6, TRANSACTION)).toEqual({
    address: "2001:db8:1234:5678:11:2233:4455:6677",
    port: 32853,
  });
});

test("an answer to somebody else's request, or cut short, is none", () => {
  expect(readBindingResponse(IPV4, hex("00".repeat(12)))).toBeUndefined();
  for (let length = 0; length < 48; length++) {
    expect(readBindingResponse(IPV4.subarray(0, length), TRANSACTION)).toBeUndefined();
  }
});

test("a request is 20 bytes with the cookie and the transaction", () => {
  expect(Buffer.from(writeBindingRequest(TRANSACTION)).toString("hex")).toBe(
    "000100002112a442b7e7a701bc34d686fa87dfae",
  );
});

test("never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (rest) => {
      readBindingResponse(Uint8Array.from([...IPV4.subarray(0, 20), ...rest]), TRANSACTION);
    }),
  );
});
