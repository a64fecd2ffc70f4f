/**
 * Plays a tape through the real call session, on a virtual clock. Without a policy every packet she sends and the call's report must come
 * out as they did; with one, her turns are taken by it, and what it asks differently is answered from the tape as well as can be
 * (`asks.ts`). The caller on the tape does not listen: after the first difference, what the caller says was said to the old policy.
 */
import type { EngineReport } from "@sk-voice/api/contract/index.ts";
import type { OpusFactory } from "../../call/codecs.ts";
import type { CallOutput } from "../../call/events.ts";
import { CallSession, type SessionDeps } from "../../call/session.ts";
import { CrmSession } from "../../receptionist/crm-session.ts";
import { PinPad } from "../../receptionist/pin-pad.ts";
import { FakeSuite } from "../../receptionist/sim/fake-suite.ts";
import { createTools } from "../../receptionist/tools.ts";
import {
  comparable,
  epochMsAt,
  type TapeBegin,
  type TapeEnd,
  type TapeEntry,
  type TapeInput,
} from "../../replay/tape.ts";
import { TapeOutputs } from "../../replay/taped-deps.ts";
import type { TurnOptions } from "../../talk/turn-events.ts";
import { VirtualClock } from "../clock.ts";
import { settle, TAPED_STEPS } from "../settle.ts";
import { Asks } from "./asks.ts";
import { TapedProviders } from "./providers.ts";
import { TapedScreener } from "./screening.ts";

export interface PlayOptions {
  /** Absent: as on the tape. */
  readonly policy?: TurnOptions;
  readonly opus?: OpusFactory;
  readonly observe?: (now: number, output: CallOutput) => void;
}

export interface Played {
  readonly report: EngineReport | undefined;
  readonly digest: string;
  readonly packets: number;
  /** Asked of providers, and not on the tape. */
  readonly unknown: number;
  /** What differs from the tape, one sentence each; empty when nothing does. */
  readonly differences: readonly string[];
}

const WAKE_MS = 2;

export async function playTape(entries: readonly TapeEntry[], options: PlayOptions = {}): Promise<Played> {
  return new Player(entries, options).run();
}

class Player {
  readonly #clock = new VirtualClock();
  readonly #begin: TapeBegin;
  readonly #asks: Asks;
  readonly #providers: TapedProviders;
  readonly #screener: TapedScreener;
  readonly #outputs = new TapeOutputs();
  readonly #stock = new Map<string, Extract<TapeEntry, { kind: "stock" }>["phrase"][]>();
  readonly #window: Float32Array;
  readonly #session: CallSession;

  constructor(
    private readonly entries: readonly TapeEntry[],
    private readonly options: PlayOptions,
  ) {
    const begin = entries[0];
    if (begin?.kind !== "begin") throw new Error("a tape begins with the call's beginning");
    this.#begin = begin;
    this.#clock.advance(begin.atMs);
    this.#asks = new Asks(entries);
    this.#providers = new TapedProviders(this.#asks, this.#clock);
    this.#screener = new TapedScreener(entries);
    this.#window = new Float32Array(begin.windowSamples);
    for (const entry of entries) {
      if (entry.kind === "stock") this.#stock.set(entry.text, [...(this.#stock.get(entry.text) ?? []), entry.phrase]);
    }
    this.#session = new CallSession(this.#deps(), begin.info, begin.terms);
  }

