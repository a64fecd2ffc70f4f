/** `bun flood.ts PORT PACKETS_PER_SECOND SECONDS`: damaged SIP and noise to 127.0.0.1, evenly. Prints how much went out. */
import { openUdp } from "../../src/io/udp.ts";
import { Mutator } from "../fuzz/mutate.ts";
import messages from "../torture/rfc4475.json";

const [port = 0, packetsPerSecond = 10_000, seconds = 10] = process.argv.slice(2).map(Number);
const corpus = Object.values(messages).map((text) => Uint8Array.from(Buffer.from(text, "latin1")));
const mutator = new Mutator(5, corpus, ["\r\n", ";", "<", '"']);
const garbage = Array.from({ length: 2000 }, () => mutator.next().slice(0, 1400));
const socket = await openUdp({ host: "127.0.0.1", port: 0, onPacket: () => {} });
const startedAt = performance.now();
let sent = 0;
for (let elapsedMs = 0; elapsedMs < seconds * 1000; elapsedMs = performance.now() - startedAt) {
  for (const due = (elapsedMs / 1000) * packetsPerSecond; sent < due; sent++) {
    socket.send(garbage[sent % garbage.length]!, port, "127.0.0.1");
  }
  await Bun.sleep(1);
}
socket.close();
console.log(String(sent));
