/**
 * As much of the ONNX file format (protobuf) as it takes to read a model's weights and to write a model of our own. Field numbers are those of onnx.proto, IR 8.
 */
const VARINT = 0;
const BYTES = 2;
const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 8n;

export interface Weight {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

/** The graph's float32 initializers by name. @throws RangeError when the file ends early or is no protobuf. */
export function readWeights(model: Uint8Array): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  for (const [field, value] of fields(model)) {
    if (field !== 7 || typeof value === "bigint") continue;
    for (const [inner, tensor] of fields(value)) {
      if (inner === 5 && typeof tensor !== "bigint") readTensor(tensor, weights);
    }
  }
  return weights;
}

function readTensor(bytes: Uint8Array, into: Map<string, Weight>): void {
  const dims: number[] = [];
  let name = "";
  let type = 0n;
  let raw = new Uint8Array(0);
  for (const [field, value] of fields(bytes)) {
    if (field === 1) dims.push(...(typeof value === "bigint" ? [Number(value)] : [...varints(value)].map(Number)));
    else if (field === 2 && typeof value === "bigint") type = value;
    else if (typeof value === "bigint") continue;
    else if (field === 8) name = new TextDecoder().decode(value);
    else if (field === 9) raw = new Uint8Array(value);
  }
  if (type === BigInt(FLOAT) && raw.length > 0) into.set(name, { dims, values: new Float32Array(raw.buffer) });
}

function* fields(bytes: Uint8Array): Generator<readonly [field: number, value: bigint | Uint8Array]> {
  const reader = { at: 0 };
  while (reader.at < bytes.length) {
    const key = Number(readVarint(bytes, reader));
    const wire = key & 7;
    if (wire === VARINT) yield [key >> 3, readVarint(bytes, reader)];
    else {
      const length = wire === BYTES ? Number(readVarint(bytes, reader)) : wire === 5 ? 4 : 8;
      if (reader.at + length > bytes.length) throw new RangeError("the model file ends within a field");
      yield [key >> 3, bytes.subarray(reader.at, reader.at + length)];
      reader.at += length;
    }
  }
}

function* varints(bytes: Uint8Array): Generator<bigint> {
  const reader = { at: 0 };
  while (reader.at < bytes.length) yield readVarint(bytes, reader);
}

function readVarint(bytes: Uint8Array, reader: { at: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[reader.at++];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new RangeError("the model file holds a number without an end");
}

type Attribute = number | string | readonly number[];

/** Collects nodes and weights; `bytes()` is the model. Every method that adds a node returns the name of its output. */
export class ModelWriter {
  readonly #nodes: Uint8Array[] = [];
  readonly #initializers: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  #count = 0;

  input(name: string, type: "float32" | "int64", dims: readonly (number | string)[]): string {
    this.#inputs.push(valueInfo(name, type === "float32" ? FLOAT : INT64, dims));
    return name;
  }

  output(name: string, dims: readonly (number | string)[]): void {
    this.#outputs.push(valueInfo(name, FLOAT, dims));
  }

  floats(values: Float32Array, dims: readonly number[]): string {
    return this.#initializer(FLOAT, dims, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  ints(values: readonly number[]): string {
    return this.#initializer(INT64, [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  /** `output` names the result where the graph's own output needs its name. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output?: string,
  ): string {
    return this.nodes(op, inputs, 1, attributes, output)[0]!;
  }

  nodes(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    named?: string,
  ): string[] {
    const names = Array.from({ length: outputs }, () => named ?? `t${this.#count++}`);
    this.#nodes.push(
      concat([
        ...inputs.map((input) => text(1, input)),
        ...names.map((name) => text(2, name)),
        text(4, op),
        ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
      ]),
    );
    return names;
  }

  bytes(opset: number): Uint8Array {
    const graph = concat([
      ...this.#nodes.map((node) => message(1, node)),
      text(2, "graph"),
      ...this.#initializers.map((tensor) => message(5, tensor)),
      ...this.#inputs.map((info) => message(11, info)),
      ...this.#outputs.map((info) => message(12, info)),
    ]);
    const imported = concat([text(1, ""), integer(2, BigInt(opset))]);
    return concat([integer(1, IR_VERSION), message(7, graph), message(8, imported)]);
  }

  #initializer(type: number, dims: readonly number[], raw: Uint8Array): string {
    const name = `w${this.#count++}`;
    this.#initializers.push(
      concat([...dims.map((dim) => integer(1, BigInt(dim))), integer(2, BigInt(type)), text(8, name), message(9, raw)]),
    );
    return name;
  }
}

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === "number") return concat([text(1, name), integer(3, BigInt(value)), integer(20, 2n)]);
  if (typeof value === "string") return concat([text(1, name), text(4, value), integer(20, 3n)]);
  return concat([text(1, name), ...value.map((item) => integer(8, BigInt(item))), integer(20, 7n)]);
}

function valueInfo(name: string, type: number, dims: readonly (number | string)[]): Uint8Array {
  const shape = concat(dims.map((dim) => message(1, typeof dim === "number" ? integer(1, BigInt(dim)) : text(2, dim))));
  const tensor = concat([integer(1, BigInt(type)), message(2, shape)]);
  return concat([text(1, name), message(2, message(1, tensor))]);
}

const integer = (field: number, value: bigint) => concat([varint(BigInt(field << 3)), varint(value)]);
const text = (field: number, value: string) => message(field, new TextEncoder().encode(value));
const message = (field: number, bytes: Uint8Array) =>
  concat([varint(BigInt((field << 3) | BYTES)), varint(BigInt(bytes.length)), bytes]);

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 0x80n) return Uint8Array.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
