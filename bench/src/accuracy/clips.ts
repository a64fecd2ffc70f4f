/** Material for the accuracy suite: made by the embedded voice and sent through a telephone's μ-law, or the user's own. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { designResampler, resample } from "@sk-voice/media/resample.ts";
import { parseWav } from "@sk-voice/media/wav.ts";
import { phoneChannel } from "@sk-voice/models/test/clips.ts";
import { speech } from "../virtual/sounds.ts";

export interface Clip {
  readonly samples: Int16Array;
  readonly text: string;
}

const RATE_HZ = 8000;

export const SENTENCES = [
  "I would like to book a haircut for tomorrow afternoon.",
  "What are your opening hours on Saturday?",
  "My name is Anita and I called you yesterday.",
  "Could you tell me how much a consultation costs?",
  "I need to cancel my appointment on Monday.",
  "Is there anything free at half past three?",
  "Please tell the doctor that I will be ten minutes late.",
  "Yes, that would be fine, thank you.",
  "I am calling about the bill you sent me last week.",
  "Can I speak to a person, please?",
];

/** A sentence said in two parts; nothing is asked to be answered between them. */
const BROKEN_SENTENCES = [
  ["I would like to book", "a haircut for Friday."],
  ["Could you tell me", "what time you close today?"],
  ["My appointment is on Monday,", "and I need to move it."],
  ["I am calling because", "my tooth hurts."],
  ["Do you have anything free", "on Thursday morning?"],
  ["I was there last week", "for a check up."],
  ["Please call me back on", "my mobile number."],
  ["Yes.", "But not before ten o'clock."],
  ["Hi, I wanted to ask", "whether you are open on Sunday."],
  ["I need to reschedule", "my appointment with Doctor Rao."],
  ["My phone number has changed,", "can you update it?"],
  ["Is it possible", "to come in a bit earlier?"],
  ["I have a question about", "my last invoice."],
  ["Can I bring", "my daughter with me?"],
  ["The cream you gave me", "is not helping."],
  ["I would prefer", "something in the afternoon."],
  ["We are new in town", "and looking for a dentist."],
  ["Do you take", "credit cards?"],
  ["It started hurting yesterday", "when I was eating."],
  ["I can come any day", "except Tuesday."],
  ["What is the price of", "a cut and colour?"],
  ["My husband has", "a booking for tomorrow."],
  ["Let me just", "find my calendar."],
  ["Tomorrow at three", "or maybe half past."],
  ["Can you tell her that", "the parcel has arrived?"],
  ["I got a letter", "saying I owe you money."],
  ["You can reach me at", "the office number."],
  ["No, not that one,", "the second one."],
  ["I think I left my", "glasses in your waiting room."],
  ["How long does", "the treatment take?"],
  ["I was told to ask for", "Mister Kumar."],
  ["If there is a cancellation", "please ring me."],
] as const;

/** Delays were chosen with those at even places; these are to report on. */
export const HELD_OUT = BROKEN_SENTENCES.filter((_, place) => place % 2 === 1);

export async function generated(count: number): Promise<Clip[]> {
  const texts = SENTENCES.slice(0, count);
  const voices = await Promise.all([speech(texts, "rms"), speech(texts, "slt")]);
  return voices.flatMap((spoken) =>
    spoken.map((samples, index) => ({ samples: phoneChannel(samples), text: texts[index]! })),
  );
}

/** Every `name.wav` of `folder` with its words in `name.txt`. @throws Error naming the file that is wrong. */
export function ownClips(folder: string): Clip[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".wav"))
    .map((file) => {
      const label = join(folder, file.replace(/\.wav$/, ".txt"));
      if (!existsSync(label)) throw new Error(`${file} has no ${label}: its words, as plain text`);
      const { channels, sampleRateHz } = parseWav(readFileSync(join(folder, file)));
      const left = channels[0]!;
      const samples = sampleRateHz === RATE_HZ ? left : resample(left, designResampler(sampleRateHz, RATE_HZ));
      return { samples: phoneChannel(samples), text: readFileSync(label, "utf8").trim() };
    });
}
