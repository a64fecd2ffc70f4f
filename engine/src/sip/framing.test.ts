import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { invite, request } from "../../test/sip/harness.ts";
import { type Frame, StreamFramer } from "./framing.ts";

const encoder = new TextEncoder();

function frames(framer: StreamFramer): Frame[] {
  const all: Frame[] = [];
  for (let frame = framer.next(); frame !== undefined; frame = framer.next()) all.push(frame);
  return all;
}

function feed(chunks: readonly (string | Uint8Array)[]): string[] {
  const framer = new StreamFramer();
  return chunks.flatMap((chunk) => {
    framer.push(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
    return frames(framer).map((frame) =>
      frame.kind === "message" ? new TextDecoder().decode(frame.bytes) : frame.kind,
    );
  });
}

describe("a stream", () => {
  test("gives its messages wherever it is cut", () => {
    const stream = encoder.encode(`${invite()}\r\n\r\n${request("BYE")}${request("OPTIONS")}`);
    const expected = [invite(), "ping", request("BYE"), request("OPTIONS")];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        const chunks: Uint8Array[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length]!;
          chunks.push(stream.subarray(at, at + size));
          at += size;
        }
        expect(feed(chunks)).toEqual(expected);
      }),
    );
  });

  test("pings even when its line ends come one by one", () => {
    expect(feed(["\r", "\n", "\r", "\n", request("BYE")])).toEqual(["ping", request("BYE")]);
  });

  test("takes the compact Content-Length", () => {
    const text = request("BYE").replace("Content-Length: 0", "l : 3");
    expect(feed([`${text}abc`])).toEqual([`${text}abc`]);
  });

  const broken: [string, string][] = [
    ["without Content-Length", request("BYE").replace(/Content-Length: 0\r\n/, "")],
    ["with a Content-Length that is no number", request("BYE").replace("Content-Length: 0", "Content-Length: x")],
    ["with a body over 64 kB", request("BYE").replace("Content-Length: 0", "Content-Length: 70000")],
    ["with headers over 64 kB", "X: y\r\n".repeat(12_000)],
  ];
  for (const [name, text] of broken) {
    test(`${name} is broken, and stays so`, () => expect(feed([text, invite()])).toEqual(["broken"]));
  }
});
