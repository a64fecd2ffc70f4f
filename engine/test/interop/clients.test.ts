import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cell, prepareMatrix, printMatrix, runCell } from "./matrix.ts";

/** Three cells of the matrix of real clients; `bun run interop clients` runs all of them. */

const CELLS: readonly Cell[] = [
  { client: "baresip", direction: "in", transport: "tls", codec: "PCMA", srtp: true },
  { client: "baresip", direction: "out", transport: "tcp", codec: "PCMU", srtp: false },
  { client: "linphonec", direction: "in", transport: "udp", codec: "PCMA", srtp: false },
];
const DEBIAN = { baresip: "baresip-core", linphonec: "linphone-cli", openssl: "openssl" } as const;

const missing = (["openssl", "baresip", "linphonec"] as const).filter((program) => Bun.which(program) === null);
for (const program of missing) console.log(`Skipped: cells with ${program} (apt-get install ${DEBIAN[program]}).`);
const cells = missing.includes("openssl") ? [] : CELLS.filter(({ client }) => !missing.includes(client));

const folder = mkdtempSync(join(tmpdir(), "sk-clients-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(cells.length === 0)(
  "real telephones and ours hear each other's tone",
  async () => {
    const media = prepareMatrix(folder);
    const results = await Promise.all(cells.map((cell, index) => runCell(cell, folder, media, 31_000 + index * 30)));
    printMatrix(results);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  },
  60_000,
);
