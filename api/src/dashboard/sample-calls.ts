/** Two weeks of an imagined dentist's telephone: always the same for a day, so that what is shown can be compared. */
import type { TranscriptLine } from "../contract/common.ts";
import type { TurnLatency } from "../contract/engine.ts";

export interface SampleCall {
  startedMs: number;
  durationMs: number;
  /** Index of the person, undefined for a robocall. */
  person: number | undefined;
  outcome: "booked" | "answered" | "message_taken" | "cancelled" | "abandoned" | "escalated" | "robocall";
  summary: string;
  sentiment: { label: "positive" | "neutral" | "negative" | "frustrated"; score: number };
  lines: TranscriptLine[];
  turns: TurnLatency[];
  media: { packetsReceived: number; packetsLost: number; jitterMs: number };
  signals: string[];
}

export const SAMPLE_PEOPLE = [
  "Priya Raman",
  "Arjun Mehta",
  "Lakshmi Narayanan",
  "Farah Sheikh",
  "Vikram Singh",
  "Meera Pillai",
  "Joseph D’Souza",
  "Ananya Iyer",
  "Ravi Kumar",
  "Sunita Devi",
] as const;

/** Numbers of India's block for documentation do not exist; these begin like no subscriber's. */
export const samplePhone = (person: number) => `+9150000000${String(person).padStart(2, "0")}`;

/** Mulberry32: small, seeded, good enough for a picture. */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Story {
  outcome: SampleCall["outcome"];
  summary: string;
  sentiment: SampleCall["sentiment"];
  weight: number;
  said: ["caller" | "agent", string, boolean?][];
}

const GREETING = "Hello, this is Suki, the AI assistant of Asha Dental and Wellness. How can I help you?";

const STORIES: Story[] = [
  {
    outcome: "booked",
    summary: "Booked a teeth cleaning.",
    sentiment: { label: "positive", score: 0.6 },
    weight: 5,
    said: [
      ["caller", "Hi, I'd like to book a cleaning for tomorrow afternoon."],
      ["agent", "Sure. I have three o'clock or half past four tomorrow. Which one", true],
      ["caller", "Three is fine."],
      ["agent", "Three o'clock it is. May I have your name, please?"],
      ["caller", "It's on my number already, you know me."],
      ["agent", "Thank you. Your cleaning is booked for tomorrow at three. Anything else?"],
      ["caller", "No, thank you."],
      ["agent", "Thanks for calling. Goodbye!"],
    ],
  },
  {
    outcome: "answered",
    summary: "Asked for the opening hours and parking.",
    sentiment: { label: "neutral", score: 0.1 },
    weight: 4,
    said: [
      ["caller", "Are you open on Sunday?"],
      ["agent", "We are open every day from nine in the morning to six in the evening."],
      ["caller", "And is there parking?"],
      ["agent", "Yes, there is free parking for patients behind the building."],
      ["caller", "Great, bye."],
      ["agent", "Thanks for calling. Goodbye!"],
    ],
  },
  {
    outcome: "message_taken",
    summary: "Wants the doctor to call back about a bill.",
    sentiment: { label: "negative", score: -0.4 },
    weight: 2,
    said: [
      ["caller", "I was charged twice for my last visit, I need to talk to somebody."],
      ["agent", "I am sorry about that. Nobody is free right now; may I take a message so that", true],
      ["caller", "Yes, please tell them to call me back today."],
      ["agent", "I have noted it. Somebody will call you back."],
    ],
  },
  {
    outcome: "escalated",
    summary: "Severe pain after a root canal; handed over to the clinic.",
    sentiment: { label: "frustrated", score: -0.7 },
    weight: 1,
    said: [
      ["caller", "My tooth hurts terribly since yesterday, I want to speak to the doctor now."],
      ["agent", "I understand. I am connecting you with the clinic, please stay on the line."],
    ],
  },
  {
    outcome: "cancelled",
    summary: "Cancelled Thursday's filling.",
    sentiment: { label: "neutral", score: 0 },
    weight: 1,
    said: [
      ["caller", "I have to cancel my appointment on Thursday."],
      ["agent", "That is the filling at ten o'clock. Shall I cancel it?"],
      ["caller", "Yes please."],
      ["agent", "It is cancelled. Goodbye!"],
    ],
  },
  {
    outcome: "abandoned",
    summary: "Hung up during the greeting.",
    sentiment: { label: "neutral", score: 0 },
    weight: 1,
    said: [],
  },
];

