/** Draws callers of every kind from the clips of one side of the split. */

import { WINDOW_SAMPLES } from "../src/robocall/spectrum.ts";
import { type Caller, type Manners, Offset, Person, Recording, type Start, spread, Tape } from "./callers.ts";
import { type ChainOptions, randomChain } from "./chain.ts";
import { type Clip, corpusOf, type Data, type Label } from "./data.ts";
import { hashOf, Random } from "./random.ts";
import { CADENCES, cadence, music, noise } from "./sounds.ts";

export const PERSON_KINDS = [
  "conversation",
  "story",
  "dictation",
  "hesitant",
  "slow-to-yield",
  "relay",
  "muted",
  "impatient",
  "television",
] as const;
export type PersonKind = (typeof PERSON_KINDS)[number];

export const RECORDING_FAMILIES = [
  "tts-robocall",
  "tts-neural",
  "ivr-recorded-voice",
  "hold-music",
  "fax",
  "call-progress-tones",
  "dead-air",
] as const;
export type RecordingFamily = (typeof RECORDING_FAMILIES)[number];

export interface Planned {
  /** A `PersonKind` or `RecordingFamily`. */
  readonly kind: string;
  readonly robocall: boolean;
  readonly group: string;
  readonly corpus: string;
  readonly file: string;
  readonly caller: Caller;
  readonly chain: ChainOptions;
  readonly random: Random;
}

export interface PopulationOptions {
  readonly seed: number;
  readonly accepts: (group: string) => boolean;
  /** Calls per person kind and per recording family. */
  readonly people: number;
  readonly recordings: number;
  /** The swapped-chain control: which line people get; machines get the other one. */
  readonly peopleLine?: "quiet" | "noisy";
  /**
   * The same numbers in two takes are the same callers with the same recordings, who phone over another line, hear another greeting, and do not fall on the same
   * windows.
   */
  readonly take?: number | undefined;
}

export function population(data: Data, options: PopulationOptions): Planned[] {
  const pool = new Pool(data, options.accepts);
  const planned: Planned[] = [];
  const line = (random: Random, robocall: boolean) => {
    if (options.peopleLine === undefined) return randomChain(random);
    return randomChain(random, robocall === (options.peopleLine === "noisy") ? "quiet" : "noisy");
  };
  let seed = options.seed * 1_000_003;
  const people = pool.has("human") || pool.has("human-conversation") ? PERSON_KINDS : [];
  for (const kind of people) {
    for (let n = 0; n < options.people; n++) {
      const { random, around } = randoms(seed++, options.take);
      const chain = line(around, false);
      planned.push(taken({ ...person(kind, pool, random), chain, random: around, robocall: false, kind }, options));
    }
  }
  for (const kind of RECORDING_FAMILIES) {
    for (let n = 0; n < options.recordings; n++) {
      const { random, around } = randoms(seed++, options.take);
      const chain = line(around, true);
      const drawn = recording(kind, pool, random);
      if (drawn) planned.push(taken({ ...drawn, chain, random: around, robocall: true, kind }, options));
    }
  }
  return planned;
}

/** Of what the caller says, and of everything around it: one and the same unless the caller phones again. */
function randoms(seed: number, take: number | undefined): { readonly random: Random; readonly around: Random } {
  const random = new Random(seed);
  return { random, around: take === undefined ? random : new Random(hashOf(`take ${take} of ${seed}`)) };
}

function taken(planned: Planned, { take }: PopulationOptions): Planned {
  if (take === undefined) return planned;
  return { ...planned, caller: new Offset(planned.caller, planned.random.integer(0, WINDOW_SAMPLES - 1)) };
}

/** Clips by label, then group: every group is drawn as often, however many clips it has. */
class Pool {
  readonly #byLabel = new Map<Label, Map<string, Clip[]>>();

  constructor(data: Data, accepts: (group: string) => boolean) {
    for (const clip of data.clips) {
      if (!accepts(clip.group)) continue;
      const groups = this.#byLabel.get(clip.label) ?? new Map<string, Clip[]>();
      this.#byLabel.set(clip.label, groups);
      const clips = groups.get(clip.group);
      if (clips) clips.push(clip);
      else groups.set(clip.group, [clip]);
    }
  }

  has(label: Label): boolean {
    return this.#byLabel.has(label);
  }

