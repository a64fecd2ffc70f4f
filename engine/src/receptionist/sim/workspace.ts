/** A business to test with: a salon in Chennai with three services and a handful of facts. */
import { type AgentSettings, DEFAULT_SCREENING, NO_ESCALATION } from "@sk-voice/api/contract/index.ts";

/** A ULID that says what it is for: `fixtureId("itm", 1)`. */
export function fixtureId(prefix: string, n: number): string {
  return `${prefix}_01JD${String(n).padStart(22, "0")}`;
}

/** Monday the 23rd of November 2026, 10 am in Chennai. */
export const NOW_EPOCH_MS = Date.UTC(2026, 10, 23, 4, 30);

export const HAIRCUT = fixtureId("itm", 1);
export const COLOUR = fixtureId("itm", 2);
export const CONSULTATION = fixtureId("itm", 3);

const weekday = [{ from: "09:00", to: "18:00" }];

export const SALON: AgentSettings = {
  workspace_id: fixtureId("wsp", 1),
  business_name: "Blue Door Salon",
  agent_name: "Suki",
  greeting: "Hello, this is Suki, the AI assistant of Blue Door Salon. How can I help you?",
  recording_notice: "",
  record_calls: true,
  voice: "",
  languages: ["en-IN"],
  time_zone: "Asia/Kolkata",
  country: "IN",
  hours: {
    monday: weekday,
    tuesday: weekday,
    wednesday: weekday,
    thursday: weekday,
    friday: weekday,
    saturday: [{ from: "10:00", to: "14:00" }],
    sunday: [],
  },
  services: [
    {
      id: HAIRCUT,
      name: "Haircut",
      aliases: ["trim", "hair cutting"],
      duration_minutes: 30,
      price: { amount: 500, currency: "INR" },
    },
    {
      id: COLOUR,
      name: "Hair colour",
      aliases: ["colouring", "hair dye"],
      duration_minutes: 90,
      price: { amount: 2500, currency: "INR" },
    },
    { id: CONSULTATION, name: "Consultation", aliases: [], duration_minutes: 30, price: null },
  ],
  knowledge_version: 1,
  knowledge: [
    {
      id: fixtureId("kno", 1),
      questions: ["Where are you located?", "What is your address?", "How do I get to you?"],
      answer: "We are at 12 Cathedral Road, next to the post office.",
    },
    {
      id: fixtureId("kno", 2),
      questions: ["Do you have parking?", "Where can I park?"],
      answer: "Yes, there is free parking behind the building.",
    },
    {
      id: fixtureId("kno", 3),
      questions: ["How can I pay?", "Do you take cards?", "Do you accept UPI?"],
      answer: "We take cash, cards and UPI.",
    },
    {
      id: fixtureId("kno", 4),
      questions: ["Do I need an appointment?", "Can I walk in?", "Do you take walk-ins?"],
      answer: "Walk-ins are welcome, but an appointment saves you the wait.",
    },
  ],
  numbers: ["+914442001234"],
  screening: DEFAULT_SCREENING,
  released_calls: [],
  escalation: NO_ESCALATION,
};

/** One service, another zone, opening across lunch. */
export const CLINIC: AgentSettings = {
  ...SALON,
  business_name: "Hill Street Dental",
  time_zone: "America/New_York",
  country: "US",
  services: [
    {
      id: CONSULTATION,
      name: "Dental check-up",
      aliases: ["checkup", "cleaning"],
      duration_minutes: 30,
      price: { amount: 89.5, currency: "USD" },
    },
  ],
  knowledge: [],
};
