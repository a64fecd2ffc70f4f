const SETTLE_STEPS = 40;
/** A tape is one more link in every chain. */
export const TAPED_STEPS = 120;

/** Lets every promise that can go on do so: provider, dialogue and tool chains are some steps deep. Ten times quicker than a turn of the event loop. */
export async function settle(steps = SETTLE_STEPS): Promise<void> {
  for (let step = 0; step < steps; step++) await undefined;
}
