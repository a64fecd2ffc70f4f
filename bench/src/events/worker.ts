/** A delivery worker as a process of its own, to be killed: `worker.ts <database url>`. Ends when stdin closes. */
import { systemClock as clock } from "@sk-voice/api/clock.ts";
import { openDatabase } from "@sk-voice/api/db/database.ts";
import { silentLog as log } from "@sk-voice/api/log.ts";
import { createSeal } from "@sk-voice/api/seal.ts";
import { sendOverHttp as send } from "@sk-voice/api/webhooks/deliver.ts";
import { createDeliveryWorker } from "@sk-voice/api/webhooks/worker.ts";
import { SEAL } from "./stage.ts";

const [url = ""] = process.argv.slice(2);
const db = await openDatabase({ url, log });
const worker = createDeliveryWorker({ db, clock, log, send, seal: createSeal(SEAL), random: Math.random });
worker.start();
process.stdout.write("ready\n");
process.stdin.resume();
process.stdin.on("end", async () => {
  await worker.stop();
  await db.close();
  process.exit(0);
});
