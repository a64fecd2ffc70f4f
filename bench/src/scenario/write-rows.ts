/** `bun bench/src/scenario/write-rows.ts`: writes docs/scenarios.md. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { rowsPage } from "./rows.ts";
import { loadScenarioFiles } from "./schema.ts";

writeFileSync(join(import.meta.dir, "../../../docs/scenarios.md"), rowsPage(loadScenarioFiles()));
console.log("docs/scenarios.md is written.");
