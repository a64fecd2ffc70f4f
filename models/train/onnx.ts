/**
 * Writes an `Mlp` as an ONNX file (opset 13): Gemm, Relu, …, Gemm, then Sigmoid or Softmax. Protobuf by hand: every field is a key
 * (number × 8 + wire type), then a varint or length-prefixed bytes. Field numbers are those of onnx.proto3.
 */
import type { Mlp } from "../src/robocall/mlp.ts";

const FLOAT = 1;
const IR_VERSION = 8;
const OPSET = 13;

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
const number = (field: number, value: number) => join(varint(field * 8), varint(value));
const bytes = (field: number, value: Uint8Array) => join(varint(field * 8 + 2), varint(value.length), value);
const text = (field: number, value: string) => bytes(field, new TextEncoder().encode(value));

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9. */
function tensor(name: string, dims: readonly number[], data: Float32Array): Uint8Array {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return join(...dims.map((dim) => number(1, dim)), number(2, FLOAT), text(8, name), bytes(9, raw));
}

/** NodeProto: input 1, output 2, op_type 4. */
function node(type: string, inputs: readonly string[], output: string): Uint8Array {
  return join(...inputs.map((input) => text(1, input)), text(2, output), text(4, type));
}

/** ValueInfoProto of [batch, width]: name 1, type 2 (tensor 1: elem_type 1, shape 2 of dims 1: value 1 or name 2). */
function rows(name: string, width: number): Uint8Array {
  const shape = join(bytes(1, text(2, "batch")), bytes(1, number(1, width)));
  return join(text(1, name), bytes(2, bytes(1, join(number(1, FLOAT), bytes(2, shape)))));
}

/** Input `features` [batch, n] and output `probabilities` [batch, m], both float32. */
export function writeOnnx(mlp: Mlp, name: string): Uint8Array {
  const nodes: Uint8Array[] = [];
  const tensors: Uint8Array[] = [];
  let value = "features";
  mlp.layers.forEach(({ inputs, outputs, weights, bias }, index) => {
    tensors.push(tensor(`w${index}`, [inputs, outputs], weights), tensor(`b${index}`, [outputs], bias));
    nodes.push(node("Gemm", [value, `w${index}`, `b${index}`], `z${index}`));
    value = `z${index}`;
    if (index === mlp.layers.length - 1) return;
    nodes.push(node("Relu", [value], `a${index}`));
    value = `a${index}`;
  });
  nodes.push(node(mlp.output === "sigmoid" ? "Sigmoid" : "Softmax", [value], "probabilities"));
  // GraphProto: node 1, name 2, initializer 5, input 11, output 12.
  const graph = join(
    ...nodes.map((each) => bytes(1, each)),
    text(2, name),
    ...tensors.map((each) => bytes(5, each)),
    bytes(11, rows("features", mlp.layers[0]!.inputs)),
    bytes(12, rows("probabilities", mlp.layers.at(-1)!.outputs)),
  );
  // ModelProto: ir_version 1, producer_name 2, graph 7, opset_import 8 (version 2).
  return join(number(1, IR_VERSION), text(2, "sk-voice"), bytes(7, graph), bytes(8, number(2, OPSET)));
}
