/** Forty callers. The first twenty-eight book; the others move, cancel, ask, leave messages. */
import type { DialogueCaller } from "./caller.ts";

const ist = (local: string) => new Date(`${local}:00+05:30`).toISOString();
const booked = (startsAt: string, service: string) =>
  ({ outcome: "booked", startsAt: ist(startsAt), service }) as const;

const TUESDAY_3 = "Tuesday the 24th of November at 3 pm";
const FRIDAY_3 = "Friday the 27th of November at 3 pm";
const HAD_TUESDAY = { service: "Haircut", startsAt: ist("2026-11-24T15:00"), name: "Priya Raghavan" } as const;
const NAMES = [
  "Priya Raghavan",
  "John Smith",
  "Sarah Thompson",
  "David Miller",
  "Anna Fernandez",
  "Ravi Kumar",
] as const;

/** Wants a haircut on Tuesday at three unless told otherwise. */
function books(id: string, n: number, more: Partial<DialogueCaller> = {}): DialogueCaller {
  return {
    id,
    voice: (["rms", "slt", "awb", "kal16"] as const)[n % 4]!,
    opening: "I'd like to book a haircut for tomorrow at three pm.",
    wish: "tomorrow at three pm",
    at: TUESDAY_3,
    service: "haircut",
    name: NAMES[n % NAMES.length]!,
    expects: booked("2026-11-24T15:00", "Haircut"),
    ...more,
  };
}

const FRIDAY = { wish: "Friday at three pm", at: FRIDAY_3, expects: booked("2026-11-27T15:00", "Haircut") } as const;

