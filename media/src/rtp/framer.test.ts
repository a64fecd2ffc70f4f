import { expect, test } from "bun:test";
import { Framer } from "./framer.ts";

test("every packet length carries the same samples in order", () => {
  for (const ptimeMs of [10, 20, 30, 40, 50, 60]) {
    const framer = new Framer();
    const sent: number[] = [];
    for (let frame = 0; frame < 30; frame++) {
      framer.push(Int16Array.from({ length: 160 }, (_, i) => frame * 160 + i));
      for (let packet = framer.take(ptimeMs); packet; packet = framer.take(ptimeMs)) {
        expect(packet.length).toBe(ptimeMs * 8);
        sent.push(...packet);
      }
    }
    expect(sent.every((value, n) => value === n)).toBe(true);
    expect(sent.length + framer.drop()).toBe(4800);
  }
});
