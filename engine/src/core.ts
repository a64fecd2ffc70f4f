/**
 * The one contract of a pure core: change one thing, then drain. Time is monotonic milliseconds and always an argument;
 * a core never reads a clock, opens a socket, or awaits.
 *
 * `deadline()` is when `handle` wants to be called with the `tick` input of that core even if nothing else happens;
 * `Infinity` when it waits for nothing.
 */
export interface Core<In, Out> {
  handle(now: number, input: In): void;
  poll(): Out | undefined;
  deadline(): number;
}