  group(label: Label, random: Random): readonly Clip[] {
    return random.pick([...(this.#byLabel.get(label)?.values() ?? [])]);
  }

  /** By corpus first, then group: small corpora are heard too. */
  speaker(random: Random): readonly Clip[] {
    const talks = this.has("human-conversation") && (!this.has("human") || random.chance(0.1));
    const label: Label = talks ? "human-conversation" : "human";
    const groups = [...(this.#byLabel.get(label)?.values() ?? [])];
    const corpora = [...new Set(groups.map((clips) => corpusOf(clips[0]!.group)))];
    const corpus = random.pick(corpora);
    return random.pick(groups.filter((clips) => corpusOf(clips[0]!.group) === corpus));
  }
}

type Drawn = Pick<Planned, "caller" | "group" | "corpus" | "file">;

function source(clips: readonly Clip[]): Omit<Drawn, "caller"> {
  const { group, file } = clips[0]!;
  return { group, corpus: corpusOf(group), file };
}

/** Between clips: the pauses of this way of speaking, in milliseconds. */
const PAUSES: Record<PersonKind, readonly [medianMs: number, sigma: number]> = {
  conversation: [250, 0.7],
  story: [180, 0.7],
  dictation: [250, 0.5],
  hesitant: [1100, 0.6],
  "slow-to-yield": [220, 0.7],
  relay: [300, 0.6],
  muted: [250, 0.7],
  impatient: [250, 0.7],
  television: [250, 0.7],
};

function person(kind: PersonKind, pool: Pool, random: Random): Drawn {
  const clips = pool.speaker(random);
  const [pauseMs, sigma] = PAUSES[kind];
  const tape = new Tape(
    alternating(
      () => trimmed(random.pick(clips).samples),
      () => spread(random, pauseMs, sigma),
    ),
  );
  tape.skip(random.integer(0, 4000));
  const background = kind === "television" ? television(pool, random) : undefined;
  return { ...source(clips), caller: new Person(tape, manners(kind, random), background) };
}

function manners(kind: PersonKind, random: Random): Manners {
  const long = kind === "story" || kind === "dictation" || kind === "relay";
  const deaf = kind === "slow-to-yield";
  const misses = deaf ? 0.7 : kind === "relay" ? 0.4 : long ? 0.12 : 0.04;
  return {
    firstMs: kind === "muted" ? random.between(2500, 6500) : spread(random, 600, 0.5),
    impatient: kind === "impatient" || random.chance(0.08),
    turnMs: () => (long || deaf ? random.between(5000, 20_000) : spread(random, 2600, 0.6)),
    reactionMs: () => spread(random, kind === "relay" ? 1800 : 600, 0.5),
    // A slow caller misses the first interjection, notices the second late.
    yieldMs: (n) => (n === 1 && random.chance(misses) ? 1e9 : spread(random, deaf ? 900 : 500, 0.45)),
    patienceMs: random.between(3000, 7000),
  };
}

/** Voices in the caller's room, 14 to 26 dB down. */
function television(pool: Pool, random: Random): Tape {
  const voices = (["ivr-recorded-voice", "tts-neural", "human", "human-conversation"] as const).filter((label) =>
    pool.has(label),
  );
  const clips = pool.group(random.pick(voices), random);
  const gain = 10 ** (-random.between(14, 26) / 20);
  return new Tape(
    alternating(
      () => random.pick(clips).samples.map((x) => x * gain),
      () => 200,
    ),
  );
}

function recording(family: RecordingFamily, pool: Pool, random: Random): Drawn | undefined {
  switch (family) {
    case "tts-robocall":
    case "tts-neural":
    case "ivr-recorded-voice":
      return pool.has(family) ? spoken(family, pool, random) : undefined;
    case "hold-music":
      return holdMusic(pool, random);
    case "fax":
      return toneCall(["fax-cng", "fax-ced"], random);
    case "call-progress-tones":
      return toneCall(["sit", "busy", "busy-425", "reorder", "ringback", "steady"], random);
    case "dead-air": {
      const quiet = random.chance(0.6);
      const bed = quiet ? new Float32Array(8000) : noise(random, 8).map((x) => x * 0.2);
      const tape = new Tape(() => bed);
      return { ...made("dead-air"), caller: new Recording(tape, { when: "answer", delayMs: 0 }) };
    }
  }
}

function spoken(label: Label, pool: Pool, random: Random): Drawn {
  const clips = pool.group(label, random);
  const pauseMs = label === "tts-robocall" ? 700 : 350;
  const first = random.pick(clips);
  let started = false;
  const next = () => {
    if (started) return trimmed(random.pick(clips).samples);
    started = true;
    return trimmed(first.samples);
  };
  const tape = new Tape(alternating(next, () => spread(random, pauseMs, 0.5)));
  if (random.chance(0.3)) tape.skip(random.integer(0, 24_000));
  return { ...source([first]), caller: new Recording(tape, dialler(random)) };
}

/** Diallers wait for the greeting to end, or play at once. */
function dialler(random: Random): Start {
  if (random.chance(0.25)) return { when: "answer", delayMs: random.between(0, 600) };
  return { when: "greeting-end", delayMs: random.between(400, 1500) };
}

function holdMusic(pool: Pool, random: Random): Drawn {
  const real = pool.has("music") && random.chance(0.5) ? random.pick(pool.group("music", random)) : undefined;
  const samples: ArrayLike<number> = real?.samples ?? music(random, 14);
  const tape = new Tape(() => samples);
  tape.skip(random.integer(0, Math.min(samples.length, 400_000)));
  const from = real ? source([real]) : made("synthetic-music");
  return { ...from, caller: new Recording(tape, { when: "answer", delayMs: random.between(0, 1500) }) };
}

function toneCall(names: readonly string[], random: Random): Drawn {
  const name = random.pick(names);
  const period = cadence(CADENCES.find((each) => each.name === name)!, 10 ** random.between(2.8, 4));
  const tape = new Tape(() => period);
  return { ...made(name), caller: new Recording(tape, { when: "answer", delayMs: random.between(0, 2000) }) };
}

function made(name: string): Omit<Drawn, "caller"> {
  return { group: `generated:${name}`, corpus: "generated", file: "" };
}

/** Pieces with pauses of silence between them. */
function alternating(piece: () => ArrayLike<number>, pauseMs: () => number): () => ArrayLike<number> {
  let pausing = true;
  return () => {
    pausing = !pausing;
    return pausing ? new Float32Array(Math.round(pauseMs() * 8)) : piece();
  };
}

/** Without the silence at both ends: below 5 % of the clip's peak. */
function trimmed(samples: Int16Array): Int16Array {
  let peak = 0;
  for (let n = 0; n < samples.length; n++) peak = Math.max(peak, Math.abs(samples[n]!));
  let from = 0;
  let to = samples.length;
  while (from < to && Math.abs(samples[from]!) < peak * 0.05) from++;
  while (to > from && Math.abs(samples[to - 1]!) < peak * 0.05) to--;
  return samples.subarray(Math.max(0, from - 400), Math.min(samples.length, to + 400));
}