const ROBOCALL: Story = {
  outcome: "robocall",
  summary: "A recorded offer for a personal loan.",
  sentiment: { label: "neutral", score: 0 },
  weight: 0,
  said: [
    ["caller", "Congratulations! You are pre-approved for a personal loan of up to five lakh rupees. Press one to"],
  ],
};

/** Index of one of the weights, by chance. */
function weighted(random: () => number, weights: readonly number[]): number {
  const at = random() * weights.reduce((all, one) => all + one, 0);
  let sum = 0;
  return weights.findIndex((weight) => {
    sum += weight;
    return at < sum;
  });
}

function pick(random: () => number): Story {
  if (random() < 0.12) return ROBOCALL;
  const index = weighted(
    random,
    STORIES.map((story) => story.weight),
  );
  return STORIES[index] ?? ROBOCALL;
}

/** Speech at about 14 characters a second. */
const spokenMs = (text: string) => 500 + text.length * 70;

function tell(story: Story, random: () => number): Pick<SampleCall, "lines" | "turns"> {
  const lines: TranscriptLine[] = [
    { speaker: "agent", text: GREETING, start_ms: 200, end_ms: 200 + spokenMs(GREETING) },
  ];
  const turns: TurnLatency[] = [];
  let at = lines[0]?.end_ms ?? 0;
  for (const [speaker, text, interrupted] of story.said) {
    if (speaker === "agent") {
      const endpointing_ms = 420 + Math.round(random() * 200);
      const [stt_ms, llm_ms, tts_ms] = [Math.round(random() * 60), 2, 80 + Math.round(random() * 40)];
      const engine_ms = Math.round(random() * 19);
      const response_ms = endpointing_ms + stt_ms + llm_ms + tts_ms + engine_ms;
      turns.push({ turn: turns.length + 1, response_ms, endpointing_ms, stt_ms, llm_ms, tts_ms, engine_ms });
      at += response_ms;
    } else at += 350 + Math.round(random() * 600);
    const end = at + spokenMs(text);
    lines.push({ speaker, text, start_ms: at, end_ms: end, ...(interrupted === true ? { interrupted } : {}) });
    at = interrupted === true ? end - 400 : end;
  }
  return { lines, turns };
}

const DAY_MS = 24 * 3600_000;
/** Chances by the hour of the day in UTC: an Indian working day. */
const HOURS = [0, 0, 0, 3, 8, 9, 6, 4, 3, 4, 6, 7, 5, 2];

function startOf(dayMs: number, random: () => number): number {
  return dayMs + (weighted(random, HOURS) + random()) * 3600_000;
}

/** Calls of the 14 days before `nowMs`, oldest first. */
export function sampleCalls(nowMs: number): SampleCall[] {
  const random = seeded(7);
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const starts = Array.from({ length: 14 }, (_, day) => today - (13 - day) * DAY_MS).flatMap((dayMs) =>
    Array.from({ length: 4 + Math.floor(random() * 5) }, () => Math.round(startOf(dayMs, random))),
  );
  return starts
    .filter((startedMs) => startedMs < nowMs - 600_000)
    .sort((a, b) => a - b)
    .map((startedMs) => {
      const story = pick(random);
      const told = tell(story, random);
      const durationMs = (told.lines.at(-1)?.end_ms ?? 4000) + 900;
      const packetsReceived = Math.round(durationMs / 20);
      const packetsLost = random() < 0.2 ? Math.round(packetsReceived * random() * 0.03) : 0;
      return {
        startedMs,
        durationMs,
        ...story,
        ...told,
        person: story.outcome === "robocall" ? undefined : Math.floor(random() * SAMPLE_PEOPLE.length),
        media: { packetsReceived, packetsLost, jitterMs: Math.round(random() * 60) / 10 },
        signals: story === ROBOCALL ? ["spoke on when she interrupted", "the same words as an earlier call"] : [],
      };
    });
}