  async run(): Promise<Played> {
    await settle(TAPED_STEPS);
    const ending = this.entries.find((entry) => entry.kind === "end");
    for (const entry of this.entries) {
      if (entry.kind === "end") break;
      await this.#step(entry);
    }
    if (this.options.policy) this.#session.stop("caller");
    const { packets, report } = this.#outputs;
    const digest = this.#outputs.digest();
    const differences = ending?.kind === "end" ? this.#compare(ending) : ["the tape has no end"];
    return { report, digest, packets, unknown: this.#asks.unknown, differences };
  }

  async #step(entry: TapeEntry): Promise<void> {
    if (this.options.policy) await this.#until(entry.atMs);
    this.#clock.advance(entry.atMs);
    this.#screener.at(entry.atMs);
    switch (entry.kind) {
      case "answer":
      case "ended":
      case "failed":
        if (!this.#providers.deliver(entry)) return;
        break;
      case "screen":
        if (entry.hook !== "later") return;
        this.#screener.decide(entry);
        break;
      case "begin":
      case "asked":
      case "sound":
      case "stock":
      case "end":
        return;
      default:
        this.#input(entry);
    }
    await settle(TAPED_STEPS);
  }

  #input(entry: TapeInput): void {
    const session = this.#session;
    switch (entry.kind) {
      case "rtp":
        return session.receive(entry.arrivalMs, entry.bytes, entry.address, entry.port);
      case "rtcp":
        return session.receiveRtcp(entry.arrivalMs, entry.bytes, entry.address, entry.port);
      case "tick":
        return session.tick(entry.dueMs);
      case "wake":
        return this.options.policy ? undefined : session.wake(entry.dueMs);
      case "window":
        session.takeWindow(this.#window, 0);
        return;
      case "voice":
        return session.speechProbability(entry.probability);
      case "update":
        return session.update(entry.terms);
      case "transferring":
        return session.transferring();
      case "transferred":
        return session.transferred(entry.outcome);
      case "say":
        return session.say(entry.text, entry.hangUpAfter);
      case "pauses":
        return session.knowPauses(entry.pausesMs);
      case "press":
        return session.press(entry.digit);
      case "stop":
        // By another policy she leaves when she wants.
        return this.options.policy && entry.by === "agent" ? undefined : session.stop(entry.by);
    }
  }

  /** Another policy wants to be woken at other times. */
  async #until(atMs: number): Promise<void> {
    for (let next = this.#nextMs(); next < atMs; next = this.#nextMs()) {
      this.#clock.advance(next);
      await settle(TAPED_STEPS);
      this.#session.wake(next);
      await settle(TAPED_STEPS);
      if (this.#session.deadline() <= next) return;
    }
    if (this.#clock.advance(atMs)) await settle(TAPED_STEPS);
  }

  #nextMs(): number {
    const deadlineMs = Math.ceil(this.#session.deadline() / WAKE_MS) * WAKE_MS;
    return Math.max(this.#clock.now(), Math.min(this.#clock.deadline(), deadlineMs));
  }

  #compare(end: TapeEnd): string[] {
    const differences: string[] = [];
    if (this.#outputs.digest() !== end.digest) {
      differences.push(`the packets she sends differ (${this.#outputs.packets}; on the tape ${end.packets})`);
    }
    if (comparable(this.#outputs.report) !== comparable(end.report)) differences.push("the report differs");
    return differences;
  }

  #deps(): SessionDeps {
    const { info, settings, vocabulary, windowSamples, random, screened } = this.#begin;
    const now = this.#clock.now;
    const epoch = () => epochMsAt(this.#begin, now());
    const suite = new FakeSuite(settings);
    const crm = new CrmSession(suite, { callId: info.callId, from: info.from, to: info.to });
    const pinPad = new PinPad();
    const tools = createTools({
      settings,
      suite,
      crm,
      pinPad,
      handOver: async () => "unavailable",
      leaveMessage: () => {},
    });
    const send = (packet: Uint8Array) => this.#outputs.sent(packet);
    const { policy, opus, observe } = this.options;
    return {
      now,
      epochMs: epoch,
      sleep: this.#providers.sleep,
      stt: this.#providers.stt,
      llm: this.#providers.llm,
      tts: this.#providers.tts,
      ...(this.#begin.turnModel ? { turnModel: this.#providers.turnModel } : {}),
      stock: this.#phrase,
      tools: this.#providers.tools(tools),
      context: { settings, caller: () => ({ phone: info.from, name: null }) },
      prompt: () => ({ settings, context: null, from: info.from, nowEpochMs: epoch() }),
      secret: () => {},
      vocabulary,
      ...(policy ? { turns: policy } : {}),
      vadState: { data: new Float32Array(0) },
      vadWindowSamples: windowSamples,
      recorder: undefined,
      screening: screened ? { open: this.#screener.open, decided: () => {}, remember: () => {} } : undefined,
      random,
      send,
      sendRtcp: send,
      ...(opus ? { opus } : {}),
      draft: () => {},
      report: (report) => this.#outputs.reported(report),
      caption: () => {},
      ...(observe ? { trace: { output: (output: CallOutput) => observe(now(), output), played: () => {} } } : {}),
      hangUp: () => {},
      failed: () => {},
    };
  }

  /** In the order in which they were asked for. */
  readonly #phrase: SessionDeps["stock"] = (text) => {
    const phrases = this.#stock.get(text);
    const phrase = phrases && phrases.length > 1 ? phrases.shift() : phrases?.[0];
    return phrase && { samples: phrase.samples, words: phrase.words as never };
  };
}
