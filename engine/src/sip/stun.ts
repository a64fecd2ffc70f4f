/** STUN Binding (RFC 8489): asks a server under which address it sees us. Only what IPv4 and IPv6 behind NAT need. */

const MAGIC_COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const MAPPED_ADDRESS = 0x0001;
const XOR_MAPPED_ADDRESS = 0x0020;
const HEADER_BYTES = 20;

export interface MappedAddress {
  readonly address: string;
  readonly port: number;
}

/** `transactionId`: 12 random bytes. */
export function writeBindingRequest(transactionId: Uint8Array): Uint8Array {
  const message = new Uint8Array(HEADER_BYTES);
  const view = new DataView(message.buffer);
  view.setUint16(0, BINDING_REQUEST);
  view.setUint32(4, MAGIC_COOKIE);
  message.set(transactionId.subarray(0, 12), 8);
  return message;
}

/** `undefined` for anything but a success answer to this transaction with an address in it. */
export function readBindingResponse(bytes: Uint8Array, transactionId: Uint8Array): MappedAddress | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isAnswer = view.getUint16(0) === BINDING_SUCCESS && view.getUint32(4) === MAGIC_COOKIE;
  if (!isAnswer || !transactionId.every((byte, index) => bytes[8 + index] === byte)) return undefined;
  const end = Math.min(bytes.length, HEADER_BYTES + view.getUint16(2));
  let plain: MappedAddress | undefined;
  for (let at = HEADER_BYTES; at + 4 <= end; ) {
    const type = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (at + 4 + length > end) return plain;
    if (type === XOR_MAPPED_ADDRESS) return readAddress(value, bytes.subarray(4, HEADER_BYTES)) ?? plain;
    if (type === MAPPED_ADDRESS) plain ??= readAddress(value, undefined);
    at += 4 + ((length + 3) & ~3);
  }
  return plain;
}

/** `mask`: the cookie and transaction id that XOR-MAPPED-ADDRESS is covered with. */
function readAddress(value: Uint8Array, mask: Uint8Array | undefined): MappedAddress | undefined {
  const size = value[1] === 1 ? 4 : value[1] === 2 ? 16 : 0;
  if (size === 0 || value.length < 4 + size) return undefined;
  const plain = value.slice(2, 4 + size);
  if (mask !== undefined) {
    for (let i = 0; i < 2; i++) plain[i]! ^= mask[i]!;
    for (let i = 0; i < size; i++) plain[2 + i]! ^= mask[i]!;
  }
  return { address: formatAddress(plain.subarray(2)), port: plain[0]! * 256 + plain[1]! };
}

function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) =>
    (bytes[index * 2]! * 256 + bytes[index * 2 + 1]!).toString(16),
  );
  return groups.join(":");
}
