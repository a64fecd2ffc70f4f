const LOOK_EVERY_MS = 200;

/** Resolves when no call runs any more, after `atMostMs`, or when `hurry` does. */
export async function lastCalls(callCount: () => number, atMostMs: number, hurry: Promise<void>): Promise<void> {
  let isHurried = false;
  void hurry.then(() => {
    isHurried = true;
  });
  for (let waitedMs = 0; callCount() > 0 && waitedMs < atMostMs && !isHurried; waitedMs += LOOK_EVERY_MS) {
    await Bun.sleep(LOOK_EVERY_MS);
  }
}
