import { serveJobs } from "../src/io/worker-side.ts";

/** For the pool's tests: echoes, fails, dies or waits until it is cancelled, as asked. */
serveJobs<{ broken: boolean }, string, string>(async ({ broken }) => {
  if (broken) throw new Error("model file is missing");
  return {
    async run(request, cancelled) {
      if (request === "die") process.exit(1);
      if (request === "fail") throw new Error("cannot");
      if (request === "crash") setTimeout(() => reportError(new Error("crashed")), 0);
      while (request === "wait" && !cancelled()) await Bun.sleep(1);
      if (request === "crash") await new Promise(() => undefined);
      return { response: `${request}!`, transfer: [] };
    },
  };
});
