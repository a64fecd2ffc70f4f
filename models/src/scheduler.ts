/** Runs `run` after `delayMs` of whatever time there is: timers in `io/`, virtual time in tests. Returns how to cancel. */
export type Scheduler = (delayMs: number, run: () => void) => () => void;