export const CALLERS: readonly DialogueCaller[] = [
  books("plain, male voice", 0),
  books("plain, female voice", 1),
  books("plain, Scottish voice", 2),
  books("plain, old machine voice", 3),
  books("fast speaker", 0, { rate: 1.15 }),
  books("slow speaker", 1, { rate: 0.87 }),
  books("noise 20 dB", 0, { snrDb: 20 }),
  books("noise 15 dB", 1, { snrDb: 15 }),
  books("noise 10 dB", 0, { snrDb: 10 }),
  books("loss 2 %", 1, { loss: 0.02 }),
  books("loss 5 %", 0, { loss: 0.05 }),
  books("loss 5 %, noise 15 dB", 2, { loss: 0.05, snrDb: 15 }),
  books("slot by slot", 1, { opening: "Hello, I'd like to make an appointment for a haircut." }),
  books("only hello", 0, {
    opening: "Hello.",
    asides: [{ when: /what can i do|how can i help/i, say: "I want to book a haircut for tomorrow at three pm." }],
  }),
  books("no, Friday, not Thursday", 0, {
    ...FRIDAY,
    opening: "I'd like a haircut on Thursday at three pm.",
    asides: [{ when: /thursday/i, say: "No, Friday, not Thursday." }],
  }),
  books("corrects the day at the read-back", 1, {
    ...FRIDAY,
    opening: "I'd like a haircut on Thursday at three pm.",
    asides: [{ when: /shall i book it/i, say: "No, make it Friday please." }],
  }),
  books("corrects the time while giving the name", 2, {
    asides: [{ when: /name/i, say: "Actually, can we make it four pm?" }],
    at: "Tuesday the 24th of November at 4 pm",
    wish: "tomorrow at four pm",
    expects: booked("2026-11-24T16:00", "Haircut"),
  }),
  books("corrects the service", 3, {
    asides: [{ when: /shall i book it/i, say: "No, I want a hair colour, not a haircut." }],
    service: "hair colour",
    expects: booked("2026-11-24T15:00", "Hair colour"),
  }),
  books("talks over the greeting", 0, {
    interrupt: { turn: 0, afterMs: 1500, say: "Hi, I'd like to book a haircut for tomorrow at three pm." },
  }),
  books("talks over an answer", 1, {
    interrupt: { turn: 1, afterMs: 700, say: "Sorry, I meant Friday at three pm." },
    ...FRIDAY,
  }),
  books("silent once", 0, { silentAt: 1 }),
  books("silent at the read-back", 2, { silentAt: 3 }),
  books("the time is taken", 0, {
    taken: [ist("2026-11-24T15:00")],
    at: "Tuesday the 24th of November at 3:30 pm",
    choice: "Half past three, please.",
    wish: "tomorrow at half past three",
    expects: booked("2026-11-24T15:30", "Haircut"),
  }),
  books("closed on Sunday", 1, {
    opening: "Can I get a haircut on Sunday?",
    at: "Monday the 30th of November at 9 am",
    wish: "Monday at nine am",
    choice: "Yes, that works.",
    expects: booked("2026-11-30T09:00", "Haircut"),
  }),
  books("number withheld", 0, { from: null }),
  books("number withheld, noise 20 dB", 1, { from: null, snrDb: 20 }),
  books("asks the price first", 1, {
    opening: "How much is a haircut?",
    asides: [{ when: /anything else/i, say: "Yes, I'd like to book that for tomorrow at three pm." }],
  }),
  books("asks for parking in the middle", 2, { asides: [{ when: /name/i, say: "Do you have parking?" }] }),
  books("the week after", 3, {
    opening: "I need a consultation next Monday morning at ten.",
    wish: "Monday the thirtieth at ten am",
    at: "Monday the 30th of November at 10 am",
    service: "consultation",
    expects: booked("2026-11-30T10:00", "Consultation"),
  }),
  books("hair colour on Saturday", 0, {
    opening: "I'd like to have my hair coloured on Saturday at eleven.",
    wish: "Saturday at eleven am",
    at: "Saturday the 28th of November at 11 am",
    service: "hair colour",
    expects: booked("2026-11-28T11:00", "Hair colour"),
  }),
  books("moves to Friday", 0, {
    opening: "I need to reschedule my appointment.",
    had: HAD_TUESDAY,
    ...FRIDAY,
    expects: { outcome: "rescheduled", startsAt: ist("2026-11-27T15:00"), service: "Haircut" },
  }),
  books("moves in one sentence, loss 2 %", 1, {
    opening: "Can I move my appointment to Friday at three pm?",
    loss: 0.02,
    had: HAD_TUESDAY,
    ...FRIDAY,
    expects: { outcome: "rescheduled", startsAt: ist("2026-11-27T15:00"), service: "Haircut" },
  }),
  books("moves, corrected", 2, {
    opening: "I'd like to move my appointment to Thursday at three pm.",
    had: HAD_TUESDAY,
    ...FRIDAY,
    expects: { outcome: "rescheduled", startsAt: ist("2026-11-27T15:00"), service: "Haircut" },
  }),
  books("cancels", 0, {
    opening: "I need to cancel my appointment.",
    had: HAD_TUESDAY,
    expects: { outcome: "cancelled" },
  }),
  books("cancels, noise 15 dB", 1, {
    opening: "Please cancel my appointment for tomorrow.",
    snrDb: 15,
    had: HAD_TUESDAY,
    expects: { outcome: "cancelled" },
  }),
  books("never mind", 3, {
    asides: [{ when: /shall i book it/i, say: "Never mind, I don't want to book." }],
    expects: { outcome: "abandoned" },
  }),
  books("leaves a message", 0, {
    opening: "I'd like to leave a message for the owner.",
    message: "My order has not arrived yet, please call me back.",
    expects: { outcome: "message_taken" },
  }),
  books("wants a human", 1, {
    opening: "Can I speak to a real person please?",
    message: "It is about my last bill.",
    expects: { outcome: "message_taken" },
  }),
  books("asks what is not known", 2, {
    opening: "Do you repair bicycles?",
    expects: { outcome: "abandoned" },
  }),
  books("only asks", 0, { opening: "What are your opening hours?", expects: { outcome: "answered" } }),
];
