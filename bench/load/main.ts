/** `bun bench/load/main.ts [--full]`: the suites over real UDP, as a table. */
import { parseArgs } from "node:util";
import { FIGURE_HEADER, figureRow, textTable } from "../src/table.ts";
import manyCalls from "../suites-udp/many-calls.bench.ts";

const { values } = parseArgs({ options: { full: { type: "boolean", default: false } } });
const progress = (what: string) => console.error(`  ${what}`);
const figures = await manyCalls.run(values.full ? "full" : "smoke", { seed: 0, progress });
console.log(textTable(FIGURE_HEADER, figures.map(figureRow)));
process.exit(0);
