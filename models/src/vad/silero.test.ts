import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  createState,
  keepContext,
  packInput,
  packState,
  SILERO_V4,
  SILERO_V6,
  stateSize,
  unpackState,
} from "./silero.ts";

test("state sizes: 1.1 kB per call for v6", () => {
  expect(stateSize(SILERO_V6)).toBe(2 * 128 + 32);
  expect(stateSize(SILERO_V4)).toBe(4 * 64);
});

test("packing and unpacking a batch of states is the identity, for any batch and offset", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(SILERO_V4, SILERO_V6),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 3 }),
      (layout, count, from) => {
        const states = Array.from({ length: from + count }, (_, i) => {
          const state = createState(layout);
          for (let k = 0; k < state.data.length; k++) state.data[k] = i * 1000 + k;
          return state;
        });
        const before = states.map((state) => state.data.slice());
        layout.stateTensors.forEach(({ width }, index) => {
          const tensor = new Float32Array(2 * count * width);
          packState(layout, index, states, from, count, tensor);
          // [layer, call, unit]: the second layer of the first call stands after the first layer of all calls.
          expect(tensor[count * width]).toBe(from * 1000 + index * 2 * width + width);
          for (const state of states.slice(from)) state.data.fill(-1, index * 2 * width, (index + 1) * 2 * width);
          unpackState(layout, index, states, from, count, tensor);
        });
        expect(states.map((state) => state.data)).toEqual(before);
      },
    ),
  );
});

test("the end of a window is in front of the next one", () => {
  const states = [createState(SILERO_V6), createState(SILERO_V6)];
  const windows = Float32Array.from({ length: 512 }, (_, i) => i);
  keepContext(SILERO_V6, windows, states, 0, 2);
  const input = new Float32Array(2 * 288);
  packInput(SILERO_V6, windows, states, 0, 2, input);
  expect(input[0]).toBe(256 - 32);
  expect(input[31]).toBe(255);
  expect(input[32]).toBe(0);
  expect(input[288]).toBe(512 - 32);
  expect(input[288 + 32]).toBe(256);
});
