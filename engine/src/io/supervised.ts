/**
 * When to end: SIGTERM; Ctrl-C, unless a supervisor (`SK_SUPERVISED=1`, `bun run up`) gets it too and will send SIGTERM in its own order; or the end of standard
 * input, which is how a supervised process learns that its supervisor was killed.
 */
export function onEnd(): Promise<void> {
  const supervised = process.env["SK_SUPERVISED"] === "1";
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.on("SIGINT", () => {
      if (!supervised) resolve();
    });
    if (!supervised) return;
    process.stdin.once("end", () => resolve());
    process.stdin.resume();
  });
}
