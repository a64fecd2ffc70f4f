/**
 * What no change may make worse: `bun test` runs these suites in smoke size and fails on the first figure beyond its budget. Only virtual times and ratios, which
 * are the same on a busy laptop and on an idle server.
 */
export interface Budget {
  readonly suite: string;
  readonly figure: string;
  readonly most: number;
}

export const BUDGETS: readonly Budget[] = [
  { suite: "events", figure: "events lost at a healthy endpoint", most: 0 },
  { suite: "events", figure: "bodies that changed under the same id", most: 0 },
  { suite: "events", figure: "signatures that do not verify", most: 0 },
  { suite: "events", figure: "redirects followed", most: 0 },
  { suite: "events", figure: "dead letters not delivered by a replay after the repair", most: 0 },
  { suite: "first-word", figure: "fast providers, engine-added", most: 30 },
  { suite: "first-word", figure: "slow providers, engine-added", most: 30 },
  { suite: "greeting", figure: "answered → greeting", most: 40 },
  { suite: "barge-in", figure: "onset → ducked", most: 80 },
  { suite: "barge-in", figure: "onset → last full-level packet", most: 60 },
  { suite: "barge-in", figure: "interruptions missed", most: 0 },
  { suite: "barge-in", figure: "false stops, noise", most: 0 },
  { suite: "barge-in", figure: "false stops, cough", most: 0 },
  { suite: "barge-in", figure: "false stops, backchannel", most: 0 },
  { suite: "barge-in", figure: "false stops, echo", most: 0 },
  { suite: "barge-in", figure: "false interruption over → full level again", most: 200 },
  { suite: "echo", figure: "small room: false stops", most: 0 },
  { suite: "echo", figure: "small room: callers not heard", most: 0 },
  { suite: "mouth-to-ear", figure: "transit, 0 ms of network jitter", most: 40 },
  { suite: "mouth-to-ear", figure: "transit, 30 ms of network jitter", most: 60 },
  { suite: "features", figure: "screening memory", most: 20 },
  { suite: "vad", figure: "window in a batch of 32 / alone", most: 0.35 },
  { suite: "loss", figure: "5 % in bursts, concealment", most: 30 },
  { suite: "loss", figure: "spectral distance, 1 % in bursts, concealment", most: 10 },
  { suite: "loss", figure: "spectral distance, 2 % in bursts, concealment", most: 9 },
  { suite: "loss", figure: "spectral distance, 1 % in bursts, concealment − repetition", most: -3 },
  { suite: "loss", figure: "spectral distance, 2 % in bursts, concealment − repetition", most: -3 },
  { suite: "codec", figure: "PCMU encode memory", most: 0 },
  { suite: "codec", figure: "PCMU decode memory", most: 0 },
  { suite: "rtp", figure: "write, parse, receive memory", most: 0 },
  { suite: "jitter", figure: "2 % loss memory", most: 0 },
];
