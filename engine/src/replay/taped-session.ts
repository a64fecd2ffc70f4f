/** A call session with a tape running: every call of it is noted first. The order of the entries is the order of the calls. */
import type { CallInfo } from "../call/events.ts";
import type { Bridged } from "../call/relay.ts";
import { CallSession, type SessionDeps } from "../call/session.ts";
import type { MediaTerms } from "../call/terms.ts";
import type { TransferOutcome } from "../call/transfer-types.ts";
import { TapeRecorder } from "./recorder.ts";
import { epochMsAt, TAPE_VERSION, type TapeEntry } from "./tape.ts";
import { TapeOutputs, tapedDeps } from "./taped-deps.ts";

/** Where the lines of a tape go. `close` after the last one. */
export interface TapeSink {
  write(line: string): void;
  close(): void;
}

export class TapedSession extends CallSession {
  readonly #tape: TapeRecorder;
  readonly #outputs: TapeOutputs;
  readonly #sink: TapeSink;
  #stopped = false;
  #ended = false;

  /** `sink` gets the tape. */
  static open(deps: SessionDeps, info: CallInfo, terms: MediaTerms, sink: TapeSink): TapedSession {
    const tape = new TapeRecorder(deps.now, (line) => sink.write(line));
    const outputs = new TapeOutputs();
    const [atMs, epochMs] = [tape.now(), deps.epochMs()];
    // Dates come from the tape's clock too: a tool's was read again while it was being called, a millisecond or two later.
    const timed = { ...deps, epochMs: () => epochMsAt({ atMs, epochMs }, tape.now()) };
    tape.note({
      kind: "begin",
      version: TAPE_VERSION,
      atMs,
      epochMs,
      info,
      terms,
      random: deps.random,
      settings: deps.context.settings,
      vocabulary: deps.vocabulary,
      windowSamples: deps.vadWindowSamples,
      turnModel: deps.turnModel !== undefined,
      screened: deps.screening?.open !== undefined,
    });
    return new TapedSession(tapedDeps(timed, tape, outputs), info, terms, tape, outputs, sink);
  }

  private constructor(
    deps: SessionDeps,
    info: CallInfo,
    terms: MediaTerms,
    tape: TapeRecorder,
    outputs: TapeOutputs,
    sink: TapeSink,
  ) {
    super(deps, info, terms);
    this.#tape = tape;
    this.#outputs = outputs;
    this.#sink = sink;
  }

  override receive(arrivalMs: number, bytes: Uint8Array, address: string, port: number): void {
    const entry = (atMs: number) => ({ kind: "rtp", atMs, arrivalMs, bytes, address, port }) as const;
    this.#enter(entry, () => super.receive(arrivalMs, bytes, address, port));
  }

  override receiveRtcp(arrivalMs: number, bytes: Uint8Array, address: string, port: number): void {
    const entry = (atMs: number) => ({ kind: "rtcp", atMs, arrivalMs, bytes, address, port }) as const;
    this.#enter(entry, () => super.receiveRtcp(arrivalMs, bytes, address, port));
  }

  override tick(dueMs: number): void {
    this.#enter(
      (atMs) => ({ kind: "tick", atMs, dueMs }),
      () => super.tick(dueMs),
    );
  }

  override wake(dueMs: number): void {
    if (dueMs < this.deadline()) return;
    this.#enter(
      (atMs) => ({ kind: "wake", atMs, dueMs }),
      () => super.wake(dueMs),
    );
  }

  override takeWindow(into: Float32Array, offset: number): boolean {
    if (this.waitingWindows === 0) return false;
    return this.#enter(
      (atMs) => ({ kind: "window", atMs }),
      () => super.takeWindow(into, offset),
    );
  }

  override speechProbability(probability: number): void {
    this.#enter(
      (atMs) => ({ kind: "voice", atMs, probability }),
      () => super.speechProbability(probability),
    );
  }

  override update(terms: MediaTerms): void {
    this.#enter(
      (atMs) => ({ kind: "update", atMs, terms }),
      () => super.update(terms),
    );
  }

  override transferring(): void {
    this.#enter(
      (atMs) => ({ kind: "transferring", atMs }),
      () => super.transferring(),
    );
  }

  override transferred(outcome: TransferOutcome): void {
    this.#enter(
      (atMs) => ({ kind: "transferred", atMs, outcome }),
      () => super.transferred(outcome),
    );
  }

  override say(text: string, hangUpAfter: boolean): void {
    this.#enter(
      (atMs) => ({ kind: "say", atMs, text, hangUpAfter }),
      () => super.say(text, hangUpAfter),
    );
  }

  override knowPauses(pausesMs: readonly number[]): void {
    this.#enter(
      (atMs) => ({ kind: "pauses", atMs, pausesMs }),
      () => super.knowPauses(pausesMs),
    );
  }

  override press(digit: string): void {
    this.#enter(
      (atMs) => ({ kind: "press", atMs, digit }),
      () => super.press(digit),
    );
  }

  /** The tape ends here: what two people say to each other is none of hers. */
  override bridge(other: Bridged): void {
    this.#end();
    super.bridge(other);
  }

  override stop(by: "caller" | "agent" | "error"): void {
    // Turned away while the session is being made.
    if (!(#sink in this)) return super.stop(by);
    this.#stopped = true;
    this.#enter(
      (atMs) => ({ kind: "stop", atMs, by }),
      () => super.stop(by),
    );
  }

  #enter<Result>(entry: (atMs: number) => TapeEntry, work: () => Result): Result {
    if (this.#ended) return work();
    const result = this.#tape.enter(entry, work);
    if (this.#stopped && !this.#tape.isInside) this.#end();
    return result;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const { packets, report } = this.#outputs;
    this.#tape.note({ kind: "end", atMs: this.#tape.now(), digest: this.#outputs.digest(), packets, report });
    this.#sink.close();
  }
}
